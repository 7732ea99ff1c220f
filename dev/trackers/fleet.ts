import { createHash } from 'node:crypto';
import type { Market } from '#domain/markets';
import { trackerTopics } from '#domain/telematics/topics';
import type { Tracker, Vehicle } from '../api-types.ts';
import { ApiError, MarketplaceClient } from '../client.ts';
import { imeiOf } from './dialects/avl.ts';
import { serialOf, type Dialect, type TrackerAccount } from './dialects/dialect.ts';

/** A vehicle of the platform with the account of the tracker in it. */
export interface Fitted {
  readonly vehicleId: string;
  readonly market: Market;
  readonly dialect: Dialect;
  readonly account: TrackerAccount;
  /** Where it is offered. */
  readonly offered: { readonly lat: number; readonly lon: number };
  /** km/h */
  readonly limitKph: number;
}

const DEFAULT_LIMIT = 80;
const AT_ONCE = 4;
const kampala = { lat: 0.3205, lon: 32.5796 };

/**
 * Fits vehicles with simulated trackers over HTTP: those of the catalogue that have none, those that an
 * earlier run fitted (they get a new password, or another tracker where they are to speak another dialect), and
 * where they are too few, vehicles made for it, which are not for sale. Trackers of others are left alone.
 */
export async function fitVehicles(
  agent: MarketplaceClient,
  count: number,
  dialectOf: (index: number) => Dialect,
): Promise<Fitted[]> {
  const [vehicles, trackers] = await Promise.all([
    all((page) => agent.get('/v1/vehicles', { query: { sort: '-price', ...page } })),
    all((page) => agent.get('/v1/trackers', { query: page })),
  ]);
  const trackerOf = new Map(trackers.map((one) => [one.vehicleId, one]));
  const ours = vehicles.filter(({ id }) => isSimulated(trackerOf.get(id)));
  const bare = vehicles.filter(({ id }) => !trackerOf.has(id));
  const chosen = [...ours, ...bare].slice(0, count);
  const fitted = await inTurn([...chosen.entries()], ([index, vehicle]) =>
    fit(agent, vehicle, trackerOf.get(vehicle.id), dialectOf(index)),
  );
  const run = Date.now().toString(36).toUpperCase();
  const missing = Array.from({ length: count - chosen.length }, (_, index) => chosen.length + index);
  const made = await inTurn(missing, async (index) =>
    fit(agent, await makeVehicle(agent, `${run}${index}`), undefined, dialectOf(index)),
  );
  return [...fitted, ...made];
}

async function fit(
  agent: MarketplaceClient,
  vehicle: Vehicle,
  tracker: Tracker | undefined,
  dialect: Dialect,
): Promise<Fitted> {
  const { id: vehicleId, location, speedLimitKph, market } = vehicle;
  const { kind } = dialect;
  const serial = dialect.serialOf(vehicleId);
  const stays = tracker?.kind === kind && tracker.serial === serial;
  if (tracker !== undefined && !stays)
    await patient(() => agent.delete('/v1/trackers/{id}', { path: { id: tracker.id } }));
  const credential = await patient(() =>
    tracker !== undefined && stays
      ? agent.post('/v1/trackers/{id}/credential', { path: { id: tracker.id } })
      : agent.post('/v1/trackers', { body: { vehicleId, kind, serial } }),
  );
  return {
    vehicleId,
    market,
    dialect,
    // Its dialect knows its own topics.
    account: { ...credential, topics: trackerTopics(credential.id), serial, isCopy: false },
    offered: location ?? kampala,
    limitKph: speedLimitKph ?? DEFAULT_LIMIT,
  };
}

const isSimulated = (tracker: Tracker | undefined) =>
  tracker !== undefined && [serialOf, imeiOf].some((of) => of(tracker.vehicleId) === tracker.serial);

/** One of 45 million registrations, by the name of a vehicle. */
function plateFor(name: string): string {
  const bytes = createHash('sha256').update(name).digest();
  const letter = (i: number) => String.fromCharCode(65 + ((bytes[i] ?? 0) % 26));
  return `U${letter(0)}${letter(1)} ${String(bytes.readUInt16BE(2) % 1_000).padStart(3, '0')}${letter(4)}${letter(5)}`;
}

async function makeVehicle(agent: MarketplaceClient, name: string): Promise<Vehicle> {
  const vehicle = {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer BM 100',
    year: 2026,
    market: 'UG',
    price: { amount: 5_400_000, currency: 'UGX' },
    registration: plateFor(name),
    vin: `SIM${name}`,
    location: { ...kampala, place: 'Kampala' },
  } as const;
  const made = await patient(() => agent.post('/v1/vehicles', { body: vehicle }));
  await patient(() => agent.patch('/v1/vehicles/{id}', { path: { id: made.id }, body: { status: 'maintenance' } }));
  return made;
}

/** What a list has on all of its pages. */
async function all<T>(
  pageAt: (query: { limit: number; cursor?: string }) => Promise<{ data: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const found: T[] = [];
  for (let query: Parameters<typeof pageAt>[0] = { limit: 100 }; ;) {
    const { data, nextCursor } = await patient(() => pageAt(query));
    found.push(...data);
    if (nextCursor === null) return found;
    query = { limit: 100, cursor: nextCursor };
  }
}

/** Asks again after a second where there were too many requests. */
async function patient<T>(request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/** A few at a time, the answers in the order of the questions. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = [...items.entries()];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        results.set(next[0], await work(next[1]));
    }),
  );
  return items.flatMap((_, index) => {
    const result = results.get(index);
    return result === undefined ? [] : [result];
  });
}
