import type { Vehicle } from '../api-types.ts';
import { ApiError, MarketplaceClient } from '../client.ts';
import type { TrackerAccount } from './tracker.ts';

/** A vehicle of the platform with the account of the tracker in it. */
export interface Fitted {
  readonly vehicleId: string;
  readonly account: TrackerAccount;
  readonly home: { readonly lat: number; readonly lon: number };
  /** km/h */
  readonly limitKph: number;
}

const SERIAL = 'SIMULATED-';
const DEFAULT_LIMIT = 80;
const AT_ONCE = 4;
const kampala = { lat: 0.3205, lon: 32.5796 };

/**
 * Fits vehicles with simulated trackers over HTTP: those of the catalogue that have none, those that an
 * earlier run fitted (they get a new password), and where they are too few, vehicles made for it, which
 * are not for sale. Trackers of others are left alone.
 */
export async function fitVehicles(agent: MarketplaceClient, count: number): Promise<Fitted[]> {
  const [vehicles, trackers] = await Promise.all([
    all((page) => agent.get('/v1/vehicles', { query: { sort: '-price', ...page } })),
    all((page) => agent.get('/v1/trackers', { query: page })),
  ]);
  const trackerOf = new Map(trackers.map((one) => [one.vehicleId, one]));
  const ours = vehicles.filter(({ id }) => trackerOf.get(id)?.serial?.startsWith(SERIAL) === true);
  const bare = vehicles.filter(({ id }) => !trackerOf.has(id));
  const chosen = [...ours, ...bare].slice(0, count);
  const fitted = await inTurn(chosen, (vehicle) => fit(agent, vehicle, trackerOf.get(vehicle.id)?.id));
  const run = Date.now().toString(36).toUpperCase();
  const missing = Array.from({ length: count - chosen.length }, (_, index) => `${run}${index}`);
  const made = await inTurn(missing, async (name) => fit(agent, await makeVehicle(agent, name), undefined));
  return [...fitted, ...made];
}

async function fit(agent: MarketplaceClient, vehicle: Vehicle, trackerId: string | undefined): Promise<Fitted> {
  const credential =
    trackerId === undefined
      ? await patient(() =>
          agent.post('/v1/trackers', {
            body: { vehicleId: vehicle.id, kind: 'native', serial: `${SERIAL}${vehicle.id}` },
          }),
        )
      : await patient(() => agent.post('/v1/trackers/{id}/credential', { path: { id: trackerId } }));
  return {
    vehicleId: vehicle.id,
    account: credential,
    home: vehicle.location ?? kampala,
    limitKph: vehicle.speedLimitKph ?? DEFAULT_LIMIT,
  };
}

async function makeVehicle(agent: MarketplaceClient, name: string): Promise<Vehicle> {
  const vehicle = {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer BM 100',
    year: 2026,
    market: 'UG',
    price: { amount: 5_400_000, currency: 'UGX' },
    registration: `SIM ${name}`,
    vin: `SIMULATED${name}`,
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
