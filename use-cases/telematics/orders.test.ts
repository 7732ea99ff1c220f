import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  audit,
  geofences,
  immobilisations,
  latestPositions,
  marketRuleRows,
  notifications,
  trackers,
  vehicleCommands,
} from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { readRestartCode } from '#domain/telematics/immobilisation/restart-code';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { bookLease } from '#test/lease-books';
import { admin, agent, ago, createStopWorld, otherAgent, type StopWorld, stateOrCode } from '#test/stop-world';
import { transact } from '../context.ts';
import { reportTheft } from '../leases/report-theft.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { recordOutcome } from '../payments/outcomes/record-outcome.ts';
import { makeGeofence } from './make-geofence.ts';
import { mobiliseVehicle } from './mobilise-vehicle.ts';
import { orderImmobilisation } from './order-immobilisation.ts';
import { codeKey } from './restart-code.ts';
import { takeCommand } from './take-command.ts';
import { correctMarketRule } from './set-market-rule.ts';
import { lookAtImmobilisation, warnImmobilisation } from './warn-immobilisation.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

const stolen = (leaseId: string) => world.by(new Date(), (context) => reportTheft(context, { leaseId }));

it('has a member of staff stop a vehicle by another one, and by a notice of its own', async () => {
  const one = await world.late();
  const { lease, vehicleId } = one;
  expect(await world.order(vehicleId)).toBe('awaiting_confirmation');
  expect(await world.confirm(vehicleId, agent)).toBe('not_confirmable');
  expect(await world.confirm(vehicleId)).toBe('warned');
  expect(await world.confirm(vehicleId)).toBe('not_confirmable');
  expect(await world.episode(vehicleId)).toMatchObject({ orderedBy: agent, confirmedBy: otherAgent });
  // Whoever was to send the warning may have died: it is told until it is on record.
  const { text } = await world.advance(vehicleId);
  expect(text?.message).toMatchObject({ template: 'immobilisation_warning', hours: 24 });
  expect((await world.advance(vehicleId)).text?.key).toBe(text?.key);
  await world.parks(one);
  await world.delivers(lease, text?.key ?? '', new Date());
  const running = await world.advance(vehicleId);
  expect(running).toMatchObject({ state: 'warned', gate: 'notice_running' });
  expect(running.text).toBeUndefined();
  await world.deps.db
    .update(notifications)
    .set({ sentAt: ago(25), deliveredAt: ago(25) })
    .where(eq(notifications.leaseId, lease.id));
  expect((await world.advance(vehicleId)).state).toBe('waiting');
  expect((await world.advance(vehicleId)).state).toBe('stopping');
});

it('refuses an order while the notice of a stop that began by itself runs: nobody puts that off by an order', async () => {
  const { lease, vehicleId } = await world.late();
  await world.by(ago(2), (context) => warnImmobilisation(context, world.config, { leaseId: lease.id }));
  const before = await world.episode(vehicleId);
  expect(await world.order(vehicleId)).toBe('immobilisation_under_way');
  expect(await world.episode(vehicleId)).toEqual(before);
});

it('tells a vehicle to move also while a notice runs, and at once also after many tries', async () => {
  const warned = await world.late();
  await world.by(new Date(), (context) => warnImmobilisation(context, world.config, { leaseId: warned.lease.id }));
  expect((await mobiliseVehicle(world.deps, agent, warned.vehicleId)).state).toBe('starting');
  expect((await world.commands(warned.vehicleId))[0]).toMatchObject({ type: 'mobilise', state: 'created' });
  expect((await warned.lease.row()).immobilisationId).toBeNull();

  const tried = await world.stopped();
  await tried.lease.pays(new Date().toISOString(), 90_000);
  const { db } = world.deps;
  await db
    .update(immobilisations)
    .set({ startingAt: ago(1) })
    .where(eq(immobilisations.vehicleId, tried.vehicleId));
  for (let i = 0; i < 8; i += 1) {
    await world.runsOut(tried.vehicleId);
    await world.advance(tried.vehicleId);
  }
  // It is there: it is told each minute, however often it was told before.
  expect((await world.commands(tried.vehicleId)).filter(({ type }) => type === 'mobilise')).toHaveLength(9);
  await db.update(trackers).set({ online: false }).where(eq(trackers.id, tried.trackerId));
  await world.runsOut(tried.vehicleId);
  await db
    .update(vehicleCommands)
    .set({ issuedAt: ago(1 / 60) })
    .where(eq(vehicleCommands.vehicleId, tried.vehicleId));
  await world.advance(tried.vehicleId);
  expect((await world.commands(tried.vehicleId))[0]?.state).toBe('expired');
  await mobiliseVehicle(world.deps, agent, tried.vehicleId);
  expect((await world.commands(tried.vehicleId))[0]).toMatchObject({ type: 'mobilise', state: 'created' });
});

it('does not put the end of a notice off for the prompt of a moment, nor again and again', async () => {
  const { lease, vehicleId } = await world.late();
  const { id: leaseId } = lease;
  const { methodId: paymentMethodId } = lease;
  const { text } = await world.by(ago(30), (context) => warnImmobilisation(context, world.config, { leaseId }));
  await world.delivers(lease, `${leaseId}:${text?.key}`, ago(28));
  const look = async () =>
    (await world.by(new Date(), (context) => lookAtImmobilisation(context, world.config, { leaseId }))).lookAt ?? 0;
  const asks = async () => {
    const attemptId = uuidv7();
    const order = { attemptId, leaseId, kind: 'pay', paymentMethodId, amount: 50_000 } as const;
    await world.by(new Date(), (context) => openAttempt(context, paying, order));
    return attemptId;
  };
  const paying = { encryption: world.encryption, mobileMoney: createMobileMoney(world.config) };
  const expired = { state: 'failed', reason: 'expired', detail: 'nobody answered' } as const;
  for (let time = 0; time < 5; time += 1) {
    const attemptId = await asks();
    expect((await look()) - Date.now()).toBeLessThan(3_600_000);
    expect(await world.episode(vehicleId)).toMatchObject({ state: 'warned' });
    await world.by(new Date(), (context) => recordOutcome(context, attemptId, expired));
  }
  await asks();
  await look();
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'waiting' });
});

it('begins one start where several people ask for it at once', async () => {
  const { vehicleId } = await (await bookLease(world.database, world.config, {})).row();
  await world.fit(vehicleId);
  const states = await Promise.all([1, 2, 3].map(() => stateOrCode(mobiliseVehicle(world.deps, agent, vehicleId))));
  expect(states).toEqual(['starting', 'starting', 'starting']);
  expect(await world.commands(vehicleId)).toHaveLength(1);
});

it('lifts what the law does not allow after two thirds with the payment that pays them', async () => {
  const { lease, vehicleId } = await world.stopped(79);
  await lease.pays(new Date().toISOString(), 75_000);
  expect((await world.commands(vehicleId))[0]).toMatchObject({ type: 'mobilise', state: 'created' });
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'starting', endReason: 'not_allowed' });
  expect((await lease.row()).status).toBe('in_arrears');
});

it('sees a vehicle move whose unit has a slow clock, by what its own clock said as it was told to', async () => {
  const slow = 20 * 60_000;
  const one = await world.stopping();
  const [stop] = await world.commands(one.vehicleId);
  await world.answers(one.trackerId, stop?.id ?? '', Date.now() - slow);
  await world.sees(one, true, Date.now() - slow);
  expect((await world.episode(one.vehicleId))?.state).toBe('stopped');
  await one.lease.pays(new Date().toISOString(), 90_000);
  // What it kept of before it was stopped proves nothing.
  const { id } = await world.send(one.vehicleId);
  await world.answers(one.trackerId, id, Date.now() - slow);
  await world.sees(one, false, Date.now() - slow - 60_000);
  expect((await world.episode(one.vehicleId))?.state).toBe('starting');
  await world.sees(one, false, Date.now() - slow);
  expect(await world.episode(one.vehicleId)).toMatchObject({ state: 'ended', endReason: 'paid' });
});

it('follows a stop for a debt that was sent before the vehicle was reported stolen by an order to move', async () => {
  const one = await world.stopping();
  const { db } = world.deps;
  await stolen(one.lease.id);
  expect((await world.commands(one.vehicleId)).map(({ type, state }) => [type, state])).toEqual([
    ['mobilise', 'created'],
    ['immobilise', 'expired'],
  ]);
  // Whoever has it now is sent no code.
  await db
    .update(immobilisations)
    .set({ startingAt: ago(1) })
    .where(eq(immobilisations.vehicleId, one.vehicleId));
  expect((await world.advance(one.vehicleId)).text).toBeUndefined();
  // An admin who has it stopped all the same need not wait for that.
  const theft = { vehicleId: one.vehicleId, reason: 'stolen', order: 'CRB 1' };
  expect(await stateOrCode(orderImmobilisation(world.deps, admin, theft))).toBe('waiting');
  await world.runsOut(one.vehicleId);
  await world.parks(one);
  expect((await world.advance(one.vehicleId)).state).toBe('stopping');

  const found = await world.stopping();
  await stolen(found.lease.id);
  await world.starts(found);
  expect(await world.episode(found.vehicleId)).toMatchObject({ state: 'waiting', endReason: null });
  expect(await world.advance(found.vehicleId)).toMatchObject({ gate: 'lease_stolen' });
});

it('starts a vehicle by no code of an earlier stop, and by none with other days', async () => {
  const one = await world.stopped();
  const { db, encryption } = world.deps;
  await one.lease.pays(new Date().toISOString(), 90_000);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const { text } = await world.advance(one.vehicleId);
  const typed = text?.message.template === 'restart_code' ? text.message.code : '';
  const [row] = await db.select().from(trackers).where(eq(trackers.id, one.trackerId));
  const key = codeKey(encryption.decrypt(row?.passwordEncrypted ?? ''));
  expect(readRestartCode(key, 0, typed)).toEqual({ days: 30, count: 1 });
  await world.starts(one);
  // Stopped again: the order to stop says which codes are over.
  const theft = { vehicleId: one.vehicleId, reason: 'stolen', order: 'CRB 1' };
  await stolen(one.lease.id);
  await orderImmobilisation(world.deps, admin, theft);
  await world.parks(one);
  await db.update(latestPositions).set({ receivedAt: new Date() }).where(eq(latestPositions.vehicleId, one.vehicleId));
  await world.advance(one.vehicleId);
  const [stop] = await world.commands(one.vehicleId);
  const taken = await takeCommand(world.deps, stop?.id ?? '');
  expect(taken?.command).toMatchObject({ type: 'immobilise', codes: { used: 1 } });
  expect(readRestartCode(key, 1, typed)).toBeNull();
});

it('stops no vehicle in a protected place of its market, or beside it, not even one that was stolen', async () => {
  const one = await world.waiting();
  const { vehicleId } = one;
  // In Busia, which lies in both countries.
  const [west, south, east, north] = [34.085, 0.46, 34.095, 0.47];
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const hospital = (market: 'UG' | 'KE') =>
    transact(world.deps.db, agent, new Date(), (context) =>
      makeGeofence(context, {
        name: 'a hospital',
        polygon: { type: 'Polygon', coordinates: [ring] },
        rule: 'protected',
        market,
      }),
    );
  await hospital('KE');
  await world.parks(one, { lat: 0.465, lon: 34.09 });
  expect((await world.advance(vehicleId)).state).toBe('stopping');
  // Asked again when it is sent.
  const { id } = await hospital('UG');
  expect((await world.send(vehicleId)).type).toBeNull();
  expect((await world.commands(vehicleId))[0]).toMatchObject({ state: 'expired', reason: 'protected_place' });
  await world.parks(one, { lat: 0.465, lon: east + 0.000_3 });
  expect(await world.advance(vehicleId)).toMatchObject({ state: 'waiting', gate: 'protected_place' });
  await stolen(one.lease.id);
  await orderImmobilisation(world.deps, admin, { vehicleId, reason: 'stolen', order: 'CRB 1' });
  await world.runsOut(vehicleId);
  expect(await world.advance(vehicleId)).toMatchObject({ gate: 'protected_place' });
  await world.parks(one, { lat: 0.465, lon: east + 0.001 });
  expect((await world.advance(vehicleId)).state).toBe('stopping');
  await world.deps.db.delete(geofences).where(eq(geofences.id, id));
});

it('goes by a rule that was corrected at once, and keeps the wrong one', async () => {
  const one = await world.stopped();
  const { db } = world.deps;
  const [wrong] = await db.select().from(marketRuleRows).where(eq(marketRuleRows.market, 'UG'));
  if (wrong === undefined) throw new Error('there is no rule');
  const { id, market: _market, corrects: _corrects, correctedAt: _correctedAt, createdAt: _createdAt, ...rule } = wrong;
  const right = {
    ...rule,
    effectiveFrom: localDate(wrong.effectiveFrom),
    leastDaysPastDue: 300,
    reason: 'a typing error',
  };
  const correct = (given: typeof right) =>
    transact(db, admin, new Date(), (context) => correctMarketRule(context, id, given));
  const before = { ...right, effectiveFrom: localDate('2001-01-01') };
  await expect(correct(before)).rejects.toMatchObject({ code: 'unprocessable' });
  const corrected = await correct(right);
  await expect(correct(right)).rejects.toMatchObject({ code: 'invalid_state' });
  expect(await world.advance(one.vehicleId)).toMatchObject({ state: 'starting', gate: 'not_past_threshold' });
  const rows = await db.select().from(marketRuleRows).where(eq(marketRuleRows.market, 'UG'));
  expect(rows.map((row) => [row.id, row.corrects, row.correctedAt === null])).toEqual(
    expect.arrayContaining([
      [id, null, false],
      [corrected.id, id, true],
    ]),
  );
  const [entry] = await db.select().from(audit).where(eq(audit.type, 'market_rule.corrected'));
  expect(entry).toMatchObject({ actor: admin, detail: { corrects: id, reason: 'a typing error' } });
});
