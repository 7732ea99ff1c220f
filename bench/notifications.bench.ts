import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { and, count, inArray, isNotNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { notifications, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { addDays, instantOf, localDateAt } from '#domain/calendar';
import { loadConfig, type Config } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { connectTemporal } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { wakeNotification } from '#steering/wake-notification';
import { createFleet, startFleet } from '#test/fleet';
import { queueNotification } from '#use-cases/notifications/queue-notification';
import { leaseWorkflowId } from '#workflows/lease/messages';
import type { Measurement } from './run.ts';

/*
 * Collections, one after the other, while a thousand notifications that have waited for the morning are due at once,
 * beside the same collections alone. The platform is as it runs; each notification has a customer and a workflow of its
 * own, and leaves by SMS. It prints by how much a collection was later.
 */
const NOTIFICATIONS = 1_000;
const LEASES = 6;
const WEEK = 7 * 24 * 3_600_000;
/** Milliseconds of the wall in which all workflows are there and wait. */
const WAITS = 150_000;
/** When the night ends, local. */
const MORNING = 7;

interface World {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly config: Config;
  readonly database: DatabaseConnection;
  readonly temporal: Client;
}

let world: Promise<World> | undefined;
let serial = 0;

export const name = 'collections, in the morning of notifications';

export async function run(): Promise<Measurement> {
  const { config, database, temporal } = await (world ??= startWorld());
  serial += 1;
  const payers = Array.from({ length: LEASES }, (_, i) => ({
    provider: 'mtn' as const,
    market: 'UG' as const,
    phone: `+25677${2_000 + serial}${100 + i}`,
  }));
  const fleet = await createFleet(database.db, config, payers, { UG: 70_000, KE: 1, RW: 1 }, `N${serial}`);
  await startFleet(temporal, config, fleet);
  const ids = fleet.map(({ state }) => leaseWorkflowId(state.application.leaseId));
  await Promise.all(ids.map((id) => temporal.workflow.getHandle(id).query('__stack_trace')));
  await collections(temporal, ids);
  const before = await collections(temporal, ids);
  const morning = await night(await world);
  await sleep(morning.at - Date.now());
  const began = performance.now();
  const during = await collections(temporal, ids);
  const left = NOTIFICATIONS - (await sentOf(database, morning.ids));
  await eventually(
    'all to be told',
    async () => ((await sentOf(database, morning.ids)) === NOTIFICATIONS ? true : undefined),
    900_000,
  );
  const took = (performance.now() - began) / 1_000;
  // What else the machine does changes in these minutes: before and after count alike.
  const alone = [...before, ...(await collections(temporal, ids))];
  process.stdout.write(
    `a collection took ${middle(alone)} ms alone (the slowest ${Math.max(...alone)} ms), and ${middle(during)} ms (the slowest ` +
      `${Math.max(...during)} ms, so ${middle(during) - middle(alone)} ms later in the middle) while ` +
      `${NOTIFICATIONS} notifications were due; ${left} of them were left then, and all were told within ${took.toFixed(1)} s\n`,
  );
  return { ours: 1_000 / middle(during), bare: 1_000 / middle(alone), unit: 'collections/s' };
}

export async function close(): Promise<void> {
  if (world === undefined) return;
  const { platform, dataDir, database, temporal } = await world;
  await temporal.connection.close();
  await database.close();
  await platform.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** One week of each lease, one after the other. @returns milliseconds of each */
async function collections(temporal: Client, ids: readonly string[]): Promise<number[]> {
  const took: number[] = [];
  for (const id of ids) {
    const began = performance.now();
    const { outcome } = await fastForward(temporal, id, WEEK);
    if (outcome !== 'reached') throw new Error(`${id} did not get through its week: ${outcome}`);
    took.push(Math.round(performance.now() - began));
  }
  return took;
}

/** A thousand customers are told something at night: all of it waits for the same moment of the wall. */
async function night({ config, database, temporal }: World) {
  const { db } = database;
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const people = Array.from({ length: NOTIFICATIONS }, (_, i) => {
    const phone = `+2567${String(50_000_000 + serial * NOTIFICATIONS + i)}`;
    const how = { phoneEncrypted: encryption.encrypt(phone), phoneHash: encryption.hash('phone', phone) };
    return { id: uuidv7(), role: 'customer' as const, name: `Bench ${i}`, market: 'UG' as const, ...how };
  });
  await db.insert(users).values(people);
  const at = Date.now() + WAITS;
  const morning = instantOf(addDays(localDateAt(at, 'UG'), 1), MORNING, 'UG');
  const queue = people.values();
  const ids: string[] = [];
  const tell = async () => {
    for (const { id } of queue) {
      const order = {
        key: `bench-${id}`,
        to: { id, language: 'en' },
        leaseId: null,
        notice: { template: 'refund', amount: { amount: 5_000, currency: 'UGX' } },
        urgency: 'day',
        isLegal: false,
        // Its clock is as far ahead as the morning is.
        askedAt: new Date(morning - (at - Date.now())),
        answersAt: null,
      } as const;
      const queued = await db.transaction((tx) => queueNotification(tx, encryption, order));
      ids.push(queued.id);
      await wakeNotification({ temporal, config }, queued);
    }
  };
  await Promise.all(Array.from({ length: 8 }, tell));
  if (Date.now() > at - 2_000) throw new Error('the morning came before all were asleep: give it longer');
  return { at, ids };
}

async function sentOf({ db }: DatabaseConnection, ids: readonly string[]): Promise<number> {
  const isTold = and(inArray(notifications.id, [...ids]), isNotNull(notifications.sentAt));
  const [row] = await db.select({ count: count() }).from(notifications).where(isTold);
  return row?.count ?? 0;
}

const middle = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

async function startWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-bench-'));
  const free = await freePorts(8);
  const ports = Object.fromEntries(Object.keys(portVariables).map((variable, i) => [variable, String(free[i])]));
  const env = { ...ports, COLLECT_POLL_SECONDS: '5', COLLECT_POLLS: '20', LOG_LEVEL: 'error' };
  const platform = await startPlatform({ dataDir, env, log: () => {} });
  const config = loadConfig(platform.env);
  const database = connectDatabase(config.DATABASE_URL, { pool: 10, name: 'bench' });
  return { platform, dataDir, config, database, temporal: await connectTemporal(config) };
}
