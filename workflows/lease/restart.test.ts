import { randomUUID } from 'node:crypto';
import { and, desc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { endApplication } from '#use-cases/leases/end-lease';
import { eventsForLeases } from '#use-cases/leases/events-for-leases';
import { restartFromBooks, restartLease } from '#use-cases/leases/restart-lease';
import { stateFromBooks } from '#use-cases/leases/state-from-books';
import { startLease } from '#steering/start-lease';
import { attempts, leases, notifications, outbox } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, proveIdentity, reallyCharged, type Customer } from '#dev/journey';
import { system } from '#domain/identity/roles';
import { bookLease } from '#test/lease-books';
import { cast, hoursLater, isOver, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { currentStanding } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const place = () => ({ api: platform.url, simulators: platform.simulators });
const handleOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);
const restart = (leaseId: string) => staff.admin.post('/v1/leases/{id}/restart', { path: { id: leaseId } });
const is = (customer: Customer, id: string, status: string) =>
  leaseThat(customer.client, id, status, (lease) => lease.status === status, 60_000);
const vehicleOf = async (customer: Customer, id: string) =>
  (await customer.client.get('/v1/vehicles/{id}', { path: { id } })).status;

/** The workflow is gone as when an operator, or the server at its limit, ended it. */
async function kill(leaseId: string): Promise<void> {
  await handleOf(leaseId).terminate('died in a test');
}

/** What a customer and an agent do in each stage, until the lease is theirs. */
const steps: Record<string, (customer: Customer, id: string) => Promise<unknown>> = {
  offered: ({ client }, id) => client.post('/v1/leases/{id}/accept-offer', { path: { id } }),
  reserved: ({ client, name }, id) => client.post('/v1/leases/{id}/sign', { path: { id }, body: { name } }),
  awaiting_deposit: (customer, id) => is(customer, id, 'awaiting_handover'),
  awaiting_handover: (_customer, id) =>
    staff.agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 5 } }),
};
const order = Object.keys(steps);

describe.concurrent('a lease whose workflow died', () => {
  it.each(['offered', 'reserved', 'awaiting_deposit', 'awaiting_handover', 'active'] as const)(
    'is started again from the books while it is %s, and lives on to its end',
    async (status) => {
      const customer = await newCustomer(platform);
      const { id } = await leaseIn(status, customer, staff, {
        frequency: 'weekly',
        terms: { instalments: 4 },
      });
      await kill(id);
      const restarted = await restart(id);
      await expect(restart(id)).rejects.toMatchObject({ status: 409, code: 'invalid_state' });
      for (const stage of order.slice(order.indexOf(restarted.status === 'active' ? 'none' : restarted.status)))
        if (restarted.status !== 'active') await steps[stage]?.(customer, id);
      await is(customer, id, 'active');
      await hoursLater(platform, id, 24 * 40);
      const ended = await is(customer, id, 'completed');
      expect(ended.paid).toEqual(ended.totalPrice);
      expect(await reallyCharged(place(), customer.phone)).toBe(ended.totalPrice.amount);
    },
  );

  it.each(['while it is dead', 'as it begins again'])(
    'tells its owner once of cash that settles it %s',
    async (when) => {
      const customer = await newCustomer(platform);
      const { id } = await leaseIn('active', customer, staff, { price: { amount: 500_000, currency: 'UGX' } });
      const { amount } = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
      const { deps } = platform;
      const pays = () =>
        staff.agent.post('/v1/payments/cash', { body: { leaseId: id, amount, receiptNumber: randomUUID() } });
      await kill(id);
      if (when === 'while it is dead') await pays();
      else
        await platform.withoutWorkers(async () => {
          await restartLease(deps, { role: 'admin', id }, id);
          await pays();
          const isPaid = and(eq(outbox.leaseId, id), eq(outbox.type, 'payment.completed'));
          const [event] = await deps.db.select().from(outbox).where(isPaid).orderBy(desc(outbox.number)).limit(1);
          if (event !== undefined) await eventsForLeases(deps).take({ ...event, position: 0, sequence: 0 });
        });
      await is(customer, id, 'settled_early');
      await eventually('a workflow that is not the dead one', async () =>
        (await handleOf(id).describe()).status.name === 'TERMINATED' ? undefined : true,
      );
      await isOver(platform, id);
      const isOwner = and(eq(notifications.leaseId, id), eq(notifications.template, 'owner'));
      expect(await deps.db.$count(notifications, isOwner)).toBe(1);
    },
  );

  it('waits for the identity check again', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    await kill(id);
    await restart(id);
    await hoursLater(platform, id, 31 * 24);
    await is(customer, id, 'lapsed');
  });

  it('keeps the deadline of its stage, and gives the vehicle back at it', async () => {
    const customer = await newCustomer(platform);
    const { id, vehicleId } = await leaseIn('reserved', customer, staff);
    await staff.admin.post('/v1/dev/leases/{id}/fast-forward', { path: { id }, body: { days: 1 } });
    await kill(id);
    await restart(id);
    await hoursLater(platform, id, 25);
    await is(customer, id, 'lapsed');
    expect(await vehicleOf(customer, vehicleId)).toBe('available');
  });

  it('charges nothing twice that was under way', async () => {
    const customer = await newCustomer(platform, { digits: '001' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    await customer.client.get('/v1/payments', { query: { leaseId: id } });
    await kill(id);
    await restart(id);
    const lease = await is(customer, id, 'awaiting_handover');
    expect(await reallyCharged(place(), customer.phone)).toBe(lease.deposit.amount);
  });

  it('goes on in arrears, paused and after a write-off', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 5 } });
    await kill(id);
    await restart(id);
    await hoursLater(platform, id, 6 * 24);
    await is(customer, id, 'active');
    await kill(id);
    await restart(id);
    await staff.admin.post('/v1/leases/{id}/write-off', { path: { id }, body: { reason: 'gone' } });
    await kill(id);
    await restart(id);
    const before = await customer.client.get('/v1/leases/{id}', { path: { id } });
    await customer.client.post('/v1/leases/{id}/pay', {
      path: { id },
      body: { amount: { amount: 5_000, currency: 'UGX' } },
    });
    await leaseThat(customer.client, id, 'recovering', ({ paid }) => paid.amount === before.paid.amount + 5_000);
  });
});

/** Whether a lease that was started again had come to the time that it waits for before the journey there was over. */
async function beforeItsJourneyEnded(id: string): Promise<boolean> {
  const events = (await handleOf(id).fetchHistory()).events ?? [];
  const fired = events.findIndex(({ timerFiredEventAttributes: timer }) => (timer ?? null) !== null);
  const ended = events.findIndex(
    ({ workflowExecutionTimeSkippingTransitionedEventAttributes: skip }) => skip?.disabledAfterFastForward === true,
  );
  return fired !== -1 && fired < ended;
}

/** Another phone of the customer, by which the lease is collected from now on. */
async function collectedBy({ client }: Customer, id: string, digits: string): Promise<string> {
  const { phone } = await newCustomer(platform, { digits, verified: false });
  const { id: paymentMethodId } = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
  return phone;
}

const payNow = ({ client }: Customer, id: string, amount: number) =>
  client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: { amount, currency: 'UGX' } } });
const becomes = ({ client }: Customer, payment: string, status: string) =>
  eventually(`a payment that is ${status}`, async () =>
    (await client.get('/v1/payments/{id}', { path: { id: payment } })).status === status ? true : undefined,
  );

describe('what was agreed, owed or in doubt when the workflow died', () => {
  it('a referral is still decided by an agent', async () => {
    const { client, ...customer } = await newCustomer(platform, { verified: false });
    await client.patch('/v1/me', { body: { monthlyIncome: { amount: 1_000, currency: 'UGX' } } });
    await proveIdentity({ client, ...customer }, `CM66${String(Date.now()).slice(-8)}AB`, 'UG');
    const application = { ...(await newChoice(staff.admin)), paymentMethodId: customer.paymentMethodId };
    const { id } = await client.post('/v1/leases', { body: application });
    const assessment = await eventually('a referred assessment', async () => {
      const { data } = await staff.agent.get('/v1/credit/assessments', { query: { leaseId: id } });
      return data[0]?.id;
    });
    await kill(id);
    expect((await restart(id)).status).toBe('assessing');
    const yes = { decision: 'approved', reason: 'a good reference' } as const;
    await staff.agent.post('/v1/credit/assessments/{id}/decision', { path: { id: assessment }, body: yes });
    await is({ client, ...customer }, id, 'offered');
  });

  it('a lease that has lived sixty days goes on where it was, in arrears too', async () => {
    const customer = await newCustomer(platform);
    const terms = { instalments: 12, immobiliseAfterDaysPastDue: 90 };
    const { id } = await leaseIn('active', customer, staff, { terms });
    await hoursLater(platform, id, 46 * 24);
    const broke = await collectedBy(customer, id, '010');
    await hoursLater(platform, id, 14 * 24);
    const before = await is(customer, id, 'in_arrears');
    await kill(id);
    const restarted = await restart(id);
    expect(await beforeItsJourneyEnded(id), 'a journey that began in between would pass its timer over').toBe(true);
    expect(restarted).toMatchObject({ status: 'in_arrears', paid: before.paid, daysPastDue: before.daysPastDue });
    expect(Date.parse(restarted.asOf)).toBeGreaterThanOrEqual(Date.parse(before.asOf));
    const phone = await collectedBy(customer, id, '100');
    await hoursLater(platform, id, 40 * 24);
    const ended = await is(customer, id, 'completed');
    const charged = [customer.phone, broke, phone].map((one) => reallyCharged(place(), one));
    expect((await Promise.all(charged)).reduce((sum, one) => sum + one, 0)).toBe(ended.totalPrice.amount);
  });

  it('a promise is waited for', async () => {
    const customer = await newCustomer(platform);
    const { id, nextDue, instalment } = await leaseIn('active', customer, staff, { terms: { instalments: 4 } });
    const on = new Date(Date.parse(nextDue?.on ?? '') + 3 * 86_400_000).toISOString().slice(0, 10);
    await customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: { on, amount: instalment } });
    await kill(id);
    await restart(id);
    const { deposit } = await customer.client.get('/v1/leases/{id}', { path: { id } });
    const untilDue = (Date.parse(nextDue?.on ?? '') - Date.now()) / 3_600_000;
    await hoursLater(platform, id, untilDue + 2 * 24);
    expect(await reallyCharged(place(), customer.phone)).toBe(deposit.amount);
    await hoursLater(platform, id, 2 * 24);
    await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  });

  it('a promise that a pause made void is not asked for, and the pause ends by itself', async () => {
    const customer = await newCustomer(platform);
    const { id, nextDue, instalment } = await leaseIn('active', customer, staff, { terms: { instalments: 4 } });
    const promise = { on: nextDue?.on ?? '', amount: instalment };
    await customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: promise });
    await customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 10 } });
    await kill(id);
    expect((await restart(id)).status).toBe('paused');
    await hoursLater(platform, id, 9 * 24);
    await is(customer, id, 'paused');
    await hoursLater(platform, id, 40 * 24);
    const ended = await is(customer, id, 'completed');
    expect(await reallyCharged(place(), customer.phone)).toBe(ended.totalPrice.amount);
  });

  it('an unknown payment can still be decided, and nothing is charged meanwhile', async () => {
    const customer = await newCustomer(platform);
    const { id, deposit } = await leaseIn('active', customer, staff, { terms: { instalments: 4 } });
    await collectedBy(customer, id, '023');
    const payment = await payNow(customer, id, 5_000);
    await becomes(customer, payment.id, 'unknown');
    await kill(id);
    await restart(id);
    const decision = { outcome: 'succeeded', providerReference: 'R-1', reason: 'on the statement' } as const;
    await staff.admin.post('/v1/payments/{id}/decide', { path: { id: payment.id }, body: decision });
    const paid = deposit.amount + 5_000;
    await leaseThat(customer.client, id, 'booked', (lease) => lease.paid.amount === paid);
  });

  it('a payment that was pending is booked once', async () => {
    const customer = await newCustomer(platform);
    const { id, deposit } = await leaseIn('active', customer, staff, { terms: { instalments: 4 } });
    const phone = await collectedBy(customer, id, '001');
    const payment = await payNow(customer, id, 5_000);
    // One that was not sent when the workflow died has failed, and nothing was charged.
    await eventually('the prompt on its way', async () => {
      const [row] = await platform.database.db.select().from(attempts).where(eq(attempts.id, payment.id));
      return row?.sent === true ? true : undefined;
    });
    await kill(id);
    await restart(id);
    await becomes(customer, payment.id, 'succeeded');
    await leaseThat(customer.client, id, 'booked', (lease) => lease.paid.amount === deposit.amount + 5_000);
    expect(await reallyCharged(place(), phone)).toBe(5_000);
  });
});

describe.concurrent('a lease that is over', () => {
  it('gives back credit that is found in its books, and ends again', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('awaiting_handover', customer, staff);
    await kill(id);
    // What a withdrawal leaves when the workflow dies before the refund.
    const ending = { leaseId: id, as: 'withdrawn', reason: 'changed my mind' } as const;
    await transact(platform.deps.db, system('test'), new Date(), (context) => endApplication(context, ending));
    expect(await reallyCharged(place(), customer.phone)).toBeGreaterThan(0);
    await Promise.all([1, 2, 3].map(() => restartFromBooks(platform.deps, system('test'), id)));
    await leaseThat(customer.client, id, 'given back', ({ credit }) => credit.amount === 0);
    await isOver(platform, id);
    expect(await reallyCharged(place(), customer.phone)).toBe(0);
  });

  it('that has nothing open ends at once', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    const [before] = await platform.deps.db.select().from(leases).where(eq(leases.id, id));
    await restartFromBooks(platform.deps, system('test'), id);
    await handleOf(id).result();
    const [after] = await platform.deps.db.select().from(leases).where(eq(leases.id, id));
    expect(after).toEqual(before);
  });
});

describe('only an admin', () => {
  it('starts a lease again', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    const forbidden = { status: 403 };
    await expect(customer.client.post('/v1/leases/{id}/restart', { path: { id } })).rejects.toMatchObject(forbidden);
    await expect(staff.agent.post('/v1/leases/{id}/restart', { path: { id } })).rejects.toMatchObject(forbidden);
  });
});

it('money that is booked after the books were read, and before the lease runs again, is known to it', async () => {
  const { sql, db } = platform.database;
  const { id } = await leaseIn('active', await newCustomer(platform), staff);
  await kill(id);
  const { row, state } = await stateFromBooks(db, platform.config, id);
  const cash = { leaseId: id, amount: { amount: 5_000, currency: 'UGX' }, receiptNumber: id } as const;
  await staff.agent.post('/v1/payments/cash', { body: cash });
  await eventually('the reader to have found nobody to tell', async () => {
    const [last] = await sql<{ told: boolean }[]>`
      select o.position <= r.position as told from events.outbox o, events.readers r
      where r.name = 'lease-workflows' and r.subject is null and o.lease_id = ${id} and o.type = 'payment.completed'
      order by o.number desc limit 1`;
    return last?.told === true ? true : undefined;
  });
  await startLease(platform, row, { state });
  await eventually('the lease to know of it', async () => {
    const standing = await handleOf(id).query(currentStanding);
    return standing?.outstanding === state.standing.outstanding - 5_000 ? true : undefined;
  });
});

it('a lease whose new workflow is behind it travels from its own day', async () => {
  const { id } = await leaseIn('active', await newCustomer(platform), staff);
  const travel = (days: number) =>
    staff.admin.post('/v1/dev/leases/{id}/fast-forward', { path: { id }, body: { days } });
  const { asOf } = await travel(3);
  await kill(id);
  const { row, state } = await stateFromBooks(platform.database.db, platform.config, id);
  await startLease(platform, row, { state });
  const reached = await travel(5);
  const days = (Date.parse(reached.asOf) - Date.parse(asOf)) / 86_400_000;
  expect(Math.round(days * 100) / 100).toBe(5);
  // What falls due on the way, on the seventh day, is collected on its day.
  expect(await staff.admin.get('/v1/leases/{id}', { path: { id } })).toMatchObject({
    instalmentsPaid: 1,
    overdue: { amount: 0 },
  });
});

it('a lease that has no workflow yet does not travel, and the answer says what to do', async () => {
  const { id } = await bookLease(platform.database, platform.config);
  await expect(
    staff.admin.post('/v1/dev/leases/{id}/fast-forward', { path: { id }, body: { days: 1 } }),
  ).rejects.toMatchObject({ status: 409, code: 'clock_not_advanced', message: expect.stringContaining('/restart') });
});
