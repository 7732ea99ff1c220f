import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { createLogger } from '#platform/log';
import { bookLease } from '#test/lease-books';
import { agent, createStopWorld, type StopWorld } from '#test/stop-world';
import { mobiliseVehicle } from '#use-cases/telematics/mobilise-vehicle';
import { startCommands } from './commands.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

it('lets nobody who is to move wait for a broker that is slow to take what others are told', async () => {
  const { deps, database, config } = world;
  const fitted: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const { vehicleId } = await (await bookLease(database, config, {})).row();
    fitted.push(await world.fit(vehicleId));
    await mobiliseVehicle(deps, agent, vehicleId);
  }
  const told: string[] = [];
  const began = Date.now();
  const sender = await startCommands({
    ...deps,
    sql: database.sql,
    log: createLogger('test', 'silent'),
    publish: (topic) => {
      told.push(topic);
      return new Promise(() => {});
    },
  });
  await eventually('all of them to be told', () => Promise.resolve(told.length === 3 ? true : undefined));
  // Two of them would have waited for five seconds each.
  expect(Date.now() - began).toBeLessThan(5_000);
  expect(told.map((topic) => topic.split('/')[1]).toSorted()).toEqual(fitted.toSorted());
  await sender.stop();
});
