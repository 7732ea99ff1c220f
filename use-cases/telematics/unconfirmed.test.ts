import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hardships, immobilisations, leases } from '#db/schema/index';
import { ago, createStopWorld, type StopWorld } from '#test/stop-world';
import { requestHardship } from '../leases/grant-hardship.ts';
import { warnImmobilisation } from './warn-immobilisation.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

it('stops a vehicle by itself whatever was ordered and not confirmed: the warning takes the place of the order', async () => {
  const { lease, vehicleId } = await world.late();
  const { id: leaseId } = lease;
  expect(await world.order(vehicleId)).toBe('awaiting_confirmation');
  const ordered = await world.episode(vehicleId);
  expect(await world.order(vehicleId)).toBe('immobilisation_under_way');
  const warn = () => world.by(new Date(), (context) => warnImmobilisation(context, world.config, { leaseId }));
  const { text, immobilisationId } = await warn();
  expect(text?.message).toMatchObject({ template: 'immobilisation_warning' });
  expect(await world.episode(vehicleId)).toMatchObject({ id: immobilisationId, cause: 'arrears', state: 'warned' });
  expect((await lease.row()).immobilisationId).toBe(immobilisationId);
  const [before] = await world.deps.db
    .select()
    .from(immobilisations)
    .where(eq(immobilisations.id, ordered?.id ?? ''));
  expect(before).toMatchObject({ state: 'ended', endReason: 'order_withdrawn' });
  expect(await world.confirm(vehicleId)).toBe('not_confirmable');
  expect(await world.order(vehicleId)).toBe('immobilisation_under_way');
  expect((await warn()).immobilisationId).toBe(immobilisationId);

  // What law or good faith forbids today begins by nobody, and ends no order.
  const promised = await world.late();
  expect(await world.order(promised.vehicleId)).toBe('awaiting_confirmation');
  const in30Days = ago(-24 * 30)
    .toISOString()
    .slice(0, 10);
  await world.deps.db.update(leases).set({ promisedOn: in30Days }).where(eq(leases.id, promised.lease.id));
  const later = { leaseId: promised.lease.id };
  const looked = await world.by(new Date(), (context) => warnImmobilisation(context, world.config, later));
  expect(looked.immobilisationId).toBeNull();
  expect(await world.episode(promised.vehicleId)).toMatchObject({ cause: 'staff', state: 'awaiting_confirmation' });
});

it('stops nobody who has asked for relief, until somebody has decided', async () => {
  const { vehicleId, lease } = await world.late();
  const actor = { role: 'customer', id: (await lease.row()).customerId } as const;
  const request = { actor, leaseId: lease.id, why: 'illness' } as const;
  const warn = () =>
    world.by(new Date(), (context) => warnImmobilisation(context, world.config, { leaseId: lease.id }));
  await world.by(new Date(), (context) => requestHardship(context, request));
  expect(await world.order(vehicleId)).toBe('relief_undecided');
  expect((await warn()).immobilisationId).toBeNull();
  await world.deps.db.update(hardships).set({ decidedAt: new Date() }).where(eq(hardships.leaseId, lease.id));
  expect((await warn()).immobilisationId).not.toBeNull();
});

it('has an order confirmed within a day, also where nobody has looked at it since, and another one given after that', async () => {
  const { vehicleId } = await world.late();
  const given = async (hoursAgo: number) => {
    const episode = await world.episode(vehicleId);
    const row = eq(immobilisations.id, episode?.id ?? '');
    await world.deps.db
      .update(immobilisations)
      .set({ createdAt: ago(hoursAgo) })
      .where(row);
    return episode?.id;
  };
  await world.order(vehicleId);
  const first = await given(23.9);
  const { seconds } = await world.advance(vehicleId);
  expect(seconds).toBeGreaterThan(300);
  expect(seconds).toBeLessThanOrEqual(360);
  expect(await world.order(vehicleId)).toBe('immobilisation_under_way');
  await given(24);
  expect(await world.confirm(vehicleId)).toBe('not_confirmable');
  expect(await world.order(vehicleId)).toBe('awaiting_confirmation');
  expect((await world.episode(vehicleId))?.id).not.toBe(first);
  expect(await world.confirm(vehicleId)).toBe('warned');
});

it('sends the warning also where whoever began it died before he could say so', async () => {
  const { lease, vehicleId } = await world.late();
  const { id: leaseId } = lease;
  const warn = () => world.by(new Date(), (context) => warnImmobilisation(context, world.config, { leaseId }));
  const first = await warn(); // its answer never reaches the workflow
  const again = await warn();
  expect(again.text).toEqual(first.text);
  expect(again.immobilisationId).toBe(first.immobilisationId);
  expect((again.lookAt ?? 0) - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
  await world.delivers(lease, `${leaseId}:${first.text?.key}`, ago(25));
  expect((await warn()).text).toBeUndefined();
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'waiting' });

  // The notice of an order that was confirmed is looked at by its lease too.
  const ordered = await world.late();
  await world.order(ordered.vehicleId);
  expect(await world.confirm(ordered.vehicleId)).toBe('warned');
  const { lookAt } = await world.by(new Date(), (context) =>
    warnImmobilisation(context, world.config, { leaseId: ordered.lease.id }),
  );
  expect((lookAt ?? 0) - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
});
