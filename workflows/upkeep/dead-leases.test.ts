import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { and, eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { endApplication } from '#use-cases/leases/end-lease';
import { noteFailing } from '#use-cases/cases/failing-case';
import { openCase } from '#use-cases/cases/open-case';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { findDeadLeases } from '#use-cases/upkeep/find-dead-leases';
import { findStuckWorkflows } from '#use-cases/upkeep/find-stuck-workflows';
import { tellUnbooked } from '#use-cases/upkeep/tell-unbooked';
import { attempts, cases, leases, outbox } from '#db/schema/index';
import { eventually, type MarketplaceClient } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import type { CaseKind } from '#domain/cases';
import { money } from '#domain/money';
import { system } from '#domain/identity/roles';
import { workflowQueue } from '#domain/task-queues';
import { dataConverter } from '#platform/temporal/connection';
import { itReplays, recordingKeys } from '#test/histories';
import { confirmedPayments } from '#test/lease-books';
import { cast, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { visibilityCaughtUp } from '#test/visibility';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ ENCRYPTION_KEYS: recordingKeys });
  staff = await cast(platform);
});
afterAll(() => platform.close());
const look = async () => {
  await visibilityCaughtUp(platform.temporal);
  return findDeadLeases(platform.deps, () => {});
};
const casesOf = (leaseId: string, kind: CaseKind = 'workflow_died') =>
  platform.deps.db
    .select({ status: cases.status })
    .from(cases)
    .where(and(eq(cases.leaseId, leaseId), eq(cases.kind, kind)));
const handleOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);

it('a workflow that died is a case, once a death, until it runs again', async () => {
  const { id: alive } = await leaseIn('verifying', await newCustomer(platform, { verified: false }), staff);
  const { id } = await leaseIn('verifying', await newCustomer(platform, { verified: false }), staff);
  await handleOf(id).terminate('died in a test');
  expect(await look()).toMatchObject({ dead: 1, runAgain: 0 });
  await look();
  expect(await casesOf(id)).toEqual([{ status: 'open' }]);
  expect(await casesOf(alive)).toEqual([]);

  const series = `lease-${id}`;
  const failing = { workflowId: series, series, activity: 'kycOf', activityId: '3' };
  await noteFailing(platform.deps.db, { ...failing, kind: 'outage', code: 'ECONNREFUSED', tries: 5 });
  await staff.admin.post('/v1/leases/{id}/restart', { path: { id } });
  expect(await casesOf(id)).toEqual([{ status: 'closed' }]);
  expect(await casesOf(id, 'activity_failing')).toEqual([{ status: 'closed' }]);
  expect(await look()).toMatchObject({ dead: 0, runAgain: 0 });

  await handleOf(id).terminate('died again');
  expect(await look()).toMatchObject({ dead: 1, runAgain: 0 });
  expect((await casesOf(id)).map(({ status }) => status).toSorted()).toEqual(['closed', 'open']);
  const { data: letters } = await staff.agent.get('/v1/dead-letters', { query: { kind: 'workflow' } });
  const letter = letters.find(({ leaseId }) => leaseId === id);
  expect(letter).toMatchObject({ reason: 'workflow_died', redrivable: true, payload: null });
  const press = () => staff.agent.post('/v1/dead-letters/{id}/redrive', { path: { id: letter?.id ?? '' }, body: {} });
  await Promise.all([press(), press()]);
  expect(await press()).toMatchObject({ redrivable: false });
  expect(await look()).toMatchObject({ dead: 0 });
});

it('one that an operator has paused has not died', async () => {
  const { id } = await leaseIn('verifying', await newCustomer(platform, { verified: false }), staff);
  const { namespace } = platform.temporal.options;
  const which = { namespace, workflowId: `lease-${id}` };
  const how = { reason: 'looked at', identity: 'operator', requestId: randomUUID() };
  await platform.temporal.workflowService.pauseWorkflowExecution({ ...which, ...how });
  await look();
  expect(await casesOf(id)).toEqual([]);
  const travels = () =>
    staff.admin.post('/v1/dev/leases/{id}/fast-forward', { path: { id: id.toUpperCase() }, body: { days: 1 } });
  // Where it got to is a field of the answer.
  const asOf = expect.stringContaining('"asOf":"');
  await expect(travels()).rejects.toMatchObject({ code: 'clock_not_advanced', message: asOf });
  await platform.temporal.workflowService.unpauseWorkflowExecution({ ...which, ...how });
  const both = await Promise.allSettled([travels(), travels()]);
  for (const one of both)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'clock_not_advanced' });
  await handleOf(id).terminate('died in a test');
  await expect(travels()).rejects.toMatchObject({ code: 'clock_not_advanced' });
});

/** A lease that was withdrawn while its workflow was dead: its deposit is to be given back, and it is a case. */
async function deadWithDeposit(): Promise<string> {
  const { id } = await leaseIn('awaiting_handover', await newCustomer(platform), staff);
  await handleOf(id).terminate('died in a test');
  const ending = { leaseId: id, as: 'withdrawn', reason: 'test' } as const;
  await transact(platform.deps.db, system('test'), new Date(), (context) => endApplication(context, ending));
  await look();
  expect(await casesOf(id)).toEqual([{ status: 'open' }]);
  return id;
}

it('a workflow that died with a deposit to give back is a case, until it is given back', async () => {
  const id = await deadWithDeposit();
  await staff.admin.post('/v1/leases/{id}/restart', { path: { id } });
  await isOver(platform, id);
  await look();
  expect(await casesOf(id)).toEqual([{ status: 'closed' }]);
  const [row] = await platform.deps.db.select({ credit: leases.credit }).from(leases).where(eq(leases.id, id));
  expect(row?.credit).toBe(0);
});

it('an agent who has its credit given back starts it again, in his name, and it is a case no more', async () => {
  const id = await deadWithDeposit();
  await staff.agent.post('/v1/leases/{id}/return-credit', { path: { id } });
  await isOver(platform, id);
  await look();
  expect(await casesOf(id)).toEqual([{ status: 'closed' }]);
  const { data } = await staff.admin.get('/v1/leases/{id}/timeline', { path: { id } });
  const { id: agentId } = await staff.agent.get('/v1/me');
  const actors = data.filter(({ type }) => type === 'lease.restarted').map(({ actor }) => actor);
  expect(actors).toEqual([{ role: 'agent', id: agentId }]);
});

it('credit that mobile money has given up is paid out to another phone of the customer, by who may', async () => {
  const customer = await newCustomer(platform);
  const { client, name, paymentMethodId } = customer;
  const { id, deposit } = await leaseIn('reserved', customer, staff);
  const { phone } = await newCustomer(platform, { verified: false });
  const lent = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: lent.id } });
  await client.post('/v1/leases/{id}/sign', { path: { id }, body: { name } });
  await leaseThat(client, id, 'paid', ({ status }) => status === 'awaiting_handover');
  // The simulator knows the wallets of those who have paid.
  const gift = {
    provider: 'mtn',
    payer: customer.phone,
    account: 'NOBODYKNOWS',
    amount: 900,
    currency: 'UGX',
  } as const;
  await new SimulatorClient(platform.simulators).post('/pay-bill', { body: gift });
  const path = { id };
  const back = { amount: deposit, paymentMethodId };
  const returns = (by: MarketplaceClient, body: typeof back) =>
    by.post('/v1/leases/{id}/return-credit', { path, body });
  await expect(returns(staff.agent, back)).rejects.toMatchObject({ code: 'invalid_state' });
  await handleOf(id).terminate('died in a test');
  const ending = { leaseId: id, as: 'withdrawn', reason: 'test' } as const;
  await transact(platform.deps.db, system('test'), new Date(), async (context) => {
    const credit = money((await endApplication(context, ending)).credit, 'UGX');
    await openCase(context, { kind: 'refund_failed', leaseId: id, paymentId: null, detail: { credit } });
  });
  await expect(returns(customer.client, back)).rejects.toMatchObject({ status: 403 });
  const both = { ...back, receiptNumber: 'R-1' };
  await expect(returns(staff.agent, both)).rejects.toMatchObject({ code: 'invalid_input' });
  await returns(staff.agent, back);
  await isOver(platform, id);
  const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id, kind: 'refund' } });
  expect(data).toMatchObject([{ status: 'succeeded', amount: deposit, paymentMethodId }]);
  expect(await casesOf(id, 'refund_failed')).toEqual([{ status: 'closed' }]);
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
});

it('one that needs no workflow any more is a case no more', async () => {
  const { id } = await leaseIn('verifying', await newCustomer(platform, { verified: false }), staff);
  await handleOf(id).terminate('died in a test');
  await look();
  expect(await casesOf(id)).toEqual([{ status: 'open' }]);
  const ending = { leaseId: id, as: 'withdrawn', reason: 'test' } as const;
  await transact(platform.deps.db, system('test'), new Date(), (context) => endApplication(context, ending));
  await look();
  expect(await casesOf(id)).toEqual([{ status: 'closed' }]);
});

it.each([
  ['refund_failed', 'of before', (credit: number): unknown => credit],
  ['credit_to_return', 'with its currency', (credit: number): unknown => ({ amount: credit, currency: 'UGX' })],
] as const)('credit that %s tells of (%s) is no death, also when its case is closed', async (kind, _, sum) => {
  const { id } = await leaseIn('awaiting_handover', await newCustomer(platform), staff);
  await handleOf(id).terminate('died in a test');
  const ending = { leaseId: id, as: 'withdrawn', reason: 'test' } as const;
  await transact(platform.deps.db, system('test'), new Date(), async (context) => {
    const { credit } = await endApplication(context, ending);
    const openedAt = new Date();
    const told = { key: `${kind}:${id}`, kind, leaseId: id, openedAt, detail: { credit: sum(credit) } };
    await context.tx.insert(cases).values({ id: uuidv7(), ...told });
  });
  await look();
  await platform.deps.db.update(cases).set({ status: 'closed', closedAt: new Date() }).where(eq(cases.leaseId, id));
  await look();
  expect(await casesOf(id)).toEqual([]);
});

it('money that was booked for a lease that is over, and that nobody looked after since, wakes it', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('offered', customer, staff);
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  await isOver(platform, id);
  // Without its event, or the reader of the events may wake it first.
  const comes = (amount: number) =>
    transact(platform.deps.db, system('test'), new Date(), async (context) => {
      const facts = { kind: 'inbound', provider: 'mtn', payerMasked: '+2567*****001', fromSuspense: true } as const;
      const money = { ...facts, paymentId: uuidv7(), receipt: uuidv7(), amount };
      await receiveMoney(context, platform.config, { leaseId: id, money });
      await context.tx.delete(outbox).where(and(eq(outbox.leaseId, id), eq(outbox.type, 'payment.completed')));
    });
  const isTold = async (amount: number) => {
    expect(await look()).toMatchObject({ woken: 1 });
    await handleOf(id).result();
    const isIts = and(eq(cases.leaseId, id), eq(cases.kind, 'credit_to_return'), eq(cases.status, 'open'));
    const told = await platform.deps.db.select({ detail: cases.detail }).from(cases).where(isIts);
    expect(told).toEqual([{ detail: { credit: { amount, currency: 'UGX' } } }]);
    expect(await look()).toMatchObject({ woken: 0 });
  };
  await comes(7_000);
  await isTold(7_000);
  // More than the open case tells of.
  await comes(5_000);
  await isTold(12_000);
  expect(await casesOf(id)).toEqual([]);
});

it('confirmed money of which a lease has not heard is told to it again', async () => {
  const { db } = platform.deps;
  const { id: leaseId } = await leaseIn('awaiting_handover', await newCustomer(platform), staff);
  const [row] = await db.select().from(leases).where(eq(leases.id, leaseId));
  const lost = { leaseId, paymentMethodId: row?.paymentMethodId ?? '', attemptId: randomUUID() };
  const minutesAgo = (count: number) => new Date(Date.now() - count * 60_000);
  await confirmedPayments(db, [lost], 5_000, minutesAgo(9));
  // However many are read at once.
  const tell = () => tellUnbooked(platform.deps, () => {}, 1);
  const other = { ...lost, attemptId: randomUUID() };
  await confirmedPayments(db, [other], 5_000, minutesAgo(9));
  expect(await tell()).toBe(0);
  await db
    .update(attempts)
    .set({ settledAt: minutesAgo(11) })
    .where(inArray(attempts.id, [lost.attemptId, other.attemptId]));
  expect(await tell()).toBe(2);
  await eventually('the money booked', async () => {
    const both = await db
      .select()
      .from(attempts)
      .where(inArray(attempts.id, [lost.attemptId, other.attemptId]));
    return both.every(({ transferId }) => transferId !== null) ? true : undefined;
  });
  expect(await tell()).toBe(0);
});

it('a workflow whose own code fails is a case, until it goes on', async () => {
  const { temporal, config, deps } = platform;
  const prefix = config.TASK_QUEUE_PREFIX;
  const stuck = () => findStuckWorkflows({ db: deps.db, temporal, prefix });
  const { id } = await leaseIn('verifying', await newCustomer(platform, { verified: false }), staff);
  await handleOf(id).terminate('to be started with a state that its code cannot read');
  const options = { workflowId: `lease-${id}`, taskQueue: workflowQueue(prefix) };
  const broken = await temporal.workflow.start('lease', { ...options, args: [{ state: {} }] });
  expect(await eventually('it to be found', async () => ((await stuck()) === 1 ? 1 : undefined), 100_000)).toBe(1);
  const told = () =>
    deps.db
      .select({ status: cases.status, detail: cases.detail })
      .from(cases)
      .where(and(eq(cases.leaseId, id), eq(cases.kind, 'activity_failing')));
  expect(await told()).toMatchObject([
    { status: 'open', detail: { activity: 'workflow_task', kind: 'defect', workflowId: `lease-${id}` } },
  ]);
  await broken.terminate('it is over');
  await eventually('it not to be found', async () => ((await stuck()) === 0 ? true : undefined));
  expect(await told()).toMatchObject([{ status: 'closed' }]);
});

async function upkeep() {
  const { temporal, config } = platform;
  const start = { workflowId: randomUUID(), taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX) };
  const handle = await temporal.workflow.start('upkeep', start);
  await handle.result();
  return handle.fetchHistory();
}

itReplays(
  join(import.meta.dirname, 'histories'),
  {
    'each-on-its-own': upkeep,
    'one-loop': upkeep,
    'distances-counted': upkeep,
    'portfolio-kept': upkeep,
    'fleet-cared-for': upkeep,
  },
  () => ({
    dataConverter: dataConverter(platform.config),
  }),
);
