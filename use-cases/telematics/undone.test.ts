import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, immobilisations, outbox, vehicleCommands } from '#db/schema/index';
import { agent, createStopWorld, type Fitted, type StopWorld } from '#test/stop-world';
import { mobiliseVehicle } from './mobilise-vehicle.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

const HOUR = 3_600_000;
const casesOf = (about: string) =>
  world.database.db
    .select()
    .from(cases)
    .where(and(eq(cases.kind, 'stop_undone'), eq(cases.key, `stop_undone:${about}`)));
const told = async (vehicleId: string) =>
  (await world.database.db.select().from(outbox).where(eq(outbox.subject, vehicleId)))
    .map(({ type }) => type)
    .filter((type) => /^vehicle.(im)?mobilised$/.test(type));
const stateOf = async ({ vehicleId }: Fitted) => (await world.episode(vehicleId))?.state;

describe('a stopped vehicle that may start though nobody told it to', () => {
  it('is known to, told to staff, and stopped again only where every gate is open', async () => {
    const one = await world.stopped();
    const { vehicleId, trackerId, lease } = one;
    await world.sees(one, false);
    expect((await lease.row()).status).toBe('in_arrears');
    expect(await world.episode(vehicleId)).toMatchObject({ state: 'waiting', commanded: false, endReason: null });
    const id = (await world.episode(vehicleId))?.id ?? '';
    expect(await casesOf(id)).toMatchObject([{ status: 'open', leaseId: lease.id, detail: { vehicleId } }]);
    expect(await told(vehicleId)).toEqual(['vehicle.immobilised', 'vehicle.mobilised']);

    // It drives: it is told nothing.
    const { length } = await world.commands(vehicleId);
    await world.parks(one, { speedKph: 40, ignition: true });
    expect(await world.advance(vehicleId)).toMatchObject({ state: 'waiting', gate: 'vehicle_moving' });
    expect(await world.commands(vehicleId)).toHaveLength(length);

    await world.parks(one);
    expect((await world.advance(vehicleId)).state).toBe('stopping');
    await world.send(vehicleId);
    await world.sees(one, true);
    expect([await stateOf(one), (await lease.row()).status]).toEqual(['stopped', 'immobilised']);
    // The same words again, and older ones, change nothing.
    await world.sees({ vehicleId, trackerId }, false, Date.now() - HOUR);
    expect(await stateOf(one)).toBe('stopped');
    expect(await casesOf(id)).toHaveLength(1);
  });

  it('is given up after the third time, and its customer owes on', async () => {
    const one = await world.stopped();
    for (let stops = 1; stops < 3; stops += 1) {
      await world.sees(one, false);
      await world.parks(one);
      await world.advance(one.vehicleId);
      await world.send(one.vehicleId);
      await world.sees(one, true);
    }
    await world.sees(one, false);
    expect(await world.episode(one.vehicleId)).toMatchObject({ state: 'ended', endReason: 'not_stopped' });
    expect((await one.lease.row()).status).toBe('in_arrears');
  });
});

describe('a clock that is set back', () => {
  const later = (column: Parameters<typeof sql>[1]) => sql`${column} + interval '3 hours'`;

  it('of ours keeps no vehicle from being told to move, nor its customer from a code', async () => {
    const one = await world.stopped();
    const { vehicleId } = one;
    await mobiliseVehicle(world.deps, agent, vehicleId);
    await world.send(vehicleId);
    // All of that was written by a clock three hours ahead.
    const { issuedAt, expiresAt } = vehicleCommands;
    const { db } = world.database;
    const last = (await world.commands(vehicleId))[0]?.id ?? '';
    const ahead = { issuedAt: later(issuedAt), expiresAt: later(expiresAt) };
    await db.update(vehicleCommands).set(ahead).where(eq(vehicleCommands.id, last));
    const { startingAt } = immobilisations;
    await db
      .update(immobilisations)
      .set({ startingAt: later(startingAt) })
      .where(eq(immobilisations.vehicleId, vehicleId));
    await world.advance(vehicleId);
    expect((await world.commands(vehicleId)).map(({ type, state }) => [type, state]).toSorted()).toContainEqual([
      'mobilise',
      'created',
    ]);
    expect((await world.episode(vehicleId))?.startingAt?.getTime()).toBeLessThanOrEqual(Date.now());
    await world.starts(one);
    expect((await world.episode(vehicleId))?.state).toBe('ended');
  });

  it('of a unit, after it was seen to stand, does not hide that it moves', async () => {
    const one = await world.stopped();
    const { vehicleId, trackerId } = one;
    await mobiliseVehicle(world.deps, agent, vehicleId);
    const { id } = await world.send(vehicleId);
    const slow = () => Date.now() - 3 * HOUR;
    // It was so before the unit answered, by the same clock.
    await world.sees(one, false, slow());
    expect(await stateOf(one)).toBe('starting');
    await world.answers(trackerId, id, slow());
    await world.sees(one, false, slow());
    expect(await stateOf(one)).toBe('ended');
  });
});
