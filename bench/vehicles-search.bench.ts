import {
  countFacets,
  prepareSearch,
  searchVehicles,
  type VehicleFilter,
  type VehicleSort,
} from '#db/queries/vehicle-search';
import type { Measurement } from './run.ts';
import { leaveVehiclesWorld, p99, vehiclesWorld } from './vehicles-world.ts';

/*
 * A search over 100,000 vehicles with its facets, asked of the whole edge and not kept (each question is asked once), beside
 * the same statements alone, one after the other as the edge has them. The p99 of both, as questions a second, so that
 * more is better: half of the bare figure is twice its time.
 */
const QUESTIONS = 25;

export const name = 'Vehicles, p99 of a search with facets';

const questions: readonly (readonly [VehicleFilter, VehicleSort])[] = [
  [{ q: 'bajja boxr', market: 'UG' }, 'relevance'],
  [{ market: 'UG', status: 'available', type: 'motorcycle' }, 'price'],
  [{ market: 'UG', status: 'available', near: { lat: 0.31, lon: 32.58 } }, 'distance'],
  [{ market: 'UG', type: 'motorcycle', frequency: 'weekly' }, 'instalment'],
  [{ status: 'available', feature: 'electric' }, '-created'],
];

let asked = 0;

export async function run(): Promise<Measurement> {
  const { database, app } = await vehiclesWorld();
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let i = 0; i < QUESTIONS; i += 1) {
    const [filter, sort] = questions[i % questions.length] ?? [{}, '-created'];
    // Another highest price each time, which leaves nothing out: no two questions are the same.
    asked += 1;
    const fresh = { ...filter, maxPrice: 1_000_000_000 + asked };
    const began = performance.now();
    const search = await prepareSearch(database.db, fresh, false);
    await Promise.all([searchVehicles(database.db, search, sort, { limit: 21 }), countFacets(database.db, search)]);
    bare.push(performance.now() - began);
    const { near, ...rest } = { ...fresh, maxPrice: fresh.maxPrice + 1_000_000 };
    const parameters = new URLSearchParams(
      Object.entries(rest).map(([key, value]): [string, string] => [key, String(value)]),
    );
    if (near !== undefined) parameters.set('near', `${near.lat},${near.lon}`);
    const query = parameters.toString();
    const again = performance.now();
    const answers = await Promise.all([
      app.request(`/v1/vehicles?${query}&sort=${sort}`),
      app.request(`/v1/vehicles/facets?${query}`),
    ]);
    for (const answer of answers)
      if (answer.status !== 200) throw new Error(`${query}: ${answer.status} ${await answer.text()}`);
    await Promise.all(answers.map((answer) => answer.text()));
    ours.push(performance.now() - again);
  }
  return { ours: 1_000 / p99(ours), bare: 1_000 / p99(bare), unit: 'a second' };
}

export const close = leaveVehiclesWorld;
