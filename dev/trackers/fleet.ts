import { z } from 'zod';
import { ApiError, listOf, MarketplaceClient, shapes } from '../client.ts';
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
const vehicleShape = z.object({
  id: z.string(),
  speedLimitKph: z.number().nullable(),
  location: z.object({ lat: z.number(), lon: z.number() }).nullable(),
});
type Vehicle = z.infer<typeof vehicleShape>;
const trackerShape = z.object({ id: z.string(), vehicleId: z.string(), serial: z.string().nullable() });
const account = shapes.tracker.extend({
  topics: z.object({ telemetry: z.string(), status: z.string(), commands: z.string(), ack: z.string() }),
});
const kampala = { lat: 0.3205, lon: 32.5796 };

/**
 * Fits vehicles with simulated trackers over HTTP: those of the catalogue that have none, those that an
 * earlier run fitted (they get a new password), and where they are too few, vehicles made for it, which
 * are not for sale. Trackers of others are left alone.
 */
export async function fitVehicles(agent: MarketplaceClient, count: number): Promise<Fitted[]> {
  const [vehicles, trackers] = await Promise.all([
    all(agent, '/v1/vehicles?sort=-price', vehicleShape),
    all(agent, '/v1/trackers?', trackerShape),
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
          agent.post(
            '/v1/trackers',
            { vehicleId: vehicle.id, kind: 'native', serial: `${SERIAL}${vehicle.id}` },
            account,
          ),
        )
      : await patient(() => agent.post(`/v1/trackers/${trackerId}/credential`, {}, account));
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
  };
  const made = await patient(() => agent.post('/v1/vehicles', vehicle, vehicleShape));
  await patient(() => agent.patch(`/v1/vehicles/${made.id}`, { status: 'maintenance' }, shapes.id));
  return made;
}

async function all<T extends z.ZodType>(agent: MarketplaceClient, path: string, item: T): Promise<z.infer<T>[]> {
  const found: z.infer<T>[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { data: z.infer<T>[]; nextCursor: string | null } = await patient(() =>
      agent.get(`${path}&limit=100${query}`, listOf(item)),
    );
    found.push(...page.data);
    cursor = page.nextCursor;
  }
  return found;
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
