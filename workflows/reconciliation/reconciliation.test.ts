import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Calls, Suspense } from '#dev/api-types';
import { eventually, type MarketplaceClient } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { addDays } from '#domain/calendar';
import { marketRules, type Market } from '#domain/markets';
import { workflowQueue } from '#domain/task-queues';
import { call } from '#test/api-world';
import { leaseIn, newCustomer } from '#test/people';
import {
  homes,
  startReconciliationWorld,
  today,
  type Provider,
  type ReconciliationWorld,
} from '#test/reconciliation-world';

let world: ReconciliationWorld;
beforeAll(async () => {
  world = await startReconciliationWorld();
});
afterAll(() => world.platform.close());

const inMarket = (provider: Provider) => (homes[provider] === 'KE' ? { market: 'KE' as const } : {});

/** A lease whose deposit was paid, and the payment of it. */
async function paidDeposit(provider: Provider, digits = '100') {
  const customer = await newCustomer(world.platform, { digits, provider });
  const { id } = await leaseIn('awaiting_handover', customer, world.staff, inMarket(provider));
  const [payment] = await world.paymentsOf(customer.client, id);
  if (payment === undefined) throw new Error('no deposit');
  return { customer, leaseId: id, payment };
}

async function refunded({ client }: Customer, leaseId: string) {
  await client.post('/v1/leases/{id}/withdraw', { path: { id: leaseId } });
  return eventually('the refund', async () =>
    (await world.paymentsOf(client, leaseId)).find(({ kind, status }) => kind === 'refund' && status === 'succeeded'),
  );
}

describe('a clean day balances', () => {
  it.each(['mtn', 'airtel', 'mpesa'] as const)('at %s: charges, a payment of a person, a refund', async (provider) => {
    const market = homes[provider];
    const { customer, leaseId, payment } = await paidDeposit(provider);
    await world.staff.agent.post('/v1/leases/{id}/handover', { path: { id: leaseId }, body: { odometerKm: 5 } });
    const amount = { amount: 100 * marketRules(market).lineUnit, currency: marketRules(market).currency };
    await customer.client.post('/v1/leases/{id}/pay', { path: { id: leaseId }, body: { amount } });
    const credited = payment.amount.amount + amount.amount;
    await leaseThat(customer.client, leaseId, 'paid', ({ paid }) => paid.amount === credited);
    const other = await paidDeposit(provider, '002');
    await refunded(other.customer, other.leaseId);

    const said = await world.reconcile(provider, { market });
    expect(said).toMatchObject({ provider, market, status: 'balanced', differences: [], failure: null });
    expect(said.matched).toBe(4);
    const money = { amount: credited, currency: amount.currency };
    expect(said.totals).toMatchObject([{ market, statement: money, ledger: money }]);
    expect(said.finishedAt).not.toBeNull();
  });

  it('all markets of a provider in one report', async () => {
    const said = await world.reconcile('mtn');
    expect(said).toMatchObject({ market: null, status: 'balanced' });
    expect(said.totals.map(({ market }) => market)).toEqual(['UG', 'RW']);
    expect((await world.reconcile('mpesa')).market).toBe('KE');
  });
});

it('what a customer paid by himself and nobody announced is taken in', async () => {
  const { customer, leaseId } = await paidDeposit('mtn');
  const { reference, paid } = await customer.client.get('/v1/leases/{id}', { path: { id: leaseId } });
  const amount = { amount: 1_000, currency: 'UGX' };
  const payBill = { provider: 'mtn', payer: customer.phone, ...amount };
  // Announced where nobody listens.
  const url = 'http://127.0.0.1:9/inbound';
  await call(world.platform.simulators, 'POST', '/inbound-urls', { body: { provider: 'mtn', url } });
  for (const account of [reference, 'NOBODY'])
    await call(world.platform.simulators, 'POST', '/pay-bill', { body: { ...payBill, account } });
  const said = await world.reconcile('mtn', { market: 'UG' });
  const unheard = { kind: 'missing_here', statementAmount: amount, remedy: 'taken_in', paymentId: null };
  expect(said.differences).toMatchObject([unheard, unheard]);
  const credited = paid.amount + amount.amount;
  await leaseThat(
    customer.client,
    leaseId,
    'credited',
    (lease) => lease.paid.amount + lease.credit.amount === credited,
  );
  for (const { caseId } of said.differences)
    expect(await world.staff.agent.get('/v1/cases/{id}', { path: { id: caseId ?? '' } })).toMatchObject({
      kind: 'reconciliation_missing_here',
      status: 'closed',
      resolution: 'taken in from the statement',
    });
  const again = await eventually('balanced books', async () => {
    const next = await world.reconcile('mtn', { market: 'UG' });
    return next.status === 'balanced' ? next : undefined;
  });
  expect(again.matched).toBe(said.matched + 2);
});

it('what waits in suspense and the provider takes back is booked so, and given to no lease', async () => {
  const { customer, leaseId } = await paidDeposit('mpesa');
  const payBill = { provider: 'mpesa', payer: customer.phone, account: 'MAMA MBOGA', amount: 730_000, currency: 'KES' };
  const paid = await call(world.platform.simulators, 'POST', '/pay-bill', { body: payBill });
  const { id: receipt } = z.object({ id: z.string() }).parse(paid.body);
  const { agent, admin } = world.staff;
  const listed = async (status: Suspense['status']) =>
    (await agent.get('/v1/suspense', { query: { status } })).data.find((one) => one.providerReference === receipt);
  const { id } = await eventually('it in suspense', () => listed('suspense'));
  const clearing = async () =>
    (await admin.get('/v1/ledger/trial-balance')).accounts.find(({ name }) => name === 'clearing:mpesa')?.balance ?? 0;
  const before = await clearing();

  const { MPESA_CONSUMER_KEY, MPESA_CONSUMER_SECRET, MPESA_INITIATOR } = world.platform.config;
  const basic = Buffer.from(`${MPESA_CONSUMER_KEY}:${MPESA_CONSUMER_SECRET}`).toString('base64');
  const at = `${world.platform.simulators}/mpesa`;
  const login = await fetch(`${at}/oauth/v1/generate?grant_type=client_credentials`, {
    headers: { authorization: `Basic ${basic}` },
  });
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await login.json());
  const reversal = {
    Initiator: MPESA_INITIATOR,
    SecurityCredential: 'any',
    CommandID: 'TransactionReversal',
    TransactionID: receipt,
    Amount: 7_300,
    ReceiverParty: '174379',
    RecieverIdentifierType: '11',
    ResultURL: 'http://127.0.0.1:9/result',
    QueueTimeOutURL: 'http://127.0.0.1:9/time-out',
    Remarks: 'by the portal',
  };
  await call(world.platform.simulators, 'POST', '/mpesa/mpesa/reversal/v1/request', { token, body: reversal });
  const said = await eventually('the statement', async () => {
    const report = await world.reconcile('mpesa', { market: 'KE' });
    return report.differences.length === 1 ? report : undefined;
  });
  const [difference] = said.differences;
  expect(difference).toMatchObject({ kind: 'missing_here', originalReceipt: receipt, remedy: 'taken_back' });
  expect(await agent.get('/v1/cases/{id}', { path: { id: difference?.caseId ?? '' } })).toMatchObject({
    status: 'closed',
    detail: { originalReceipt: receipt },
  });
  expect(await listed('returned')).toMatchObject({ id, leaseId: null, paymentId: null });
  expect(await clearing()).toBe(before - 730_000);
  const body = { leaseId };
  await expect(agent.post('/v1/suspense/{id}/resolve', { path: { id }, body })).rejects.toMatchObject({ status: 409 });
  expect(await world.reconcile('mpesa', { market: 'KE' })).toMatchObject({ status: 'balanced', differences: [] });
});

describe('books that were tampered with', () => {
  it('a payment that the provider never had is missing there, and its case is closed when it is put right', async () => {
    const customer = await newCustomer(world.platform, { digits: '010', provider: 'airtel' });
    const { id } = await leaseIn('awaiting_deposit', customer, world.staff);
    const failed = await eventually('a failed payment', async () =>
      (await world.paymentsOf(customer.client, id)).find(({ status }) => status === 'failed'),
    );
    const undo = await world.tamper(failed.id, { status: 'succeeded', providerReference: 'NOSUCH', reason: null });
    const said = await world.reconcile('airtel', { market: 'UG' });
    expect(said.status).toBe('differences');
    const { amount } = failed;
    expect(said.differences).toMatchObject([
      { kind: 'missing_there', paymentId: failed.id, ledgerAmount: amount, statementAmount: null, remedy: null },
    ]);
    expect((await world.reconcile('airtel', { market: 'UG' })).differences).toEqual(said.differences);
    expect(await world.casesOf(failed.id)).toMatchObject([{ kind: 'reconciliation_missing_there', status: 'open' }]);

    await undo();
    expect(await world.reconcile('airtel', { market: 'UG' })).toMatchObject({ status: 'balanced' });
    const [closed] = await world.casesOf(failed.id);
    expect(closed?.status).toBe('closed');
    expect(closed?.resolution).toContain('not found any more');

    const undoAgain = await world.tamper(failed.id, {
      status: 'succeeded',
      providerReference: 'NOSUCH',
      reason: null,
    });
    const [returned] = (await world.reconcile('airtel', { market: 'UG' })).differences;
    expect(returned?.caseId).not.toBe(closed?.id);
    const cases = await world.casesOf(failed.id, { kind: 'reconciliation_missing_there' });
    expect(cases.map(({ id, status }) => [id, status])).toEqual([
      [returned?.caseId, 'open'],
      [closed?.id, 'closed'],
    ]);
    await undoAgain();
    expect(await world.reconcile('airtel', { market: 'UG' })).toMatchObject({ status: 'balanced' });
    expect(await world.casesOf(failed.id, { status: 'open' })).toEqual([]);
  });

  it('another amount differs, and is not corrected', async () => {
    const { payment, customer, leaseId } = await paidDeposit('airtel');
    const less = { ...payment.amount, amount: payment.amount.amount - 1 };
    const undo = await world.tamper(payment.id, { settledAmount: less.amount });
    const said = await world.reconcile('airtel');
    expect(said.differences).toMatchObject([
      { kind: 'differs', paymentId: payment.id, ledgerAmount: less, statementAmount: payment.amount, remedy: null },
    ]);
    expect((await world.paymentsOf(customer.client, leaseId))[0]?.amount).toEqual(less);
    await undo();
  });

  it('another receipt differs', async () => {
    const { payment } = await paidDeposit('airtel');
    const undo = await world.tamper(payment.id, { providerReference: 'ANOTHER' });
    const { differences } = await world.reconcile('airtel');
    expect(differences).toMatchObject([
      { kind: 'differs', paymentId: payment.id, receipt: payment.providerReference, ledgerAmount: payment.amount },
    ]);
    await undo();
    expect((await world.reconcile('airtel')).status).toBe('balanced');
  });

  it('a receipt that nobody had named is filled in', async () => {
    const { payment, customer, leaseId } = await paidDeposit('airtel');
    await world.tamper(payment.id, { providerReference: null });
    expect(await world.reconcile('airtel')).toMatchObject({ status: 'balanced', differences: [] });
    expect((await world.paymentsOf(customer.client, leaseId))[0]?.providerReference).toBe(payment.providerReference);
  });
});

it('a refund that waits for the receipt of its charge is sent when the statement names it', async () => {
  const { payment, customer, leaseId } = await paidDeposit('mpesa');
  await world.tamper(payment.id, { providerReference: null });
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id: leaseId } });
  await leaseThat(customer.client, leaseId, 'withdrawn', ({ status }) => status === 'withdrawn');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await world.paymentsOf(customer.client, leaseId)).toMatchObject([{ id: payment.id }]);
  await world.reconcile('mpesa');
  const refund = await eventually('the refund', async () =>
    (await world.paymentsOf(customer.client, leaseId)).find(
      ({ kind, status }) => kind === 'refund' && status === 'succeeded',
    ),
  );
  expect(refund.amount).toEqual(payment.amount);
  expect(await reallyCharged(world.place, customer.phone)).toBe(0);
});

describe('a case', () => {
  it('is closed once, by staff, with what came of it, and stays closed when it is found again', async () => {
    const { payment, customer } = await paidDeposit('mtn');
    const undo = await world.tamper(payment.id, { settledAmount: 1 });
    const [difference] = (await world.reconcile('mtn', { market: 'UG' })).differences;
    const { agent } = world.staff;
    const id = difference?.caseId ?? '';
    const body = { resolution: 'the provider was asked, the books are wrong' };
    const read = (client: MarketplaceClient, one = id) => client.get('/v1/cases/{id}', { path: { id: one } });
    const close = (client: MarketplaceClient, one = id) =>
      client.post('/v1/cases/{id}/close', { path: { id: one }, body });
    await expect(close(customer.client)).rejects.toMatchObject({ status: 403 });
    await expect(read(customer.client)).rejects.toMatchObject({ status: 403 });
    const closed = await close(agent);
    expect(closed).toMatchObject({ status: 'closed', ...body });
    expect(await read(agent)).toEqual(closed);
    await expect(close(agent)).rejects.toMatchObject({ status: 409 });
    const blank = { path: { id }, body: { resolution: ' ' } };
    await expect(agent.post('/v1/cases/{id}/close', blank)).rejects.toMatchObject({ status: 400 });
    await expect(read(agent, randomUUID())).rejects.toMatchObject({ status: 404 });
    await expect(close(agent, randomUUID())).rejects.toMatchObject({ status: 404 });
    const [again] = (await world.reconcile('mtn', { market: 'UG' })).differences;
    expect(again?.caseId).toBe(difference?.caseId);
    expect(await read(agent)).toEqual(closed);
    await undo();
    expect((await world.reconcile('mtn', { market: 'UG' })).differences).toEqual([]);
    const undoAgain = await world.tamper(payment.id, { settledAmount: 1 });
    const [returned] = (await world.reconcile('mtn', { market: 'UG' })).differences;
    expect(returned?.caseId).not.toBe(difference?.caseId);
    const reopened = await read(agent, returned?.caseId ?? '');
    expect(reopened).toMatchObject({ status: 'open', paymentId: payment.id });
    expect(await read(agent)).toEqual(closed);
    await undoAgain();
    await world.reconcile('mtn', { market: 'UG' });
  });

  it('is listed by pages, newest first', async () => {
    const first = await world.staff.agent.get('/v1/cases', { query: { limit: 1 } });
    const second = await world.staff.agent.get('/v1/cases', { query: { limit: 1, cursor: first.nextCursor ?? '' } });
    const both = await world.staff.agent.get('/v1/cases', { query: { limit: 2 } });
    expect([...first.data, ...second.data]).toEqual(both.data);
  });
});

describe('who may ask for what', () => {
  const ask = (body: object) => world.staff.admin.send('POST', '/v1/reconciliations', { body });

  it('an admin starts, staff read, customers do neither', async () => {
    const customer = await newCustomer(world.platform, { verified: false });
    const body = { provider: 'mtn', date: '2026-01-01' } as const;
    await expect(world.staff.agent.post('/v1/reconciliations', { body })).rejects.toMatchObject({ status: 403 });
    await expect(customer.client.post('/v1/reconciliations', { body })).rejects.toMatchObject({ status: 403 });
    await expect(customer.client.get('/v1/reconciliations')).rejects.toMatchObject({ status: 403 });
    expect((await world.staff.agent.get('/v1/reconciliations')).data.length).toBeGreaterThan(0);
    const nothing = { path: { id: randomUUID() } };
    await expect(world.staff.agent.get('/v1/reconciliations/{id}', nothing)).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    ['a day to come', { provider: 'mtn', date: '2099-01-01' }, 400, 'date'],
    ['no date', { provider: 'mtn', date: 'yesterday' }, 400, 'date'],
    ['a date that is none', { provider: 'mtn', date: '2026-02-30' }, 400, 'date'],
    ['nobody', { provider: 'visa', date: '2026-01-01' }, 400, 'provider'],
    ['a market that it does not serve', { provider: 'mpesa', date: '2026-01-01', market: 'UG' }, 422, 'market'],
    ['a field that nobody knows', { provider: 'mtn', date: '2026-01-01', force: true }, 400, 'force'],
  ])('%s is refused', async (_, body, status, field) => {
    await expect(ask(body)).rejects.toMatchObject({ status, errors: [{ path: field }] });
  });

  it('reports by provider, market, date and status, in pages', async () => {
    const date = '2026-01-01';
    const empty = await world.staff.admin.post('/v1/reconciliations', {
      body: { provider: 'mtn', date, market: 'RW' },
    });
    expect(empty).toMatchObject({ status: 'balanced', matched: 0, differences: [] });
    const { data } = await world.staff.agent.get('/v1/reconciliations', {
      query: { provider: 'mtn', market: 'RW', date, status: 'balanced' },
    });
    expect(data).toEqual([empty]);
    const first = await world.staff.agent.get('/v1/reconciliations', { query: { limit: 1 } });
    const next = await world.staff.agent.get('/v1/reconciliations', {
      query: { limit: 1, cursor: first.nextCursor ?? '' },
    });
    expect(next.data[0]?.id).not.toBe(first.data[0]?.id);
  });

  it('payments by status, kind and provider', async () => {
    const of = async (query: NonNullable<Calls['get']['/v1/payments']['input']['query']>) =>
      (await world.staff.agent.get('/v1/payments', { query })).data;
    expect((await of({ status: 'unknown' })).every(({ status }) => status === 'unknown')).toBe(true);
    const refunds = await of({ kind: 'refund', provider: 'mpesa' });
    expect(new Set(refunds.map(({ kind }) => kind))).toEqual(new Set(['refund']));
    await expect(world.staff.agent.send('GET', '/v1/payments?status=lost')).rejects.toMatchObject({ status: 400 });
  });
});

it('every morning: yesterday, for every provider in every market', async () => {
  const prefix = world.platform.config.TASK_QUEUE_PREFIX;
  const workflowId = `${prefix}daily-reconciliation`;
  await world.platform.temporal.workflow.execute('dailyReconciliation', {
    workflowId,
    taskQueue: workflowQueue(prefix),
  });
  const { data } = await world.staff.agent.get('/v1/reconciliations', { query: { limit: 5 } });
  const days = data.map(({ provider, market, date, status }) => [provider, market, date, status].join(' '));
  const yesterday = (market: Market) => `${market} ${addDays(today(market), -1)} balanced`;
  const { UG, RW, KE } = { UG: yesterday('UG'), RW: yesterday('RW'), KE: yesterday('KE') };
  expect(days.toSorted()).toEqual([`airtel ${RW}`, `airtel ${UG}`, `mpesa ${KE}`, `mtn ${RW}`, `mtn ${UG}`]);
});
