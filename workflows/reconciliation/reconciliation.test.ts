import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attempts } from '#db/schema/index';
import { eventually, listOf, shapes, type MarketplaceClient } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { addDays, localDateAt } from '#domain/calendar';
import { marketRules, type Market } from '#domain/markets';
import { workflowQueue } from '#domain/task-queues';
import { fastForward } from '#platform/temporal/fast-forward';
import { call } from '#test/api-world';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const sum = z.object({ amount: z.number(), currency: z.string() });
const report = z.object({
  id: z.string(),
  provider: z.string(),
  market: z.string().nullable(),
  date: z.string(),
  status: z.string(),
  matched: z.number(),
  differences: z.array(
    z.object({
      kind: z.string(),
      market: z.string(),
      receipt: z.string().nullable(),
      paymentId: z.string().nullable(),
      leaseId: z.string().nullable(),
      statementAmount: sum.nullable(),
      ledgerAmount: sum.nullable(),
      caseId: z.string(),
      remedy: z.string().nullable(),
    }),
  ),
  totals: z.array(z.object({ market: z.string(), statement: sum, ledger: sum })),
  failure: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
const moneyCase = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.string(),
  paymentId: z.string().nullable(),
  resolution: z.string().nullable(),
});
const homes = { mtn: 'UG', airtel: 'UG', mpesa: 'KE' } as const;
type Provider = keyof typeof homes;
const today = (market: Market) => localDateAt(Date.now(), market);

/** The report of a provider's day so far. */
const reconcile = (provider: Provider, more: object = {}) =>
  staff.admin.post('/v1/reconciliations', { provider, date: today(homes[provider]), ...more }, report);
const place = () => ({ api: platform.url, simulators: platform.simulators });
const paymentsOf = async (client: MarketplaceClient, leaseId: string) =>
  (await client.get(`/v1/payments?leaseId=${leaseId}`, listOf(shapes.payment))).data;
const casesOf = async (paymentId: string, filter = '') =>
  (await staff.agent.get(`/v1/cases?paymentId=${paymentId}${filter}`, listOf(moneyCase))).data;
const faults = async (body: object) => {
  const said = await call(platform.simulators, 'POST', '/faults', { body });
  expect(said.status).toBe(200);
};
const inMarket = (provider: Provider) => (homes[provider] === 'KE' ? { market: 'KE' as const } : {});

/** A lease whose deposit was paid, and the payment of it. */
async function paidDeposit(provider: Provider, digits = '100') {
  const customer = await newCustomer(platform, { digits, provider });
  const { id } = await leaseIn('awaiting_handover', customer, staff, inMarket(provider));
  const [payment] = await paymentsOf(customer.client, id);
  if (payment === undefined) throw new Error('no deposit');
  return { customer, leaseId: id, payment };
}

/** Edits the books behind everybody's back, and returns what puts them right again. */
async function tamper(paymentId: string, change: Partial<typeof attempts.$inferInsert>) {
  const { db } = platform.database;
  const [before] = await db.select().from(attempts).where(eq(attempts.id, paymentId));
  if (before === undefined) throw new Error('no such payment');
  await db.update(attempts).set(change).where(eq(attempts.id, paymentId));
  return () => db.update(attempts).set(before).where(eq(attempts.id, paymentId));
}

async function refunded({ client }: Customer, leaseId: string) {
  await client.post(`/v1/leases/${leaseId}/withdraw`, {}, shapes.lease);
  return eventually('the refund', async () =>
    (await paymentsOf(client, leaseId)).find(({ kind, status }) => kind === 'refund' && status === 'succeeded'),
  );
}

describe('a clean day balances', { timeout: 60_000 }, () => {
  it.each(['mtn', 'airtel', 'mpesa'] as const)('at %s: charges, a payment of a person, a refund', async (provider) => {
    const market = homes[provider];
    const { customer, leaseId, payment } = await paidDeposit(provider);
    await staff.agent.post(`/v1/leases/${leaseId}/handover`, { odometerKm: 5 }, shapes.lease);
    const amount = { amount: 100 * marketRules(market).lineUnit, currency: marketRules(market).currency };
    await customer.client.post(`/v1/leases/${leaseId}/pay`, { amount }, shapes.payment);
    const credited = payment.amount.amount + amount.amount;
    await leaseThat(customer.client, leaseId, 'paid', ({ paid }) => paid.amount === credited);
    const other = await paidDeposit(provider, '002');
    await refunded(other.customer, other.leaseId);

    const said = await reconcile(provider, { market });
    expect(said).toMatchObject({ provider, market, status: 'balanced', differences: [], failure: null });
    expect(said.matched).toBe(4);
    const money = { amount: credited, currency: amount.currency };
    expect(said.totals).toMatchObject([{ market, statement: money, ledger: money }]);
    expect(said.finishedAt).not.toBeNull();
  });

  it('all markets of a provider in one report', async () => {
    const said = await reconcile('mtn');
    expect(said).toMatchObject({ market: null, status: 'balanced' });
    expect(said.totals.map(({ market }) => market)).toEqual(['UG', 'RW']);
    expect((await reconcile('mpesa')).market).toBe('KE');
  });
});

describe('M-Pesa takes the money and nobody hears of it', { timeout: 90_000 }, () => {
  it.each(['020', '022'])('…%s is found on the statement, once', async (digits) => {
    await faults({ loseCallbacks: 1, providers: ['mpesa'] });
    const customer = await newCustomer(platform, { digits, provider: 'mpesa' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff, { market: 'KE' });
    const unknown = await eventually(
      'an unknown payment',
      async () => (await paymentsOf(customer.client, id)).find(({ status }) => status === 'unknown'),
      40_000,
    );
    await faults({});
    const charged = await reallyCharged(place(), customer.phone);
    expect(charged).toBe(unknown.amount.amount);

    const said = await reconcile('mpesa');
    const difference = said.differences.find(({ paymentId }) => paymentId === unknown.id);
    expect(difference).toMatchObject({ kind: 'missing_here', leaseId: id, remedy: 'found', ledgerAmount: null });
    const lease = await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    expect(lease.paid.amount).toBe(charged);
    const [payment, ...others] = await paymentsOf(customer.client, id);
    expect(others).toEqual([]);
    expect(payment).toMatchObject({ status: 'succeeded', providerReference: difference?.receipt });
    expect(await casesOf(unknown.id)).toHaveLength(2);
    expect(await casesOf(unknown.id, '&status=open')).toEqual([]);
    expect(await casesOf(unknown.id, '&kind=reconciliation_missing_here')).toMatchObject([
      { id: difference?.caseId, status: 'closed', resolution: 'found on the statement' },
    ]);

    const again = await reconcile('mpesa');
    expect(again).toMatchObject({ status: 'balanced', matched: said.matched + 1 });
    expect(again.id).not.toBe(said.id);
    expect(await casesOf(unknown.id)).toHaveLength(2);
    expect(await reallyCharged(place(), customer.phone)).toBe(charged);
    expect(await staff.agent.get(`/v1/reconciliations/${said.id}`, report)).toEqual(said);
  });
});

it('M-Pesa never took it, and nobody heard so: the statement tells, when it is an hour old', async () => {
  // 023 charges nothing, and says nothing.
  const customer = await newCustomer(platform, { digits: '023', provider: 'mpesa' });
  const { id } = await leaseIn('awaiting_deposit', customer, staff, { market: 'KE' });
  const payments = () => paymentsOf(customer.client, id);
  const unknown = await eventually(
    'an unknown payment',
    async () => (await payments()).find(({ status }) => status === 'unknown'),
    40_000,
  );
  const crashed = async (minutes: number) => {
    const createdAt = new Date(Date.now() - minutes * 60_000);
    await tamper(unknown.id, { providerRequestId: null, createdAt });
    expect(await reconcile('mpesa', { date: localDateAt(createdAt.getTime(), 'KE') })).toMatchObject({
      differences: [],
    });
  };
  await crashed(59);
  expect(await payments()).toMatchObject([{ id: unknown.id, status: 'unknown' }]);
  await crashed(61);
  const [again, before] = await eventually('another try', async () => {
    const all = await payments();
    return all.length === 2 ? all : undefined;
  });
  expect(before).toMatchObject({ id: unknown.id, status: 'failed', reason: 'not_confirmed' });
  expect(again?.amount).toEqual(unknown.amount);
  const [closed, ...others] = await casesOf(unknown.id);
  expect(others).toEqual([]);
  expect(closed).toMatchObject({ kind: 'unknown_outcome', status: 'closed' });
  expect(closed?.resolution).toContain('on no statement of mpesa');
});

it('what a customer paid by himself and nobody announced is taken in', { timeout: 60_000 }, async () => {
  const { customer, leaseId } = await paidDeposit('mtn');
  const { reference, paid } = await customer.client.get(`/v1/leases/${leaseId}`, shapes.lease);
  const amount = { amount: 1_000, currency: 'UGX' };
  const payBill = { provider: 'mtn', payer: customer.phone, ...amount };
  // Announced where nobody listens.
  const url = 'http://127.0.0.1:9/inbound';
  await call(platform.simulators, 'POST', '/inbound-urls', { body: { provider: 'mtn', url } });
  for (const account of [reference, 'NOBODY'])
    await call(platform.simulators, 'POST', '/pay-bill', { body: { ...payBill, account } });
  const said = await reconcile('mtn', { market: 'UG' });
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
    expect(await staff.agent.get(`/v1/cases/${caseId}`, moneyCase)).toMatchObject({
      kind: 'reconciliation_missing_here',
      status: 'closed',
      resolution: 'taken in from the statement',
    });
  const again = await eventually('balanced books', async () => {
    const next = await reconcile('mtn', { market: 'UG' });
    return next.status === 'balanced' ? next : undefined;
  });
  expect(again.matched).toBe(said.matched + 2);
});

describe('books that were tampered with', { timeout: 60_000 }, () => {
  it('a payment that the provider never had is missing there, and its case is closed when it is put right', async () => {
    const customer = await newCustomer(platform, { digits: '010', provider: 'airtel' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    const failed = await eventually('a failed payment', async () =>
      (await paymentsOf(customer.client, id)).find(({ status }) => status === 'failed'),
    );
    const undo = await tamper(failed.id, { status: 'succeeded', providerReference: 'NOSUCH', reason: null });
    const said = await reconcile('airtel', { market: 'UG' });
    expect(said.status).toBe('differences');
    const { amount } = failed;
    expect(said.differences).toMatchObject([
      { kind: 'missing_there', paymentId: failed.id, ledgerAmount: amount, statementAmount: null, remedy: null },
    ]);
    expect((await reconcile('airtel', { market: 'UG' })).differences).toEqual(said.differences);
    expect(await casesOf(failed.id)).toMatchObject([{ kind: 'reconciliation_missing_there', status: 'open' }]);

    await undo();
    expect(await reconcile('airtel', { market: 'UG' })).toMatchObject({ status: 'balanced' });
    const [closed] = await casesOf(failed.id);
    expect(closed?.status).toBe('closed');
    expect(closed?.resolution).toContain('not found any more');
  });

  it('another amount differs, and is not corrected', async () => {
    const { payment, customer, leaseId } = await paidDeposit('airtel');
    const less = { ...payment.amount, amount: payment.amount.amount - 1 };
    const undo = await tamper(payment.id, { settledAmount: less.amount });
    const said = await reconcile('airtel');
    expect(said.differences).toMatchObject([
      { kind: 'differs', paymentId: payment.id, ledgerAmount: less, statementAmount: payment.amount, remedy: null },
    ]);
    expect((await paymentsOf(customer.client, leaseId))[0]?.amount).toEqual(less);
    await undo();
  });

  it('another receipt differs', async () => {
    const { payment } = await paidDeposit('airtel');
    const undo = await tamper(payment.id, { providerReference: 'ANOTHER' });
    const { differences } = await reconcile('airtel');
    expect(differences).toMatchObject([
      { kind: 'differs', paymentId: payment.id, receipt: payment.providerReference, ledgerAmount: payment.amount },
    ]);
    await undo();
    expect((await reconcile('airtel')).status).toBe('balanced');
  });

  it('a receipt that nobody had named is filled in', async () => {
    const { payment, customer, leaseId } = await paidDeposit('airtel');
    await tamper(payment.id, { providerReference: null });
    expect(await reconcile('airtel')).toMatchObject({ status: 'balanced', differences: [] });
    expect((await paymentsOf(customer.client, leaseId))[0]?.providerReference).toBe(payment.providerReference);
  });
});

describe('a case', { timeout: 60_000 }, () => {
  it('is closed once, by staff, with what came of it, and stays closed when it is found again', async () => {
    const { payment, customer } = await paidDeposit('mtn');
    const undo = await tamper(payment.id, { settledAmount: 1 });
    const [difference] = (await reconcile('mtn', { market: 'UG' })).differences;
    const path = `/v1/cases/${difference?.caseId}`;
    const body = { resolution: 'the provider was asked, the books are wrong' };
    await expect(customer.client.post(`${path}/close`, body, moneyCase)).rejects.toMatchObject({ status: 403 });
    await expect(customer.client.get(path, moneyCase)).rejects.toMatchObject({ status: 403 });
    const closed = await staff.agent.post(`${path}/close`, body, moneyCase);
    expect(closed).toMatchObject({ status: 'closed', ...body });
    expect(await staff.agent.get(path, moneyCase)).toEqual(closed);
    await expect(staff.agent.post(`${path}/close`, body, moneyCase)).rejects.toMatchObject({ status: 409 });
    await expect(staff.agent.post(`${path}/close`, { resolution: ' ' }, moneyCase)).rejects.toMatchObject({
      status: 400,
    });
    const nobody = `/v1/cases/${randomUUID()}`;
    await expect(staff.agent.get(nobody, moneyCase)).rejects.toMatchObject({ status: 404 });
    await expect(staff.agent.post(`${nobody}/close`, body, moneyCase)).rejects.toMatchObject({ status: 404 });
    const [again] = (await reconcile('mtn', { market: 'UG' })).differences;
    expect(again?.caseId).toBe(difference?.caseId);
    expect(await staff.agent.get(path, moneyCase)).toEqual(closed);
    await undo();
  });

  it('is listed by pages, newest first', async () => {
    const first = await staff.agent.get('/v1/cases?limit=1', listOf(moneyCase));
    const second = await staff.agent.get(`/v1/cases?limit=1&cursor=${first.nextCursor}`, listOf(moneyCase));
    const both = await staff.agent.get('/v1/cases?limit=2', listOf(moneyCase));
    expect([...first.data, ...second.data]).toEqual(both.data);
  });
});

describe('who may ask for what', { timeout: 60_000 }, () => {
  const ask = async (body: object) => {
    const said = await staff.admin.post('/v1/reconciliations', body, report).catch((error: unknown) => error);
    return said;
  };

  it('an admin starts, staff read, customers do neither', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const body = { provider: 'mtn', date: '2026-01-01' };
    await expect(staff.agent.post('/v1/reconciliations', body, report)).rejects.toMatchObject({ status: 403 });
    await expect(customer.client.post('/v1/reconciliations', body, report)).rejects.toMatchObject({ status: 403 });
    await expect(customer.client.get('/v1/reconciliations', listOf(report))).rejects.toMatchObject({ status: 403 });
    expect((await staff.agent.get('/v1/reconciliations', listOf(report))).data.length).toBeGreaterThan(0);
    const nothing = `/v1/reconciliations/${randomUUID()}`;
    await expect(staff.agent.get(nothing, report)).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    ['a day to come', { provider: 'mtn', date: '2099-01-01' }, 400, 'date'],
    ['no date', { provider: 'mtn', date: 'yesterday' }, 400, 'date'],
    ['a date that is none', { provider: 'mtn', date: '2026-02-30' }, 400, 'date'],
    ['nobody', { provider: 'visa', date: '2026-01-01' }, 400, 'provider'],
    ['a market that it does not serve', { provider: 'mpesa', date: '2026-01-01', market: 'UG' }, 422, 'market'],
    ['a field that nobody knows', { provider: 'mtn', date: '2026-01-01', force: true }, 400, 'force'],
  ])('%s is refused', async (_, body, status, field) => {
    const said = await ask(body);
    expect(said).toMatchObject({ status });
    expect(String(said)).toContain(`"path":"${field}"`);
  });

  it('reports by provider, market, date and status, in pages', async () => {
    const date = '2026-01-01';
    const empty = await staff.admin.post('/v1/reconciliations', { provider: 'mtn', date, market: 'RW' }, report);
    expect(empty).toMatchObject({ status: 'balanced', matched: 0, differences: [] });
    const query = `provider=mtn&market=RW&date=${date}&status=balanced`;
    const { data } = await staff.agent.get(`/v1/reconciliations?${query}`, listOf(report));
    expect(data).toEqual([empty]);
    const first = await staff.agent.get('/v1/reconciliations?limit=1', listOf(report));
    const next = await staff.agent.get(`/v1/reconciliations?limit=1&cursor=${first.nextCursor}`, listOf(report));
    expect(next.data[0]?.id).not.toBe(first.data[0]?.id);
  });

  it('payments by status, kind and provider', async () => {
    const of = async (query: string) => (await staff.agent.get(`/v1/payments?${query}`, listOf(shapes.payment))).data;
    expect((await of('status=unknown')).every(({ status }) => status === 'unknown')).toBe(true);
    const refunds = await of('kind=refund&provider=mpesa');
    expect(refunds.map(({ kind }) => kind)).toEqual(['refund']);
    await expect(of('status=lost')).rejects.toMatchObject({ status: 400 });
  });
});

describe('a provider that does not give its statement', { timeout: 60_000 }, () => {
  const date = '2026-01-02';
  const ask = () => staff.admin.post('/v1/reconciliations', { provider: 'airtel', date, market: 'UG' }, report);

  it('is asked again; who asks meanwhile joins the run', async () => {
    await faults({ down: true, providers: ['airtel'] });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(first).toMatchObject({ status: 'running', finishedAt: null });
    expect(second.id).toBe(first.id);
    await faults({});
    const done = await eventually('the report', async () => {
      const said = await staff.agent.get(`/v1/reconciliations/${first.id}`, report);
      return said.status === 'running' ? undefined : said;
    });
    expect(done).toMatchObject({ status: 'balanced', matched: 0 });
  });

  it('has failed after half a day, and the report says why', async () => {
    await faults({ down: true, providers: ['airtel'] });
    const { id } = await ask();
    const workflowId = `${platform.config.TASK_QUEUE_PREFIX}reconciliation-airtel-UG-${date}`;
    await fastForward(platform.temporal, workflowId, 13 * 3_600_000);
    const failed = await eventually('the end', async () => {
      const said = await staff.agent.get(`/v1/reconciliations/${id}`, report);
      return said.status === 'running' ? undefined : said;
    });
    expect(failed).toMatchObject({ status: 'failed', differences: [] });
    expect(failed.failure).toContain('airtel');
    await faults({});
  });
});

it('every morning: yesterday, for every provider in every market', { timeout: 60_000 }, async () => {
  const prefix = platform.config.TASK_QUEUE_PREFIX;
  const workflowId = `${prefix}daily-reconciliation`;
  await platform.temporal.workflow.execute('dailyReconciliation', { workflowId, taskQueue: workflowQueue(prefix) });
  const { data } = await staff.agent.get('/v1/reconciliations?limit=5', listOf(report));
  const days = data.map(({ provider, market, date, status }) => [provider, market, date, status].join(' '));
  const yesterday = (market: Market) => `${market} ${addDays(today(market), -1)} balanced`;
  const { UG, RW, KE } = { UG: yesterday('UG'), RW: yesterday('RW'), KE: yesterday('KE') };
  expect(days.toSorted()).toEqual([`airtel ${RW}`, `airtel ${UG}`, `mpesa ${KE}`, `mtn ${RW}`, `mtn ${UG}`]);
});
