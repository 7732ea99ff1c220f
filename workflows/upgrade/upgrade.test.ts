import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataConverter } from '#platform/temporal/connection';
import { notifications, vehicles } from '#db/schema/index';
import type { Lease, Upgrade } from '#dev/api-types';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { localHourAt } from '#domain/calendar';
import type { Message } from '#domain/notifications/messages';
import { cast, hoursLater, isOver, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { itReplays, recordingKeys } from '#test/histories';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { visibilityCaughtUp } from '#test/visibility';
import { transact } from '#use-cases/context';
import { reviveWorkflows } from '#use-cases/upkeep/revive-workflows';
import { completeUpgrade } from '#use-cases/upgrades/complete-upgrade';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ ENCRYPTION_KEYS: recordingKeys });
  staff = await cast(platform);
});
afterAll(() => platform.close());

/** The upgrades of the tests below, by how they ended. */
const lived = new Map<string, string>();
const workflowOf = (upgradeId: string) => platform.temporal.workflow.getHandle(`upgrade-${upgradeId}`);

const ugx = (amount: number) => ({ amount, currency: 'UGX' }) as const;

/** A customer in the ninth week, who owns enough of his motorcycle for the deposit of another. */
async function inNinthWeek(): Promise<{ customer: Customer; lease: Lease }> {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff, { frequency: 'weekly' });
  await hoursLater(platform, id, 9 * 7 * 24 + 12);
  return { customer, lease: await customer.client.get('/v1/leases/{id}', { path: { id } }) };
}

async function requested(customer: Customer, lease: Lease, price = ugx(6_000_000)): Promise<Upgrade> {
  const choice = await newChoice(staff.admin, { price });
  return customer.client.post('/v1/upgrades', { body: { leaseId: lease.id, ...choice } });
}

/** What vehicles were taken for so far. */
async function stock(): Promise<number> {
  const { accounts } = await staff.admin.get('/v1/ledger/trial-balance');
  return accounts.find(({ name }) => name === 'stock:trade_in')?.balance ?? 0;
}

const refusal = (request: Promise<unknown>) =>
  request.then(
    () => undefined,
    (error: unknown) => error,
  );
/** It is said, or will be in the morning. */
const isTold = ({ id }: Customer, template: Message['template']) =>
  eventually(template, async () => {
    const isIt = and(eq(notifications.userId, id), eq(notifications.template, template));
    return (await platform.deps.db.$count(notifications, isIt)) > 0 || undefined;
  });
const statusOf = async (id: string) =>
  (await platform.deps.db.select().from(vehicles).where(eq(vehicles.id, id)))[0]?.status;
const path = ({ id }: { readonly id: string }) => ({ path: { id } });

describe('an exchange of a leased vehicle', () => {
  it('whose workflow died is found, and lapses all the same', async () => {
    const { customer, lease } = await inNinthWeek();
    const quoted = await requested(customer, lease);
    await customer.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: {} });
    expect(await statusOf(quoted.vehicleId)).toBe('reserved');
    await workflowOf(quoted.id).terminate('died in a test');
    await hoursLater(platform, lease.id, 40 * 24);
    await visibilityCaughtUp(platform.temporal);
    await reviveWorkflows(platform.deps, () => {});
    await workflowOf(quoted.id).result();
    expect(await customer.client.get('/v1/upgrades/{id}', path(quoted))).toMatchObject({ status: 'lapsed' });
    expect(await statusOf(quoted.vehicleId)).toBe('available');
  });

  it('goes from the quote to the swap, and both books balance', async () => {
    const { customer, lease } = await inNinthWeek();
    const before = await stock();
    const quoted = await requested(customer, lease);
    expect(quoted).toMatchObject({ status: 'quoted', leaseId: lease.id, newLeaseId: null, credit: null });
    // 63 days are three months that have begun: 2 % of the price each.
    expect(quoted.tradeIn).toEqual(ugx(4_700_000));
    expect(quoted.deposit.amount + quoted.ahead.amount + quoted.payout.amount).toBe(
      quoted.tradeIn.amount - quoted.settlement.amount,
    );
    expect(quoted.total.amount).toBe(quoted.deposit.amount + quoted.instalments * quoted.instalment.amount);
    expect(await statusOf(quoted.vehicleId)).toBe('available');

    const approved = await customer.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: {} });
    expect(approved).toMatchObject({ status: 'approved', credit: 'approved' });
    expect(await statusOf(quoted.vehicleId)).toBe('reserved');
    await isTold(customer, 'upgrade_approved');
    await staff.agent.post('/v1/upgrades/{id}/extend-hold', {
      ...path(quoted),
      body: { hours: 24, reason: 'he is away' },
    });
    await staff.agent.post('/v1/upgrades/{id}/inspect', { ...path(quoted), body: { odometerKm: 9_000 } });
    const done = await staff.agent.post('/v1/upgrades/{id}/complete', { ...path(quoted), body: { odometerKm: 12 } });
    expect(done.status).toBe('completed');
    const newLeaseId = done.newLeaseId ?? '';

    const old = await leaseThat(customer.client, lease.id, 'upgraded', ({ status }) => status === 'upgraded');
    expect(old).toMatchObject({ outstanding: ugx(0), credit: ugx(0) });
    expect(await statusOf(lease.vehicleId)).toBe('maintenance');
    const begun = await customer.client.get('/v1/leases/{id}', path({ id: newLeaseId }));
    // What was signed is of both leases, and says what the new one costs.
    for (const leaseId of [lease.id, newLeaseId])
      expect((await customer.client.get('/v1/agreements', { query: { leaseId } })).data[0]).toMatchObject({
        kind: 'amendment',
        status: 'signed',
        leaseId: newLeaseId,
        fromLeaseId: lease.id,
        totalPrice: begun.totalPrice,
        signature: { name: customer.name },
      });
    expect(begun).toMatchObject({ status: 'active', vehicleId: quoted.vehicleId, deposit: quoted.deposit });
    const paid = ugx(quoted.deposit.amount + quoted.ahead.amount);
    expect(begun).toMatchObject({ totalPrice: quoted.total, paid, instalment: quoted.instalment });
    expect(await statusOf(quoted.vehicleId)).toBe('leased');

    // What the vehicle was taken for is what both leases had of it.
    expect((await stock()) - before).toBe(quoted.tradeIn.amount);
    const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
    for (const { debits, credits } of currencies) expect(debits).toEqual(credits);
    const told = await staff.admin.get('/v1/events', { query: { subject: lease.id, limit: 100 } });
    const types = told.data.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('upgrade.'))).toEqual([
      'upgrade.requested',
      'upgrade.approved',
      'upgrade.extended',
      'upgrade.completed',
    ]);

    await isTold(customer, 'upgrade_completed');
    // The old workflow comes to its end, and the new one lives: it collects its first line.
    await isOver(platform, lease.id);
    await workflowOf(quoted.id).result();
    lived.set('completed', quoted.id);
    await hoursLater(platform, newLeaseId, 8 * 24);
    // Whatever the hour of the wall is: nobody is prompted at night.
    const { asOf } = await customer.client.get('/v1/leases/{id}', path({ id: newLeaseId }));
    const hour = localHourAt(Date.parse(asOf), 'UG');
    if (hour < 8 || hour > 19) await hoursLater(platform, newLeaseId, 12);
    await leaseThat(customer.client, newLeaseId, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  });

  it('is quoted anew and signed again where the inspection takes the vehicle for less', async () => {
    const { customer, lease } = await inNinthWeek();
    const quoted = await requested(customer, lease);
    await customer.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: { name: 'Test Person' } });
    const more = { odometerKm: 20_000, tradeIn: ugx(4_800_000) };
    const generous = staff.agent.post('/v1/upgrades/{id}/inspect', { ...path(quoted), body: more });
    expect(await refusal(generous)).toMatchObject({ status: 403 });
    const order = { odometerKm: 20_000, tradeIn: ugx(4_600_000), notes: 'a dent in the tank' };
    const less = await staff.agent.post('/v1/upgrades/{id}/inspect', { ...path(quoted), body: order });
    const noted = { odometerKm: 20_000, notes: 'a dent in the tank', reason: null };
    expect(less).toMatchObject({ status: 'quoted', tradeIn: ugx(4_600_000), ...noted });
    expect(less.deposit.amount + less.ahead.amount).toBe(quoted.deposit.amount + quoted.ahead.amount - 100_000);
    await isTold(customer, 'upgrade_to_sign');
    // The amendment that he has signed says other sums than these: it is signed no second time.
    const { data: documents } = await customer.client.get('/v1/agreements', { query: { leaseId: lease.id } });
    expect(documents).toMatchObject([
      { status: 'signed', totalPrice: quoted.total, signature: { name: 'Test Person' } },
    ]);
    const sha256 = documents[0]?.sha256 ?? '';
    const stale = customer.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: { sha256 } });
    expect(await refusal(stale)).toMatchObject({ status: 409, code: 'agreement_outdated' });
    const early = staff.agent.post('/v1/upgrades/{id}/complete', { ...path(quoted), body: { odometerKm: 12 } });
    expect(await refusal(early)).toMatchObject({ status: 409, code: 'invalid_state' });
    const signed = await customer.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: {} });
    expect(signed.status).toBe('inspected');
    const both = await customer.client.get('/v1/agreements', { query: { leaseId: lease.id } });
    expect(both.data.map(({ status, totalPrice }) => [status, totalPrice])).toEqual([
      ['signed', less.total],
      ['signed', quoted.total],
    ]);

    // A swap that fails at its last step leaves no trace.
    const { db } = platform.deps;
    const { id } = quoted;
    const agent = { role: 'agent', id: lease.customerId } as const;
    const dies = transact(db, agent, new Date(lease.asOf), async (context) => {
      await completeUpgrade(context, { upgradeId: id, odometerKm: 12 });
      throw new Error('killed');
    });
    await expect(dies).rejects.toThrow('killed');
    const after = await customer.client.get('/v1/leases/{id}', path(lease));
    expect(after).toMatchObject({ status: 'active', outstanding: lease.outstanding, paid: lease.paid });
    expect([await statusOf(lease.vehicleId), await statusOf(quoted.vehicleId)]).toEqual(['leased', 'reserved']);

    const off = await customer.client.post('/v1/upgrades/{id}/cancel', { ...path(quoted), body: {} });
    expect(off.status).toBe('cancelled');
    await isTold(customer, 'upgrade_ended');
    const { data: told } = await staff.admin.get('/v1/events', { query: { subject: lease.id, type: 'upgrade.ended' } });
    expect(told).toMatchObject([{ data: { upgradeId: id, status: 'cancelled' } }]);
    expect(await statusOf(quoted.vehicleId)).toBe('available');
    await eventually('the end of its workflow', async () => {
      const { status } = await workflowOf(id).describe();
      return status.name === 'COMPLETED' || undefined;
    });
    lived.set('cancelled', id);
  });

  it('is refused where too little is owned, where one is under way, and to whom it does not belong', async () => {
    const { customer, lease } = await inNinthWeek();
    const dear = requested(customer, lease, ugx(20_000_000));
    expect(await refusal(dear)).toMatchObject({ status: 409, code: 'upgrade_refused' });
    const quoted = await requested(customer, lease);
    expect(await refusal(requested(customer, lease))).toMatchObject({ status: 409, code: 'upgrade_under_way' });
    const stranger = await newCustomer(platform);
    const theirs = stranger.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: {} });
    expect(await refusal(theirs)).toMatchObject({ status: 404 });
    expect(await refusal(requested(stranger, lease))).toMatchObject({ status: 422, errors: [{ path: 'leaseId' }] });
    // A first customer was quicker.
    await platform.deps.db.update(vehicles).set({ status: 'leased' }).where(eq(vehicles.id, quoted.vehicleId));
    const late = customer.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: {} });
    expect(await refusal(late)).toMatchObject({ status: 409, code: 'vehicle_unavailable' });

    // What is not gone on with lapses on the clock of the lease.
    await hoursLater(platform, lease.id, 73);
    const after = customer.client.post('/v1/upgrades/{id}/accept', { ...path(quoted), body: {} });
    expect(await refusal(after)).toMatchObject({ status: 409, code: 'invalid_state' });
    // Its workflow goes by another clock here; whoever asks for the next one need not wait for it.
    const next = await requested(customer, lease);
    expect(next.status).toBe('quoted');
    // With a lease that ends otherwise it is over.
    await staff.agent.post('/v1/leases/{id}/return', { ...path(lease), body: {} });
    await eventually('the end of the exchange', async () => {
      const { status } = await customer.client.get('/v1/upgrades/{id}', path(next));
      return status === 'cancelled' || undefined;
    });
    await workflowOf(quoted.id).result();
    expect(await customer.client.get('/v1/upgrades/{id}', path(quoted))).toMatchObject({ status: 'lapsed' });
    lived.set('lapsed', quoted.id);
  });
});

const lifeOf = (end: string) => () => workflowOf(lived.get(end) ?? '').fetchHistory();
itReplays(
  join(import.meta.dirname, 'histories'),
  { completed: lifeOf('completed'), cancelled: lifeOf('cancelled'), lapsed: lifeOf('lapsed') },
  () => ({ dataConverter: dataConverter(platform.config) }),
);
