import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leases, positions, vehicleCommands } from '#db/schema/index';
import { eventually } from '#dev/client';
import { native } from '#dev/trackers/dialects/native';
import { owntracks } from '#dev/trackers/dialects/owntracks';
import { teltonika } from '#dev/trackers/dialects/teltonika';
import { SimulatedTracker } from '#dev/trackers/tracker';
import { randomNumbers, SimulatedVehicle } from '#dev/trackers/vehicle';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let world: TelematicsWorld;
beforeAll(async () => {
  world = await createTelematicsWorld();
});
afterAll(() => world.close());

it.each([
  ['native', native],
  ['owntracks', owntracks],
  ['teltonika', teltonika],
] as const)('a %s unit of a stolen vehicle says where it is, as it is asked', async (kind, speaks) => {
  const { db } = world.database;
  const serial = kind === 'teltonika' ? '352093081234563' : `S-${kind}`;
  const made = await world.newTracker({ kind, serial });
  const leaseId = await world.newLease(made.vehicleId);
  const dialect = speaks({ broker: world.url, teltonikaPort: null, bridge: { username: '', password: '' } });
  const vehicle = new SimulatedVehicle(randomNumbers('locate'), { lat: 0.3205, lon: 32.5796 }, 80);
  const tracker = new SimulatedTracker(dialect, { ...made, serial, isCopy: false }, vehicle);
  const said = async () => (await db.select().from(positions).where(eq(positions.vehicleId, made.vehicleId))).length;
  tracker.tick(1, 12);
  await eventually('its first position', async () => ((await said()) === 1 ? true : undefined));
  // A phone counts in seconds.
  await sleep(1_100);
  // Nothing moves on by itself: what comes now was asked for.
  await db.update(leases).set({ status: 'stolen' }).where(eq(leases.id, leaseId));
  await eventually('what it was asked for', async () => ((await said()) === 2 ? true : undefined));
  const commands = await db.select().from(vehicleCommands).where(eq(vehicleCommands.vehicleId, made.vehicleId));
  expect(commands.map(({ type }) => type)).toEqual(['locate']);
  await db.update(leases).set({ status: 'active' }).where(eq(leases.id, leaseId));
  await tracker.stop();
});
