import mqtt, { type MqttClient } from 'mqtt';
import { expect } from 'vitest';
import { z } from 'zod';
import { createLogger } from '#platform/log';
import { startTelematics } from '#workers/telematics/process';
import { createApiWorld, type ApiWorld, type CallOptions, type Person } from './api-world.ts';
import { plateOf } from './plates.ts';

export const credential = z.object({
  id: z.string(),
  username: z.string(),
  password: z.string(),
  topics: z.object({
    telemetry: z.string(),
    status: z.string().nullable(),
    commands: z.string().nullable(),
    ack: z.string().nullable(),
  }),
});
export const list = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() });

/** A position in Kampala. @param ago milliseconds */
export const fix = (ago: number, more: object = {}) => ({
  ts: Date.now() - ago,
  seq: ago,
  lat: 0.3476,
  lon: 32.5825,
  ...more,
});

let serial = 0;

/** The API over HTTP with the telematics process beside it, an agent, and a customer. */
export class TrackedApi {
  readonly world: ApiWorld;
  readonly agent: Person;
  readonly customer: Person;
  readonly #telematics: Awaited<ReturnType<typeof startTelematics>>;
  readonly #clients: MqttClient[] = [];

  private constructor(
    world: ApiWorld,
    telematics: Awaited<ReturnType<typeof startTelematics>>,
    people: { readonly agent: Person; readonly customer: Person },
  ) {
    this.world = world;
    this.#telematics = telematics;
    this.agent = people.agent;
    this.customer = people.customer;
  }

  /** @param overrides such as MQTT_URL, where trackers come by a real broker */
  static async start(overrides: Record<string, string> = {}): Promise<TrackedApi> {
    const world = await createApiWorld({ MQTT_PORT: '0', MQTT_HOST: '127.0.0.1', ...overrides });
    const telematics = await startTelematics(world.deps.config, createLogger('test', 'fatal'));
    return new TrackedApi(world, telematics, { agent: await world.staff('agent'), customer: await world.customer() });
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.endAsync(true)));
    await this.#telematics.stop();
    await this.world.close();
  }

  /** As the agent, unless it is said who asks. */
  call(method: string, path: string, options: CallOptions = {}) {
    return this.world.call(method, path, { token: this.agent.token, ...options });
  }

  async read<T extends z.ZodType>(shape: T, path: string, options: CallOptions = {}): Promise<z.infer<T>> {
    const { status, body } = await this.call('GET', path, options);
    expect([path, status]).toEqual([path, 200]);
    return shape.parse(body);
  }

  async newVehicle(market: 'UG' | 'KE' = 'UG'): Promise<string> {
    serial += 1;
    const body = {
      type: 'motorcycle',
      make: 'Bajaj',
      model: 'Boxer',
      year: 2025,
      market,
      price: { amount: 5_000_000, currency: market === 'UG' ? 'UGX' : 'KES' },
      registration: plateOf(serial),
      vin: `TELE${serial}`,
    };
    return z.looseObject({ id: z.string() }).parse((await this.call('POST', '/v1/vehicles', { body })).body).id;
  }

  /** A vehicle with a tracker that is connected. */
  async fitted(more: object = {}) {
    const vehicleId = await this.newVehicle();
    const { status, body } = await this.call('POST', '/v1/trackers', { body: { vehicleId, kind: 'native', ...more } });
    expect(status).toBe(201);
    const { password, topics, ...rest } = credential.parse(body);
    const client = await this.connect(rest.username, password);
    const send = (value: unknown) => client.publishAsync(topics.telemetry, JSON.stringify(value), { qos: 1 });
    return { ...rest, vehicleId, password, topics, client, send };
  }

  async connect(username: string, password: string): Promise<MqttClient> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.#telematics.port}`, {
      username,
      password,
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    this.#clients.push(client);
    return client;
  }
}

export const DRIVE = 11;
/** A drive of a kilometre in a hundred seconds, to the north. */
export const drive = (ago: number) =>
  Array.from({ length: DRIVE }, (_, i) =>
    fix(ago - i * 10_000, { lat: 0.3476 + i * 0.0009, speedKph: 36, ignition: true }),
  );
