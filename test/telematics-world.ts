import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { uuidv7 } from 'uuidv7';
import { transact } from '#use-cases/context';
import { registerTracker, type Credential } from '#use-cases/telematics/tracker-credentials';
import { leases, users, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { Queryable } from '#db/client';
import { createEncryption } from '#platform/encryption';
import { trackerTopics } from '#domain/telematics/topics';
import type { TrackerKind } from '#domain/telematics/tracker';
import { createLogger, type Logger } from '#platform/log';
import type { Config } from '#platform/config';
import { testConfig } from './config.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startTelematics, type Telematics } from '#workers/telematics/process';

/** A database and the telematics process in this one, on a port of its own, or at the broker of MQTT_URL. */
export interface TelematicsWorld {
  readonly config: Config;
  readonly database: TestDatabase;
  telematics: Telematics;
  readonly url: string;
  newTracker(options?: {
    readonly speedLimitKph?: number;
    readonly serial?: string;
    readonly kind?: TrackerKind;
  }): Promise<
    // Of the native dialect, whatever it speaks.
    Omit<Credential, 'topics'> & { readonly vehicleId: string; readonly topics: ReturnType<typeof trackerTopics> }
  >;
  /** Gives the vehicle a lease that has run for a day. */
  newLease(vehicleId: string): Promise<string>;
  connect(username: string, password: string, options?: IClientOptions): Promise<MqttClient>;
  /** Stops the process and starts it again on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const DAY = 86_400_000;
let serial = 0;

/**
 * @param through where the process reaches the database, if not directly
 * @param given a logger to listen to
 */
export async function createTelematicsWorld(
  overrides: Record<string, string> = {},
  through: (databaseUrl: string) => string = (url) => url,
  given?: Logger,
): Promise<TelematicsWorld> {
  const database = await createTestDatabase();
  const first = testConfig({
    DATABASE_URL: through(database.url),
    MQTT_HOST: '127.0.0.1',
    MQTT_PORT: '0',
    LOG_LEVEL: 'fatal',
    TRACCAR_MQTT_PASSWORD: 'bridge',
    ...overrides,
  });
  const log = given ?? createLogger('test', first.LOG_LEVEL);
  const started = await startTelematics(first, log);
  const config = { ...first, MQTT_PORT: started.port ?? 0 };
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const url = `mqtt://${config.MQTT_URL === undefined ? `127.0.0.1:${config.MQTT_PORT}` : new URL(config.MQTT_URL).host}`;
  const { db } = database;
  const clients: MqttClient[] = [];
  const world: TelematicsWorld = {
    config,
    database,
    telematics: started,
    url,
    async newTracker({ speedLimitKph, serial: imei, kind = 'native' } = {}) {
      serial += 1;
      const vehicleId = uuidv7();
      const vehicle = {
        id: vehicleId,
        type: 'motorcycle',
        make: 'Bajaj',
        model: 'Boxer',
        year: 2025,
        market: 'UG',
        price: 5_000_000,
        currency: 'UGX',
      } as const;
      await db.insert(vehicles).values({
        ...vehicle,
        registration: `UT ${serial}`,
        vin: `VIN${serial}`,
        speedLimitKph: speedLimitKph ?? null,
      });
      const order = { vehicleId, kind, serial: imei };
      const made = await transact(db, system('test'), new Date(), (context) =>
        registerTracker(context, { encryption }, order),
      );
      return { ...made, vehicleId, topics: trackerTopics(made.id) };
    },
    newLease: async (vehicleId) => {
      const customerId = uuidv7();
      await db
        .insert(users)
        .values({ id: customerId, role: 'customer', name: 'Test Person', market: 'UG', phoneHash: customerId });
      return insertLease(db, vehicleId, customerId, new Date(Date.now() - DAY));
    },
    async connect(username, password, options = {}) {
      const client = await mqtt.connectAsync(url, {
        username,
        password,
        protocolVersion: 4,
        reconnectPeriod: 0,
        ...options,
      });
      clients.push(client);
      return client;
    },
    async restart() {
      await world.telematics.stop();
      world.telematics = await startTelematics(config, log);
    },
    async close() {
      await Promise.all(clients.map((client) => client.endAsync(true)));
      await world.telematics.stop();
      await database.close();
    },
  };
  return world;
}

/** A running lease as the database has it, without its workflow. */
export async function insertLease(
  db: Queryable,
  vehicleId: string,
  customerId: string,
  at: Date = new Date(),
): Promise<string> {
  const id = uuidv7();
  const plan = {
    id: uuidv7(),
    name: 'Test',
    market: 'UG',
    vehicleTypes: ['motorcycle'],
    frequency: 'weekly',
    instalments: 10,
    depositPercent: 10,
    markupPercent: 10,
    graceDays: 2,
    lateFee: null,
    immobiliseAfterDaysPastDue: 7,
    immobiliseNoticeHours: 24,
    offerHours: 72,
    signHours: 48,
    depositHours: 72,
    components: { vehicle: 100 },
  } as const;
  await db.insert(leases).values({
    id,
    reference: id.slice(-8).toUpperCase(),
    status: 'active',
    customerId,
    vehicleId,
    planId: plan.id,
    plan: { ...plan, vehicleTypes: [...plan.vehicleTypes] },
    paymentMethodId: uuidv7(),
    market: 'UG',
    currency: 'UGX',
    frequency: 'weekly',
    price: 5_000_000,
    deposit: 500_000,
    instalment: 500_000,
    instalmentsTotal: 10,
    totalPrice: 5_500_000,
    handedOverAt: at,
    createdAt: at,
    updatedAt: at,
  });
  return id;
}
