import sharp from 'sharp';
import { renderPicture } from '#platform/pictures';
import type { Measurement } from './run.ts';
import { leaveVehiclesWorld, p99, vehiclesWorld } from './vehicles-world.ts';

/*
 * The p99 of other reads while photographs of 12 megapixels are worked on one after the other, beside the same reads alone;
 * as reads a second, so that half of the bare figure is twice its time.
 */
const READS = 200;

export const name = 'Vehicles, p99 of reads beside photographs';

let picture: Promise<Buffer> | undefined;

export async function run(): Promise<Measurement> {
  const { database, app } = await vehiclesWorld();
  picture ??= sharp({
    create: {
      width: 4_000,
      height: 3_000,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 10 },
    },
  })
    .jpeg()
    .toBuffer();
  const bytes = new Uint8Array(await picture);
  const [one] = await database.sql<{ id: string }[]>`select id from vehicles.vehicles limit 1`;
  const reads = async () => {
    const times: number[] = [];
    for (let i = 0; i < READS; i += 1) {
      const began = performance.now();
      await (await app.request(`/v1/vehicles/${one?.id}`)).text();
      times.push(performance.now() - began);
    }
    return 1_000 / p99(times);
  };
  const bare = await reads();
  let isReading = true;
  const working = (async () => {
    while (isReading) await renderPicture(bytes);
  })();
  const ours = await reads();
  isReading = false;
  await working;
  return { ours, bare, unit: 'reads/s' };
}

export const close = leaveVehiclesWorld;
