import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { giveBacks, inbound, outbox } from '#db/schema/index';
import { transact } from '#use-cases/context';
import { giveBackAfterEnd } from '#use-cases/payments/suspense/give-back/give-back-after-end';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { eventually, MarketplaceClient } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import type { PaymentProvider } from '#domain/markets';
import { call } from '#test/api-world';
import { cast, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/** Money for a lease that is over: into its dispute, or back to the customer. */
let platform: TestPlatform;
let staff: Cast;
let world: SimulatorClient;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  world = new SimulatorClient(platform.simulators);
});
afterAll(() => platform.close());
const markets = { mtn: { market: 'UG', currency: 'UGX' }, mpesa: { market: 'KE', currency: 'KES' } } as const;
const payers = { mtn: '+256772000100', mpesa: '+254712000100' } as const;
const handleOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);

/** A lease that was settled, whose workflow is over; `paid` came before by a prompt. */
async function settled(provider: PaymentProvider & keyof typeof markets, paid: number) {
  const { market, currency } = markets[provider];
  const customer = await newCustomer(platform, { provider });
  const { id, reference, paid: before } = await leaseIn('active', customer, staff, { market });
  const amount = (sum: number) => ({ amount: sum, currency });
  const payment = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: amount(paid) } });
  await leaseThat(customer.client, id, 'paid', (lease) => lease.paid.amount >= before.amount + paid);
  const { id: quoteId } = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
  await customer.client.post('/v1/leases/{id}/settle', { path: { id }, body: { quoteId } });
  await leaseThat(customer.client, id, 'settled', ({ status }) => status === 'settled_early');
  await isOver(platform, id);
  const read = () => staff.agent.get('/v1/leases/{id}', { path: { id } });
  const payBill = (account: string, sum: number) =>
    world.post('/pay-bill', { body: { provider, payer: payers[provider], account, ...amount(sum) } });
  const cash = (sum: number) =>
    staff.agent.post('/v1/payments/cash', { body: { leaseId: id, amount: amount(sum), receiptNumber: randomUUID() } });
  const returns = (sum: number) =>
    staff.agent.post('/v1/leases/{id}/return-credit', {
      path: { id },
      body: { amount: amount(sum), receiptNumber: randomUUID() },
    });
  return { id, reference, paymentId: payment.id, read, payBill, cash, returns };
}

const inSuspense = (account: string) =>
  eventually(`${account} in suspense`, async () =>
    (await staff.agent.get('/v1/suspense', { query: { limit: 100 } })).data.find((one) => one.account === account),
  );
const resolve = (id: string, leaseId: string) =>
  staff.agent.post('/v1/suspense/{id}/resolve', { path: { id }, body: { leaseId } });
const casesOf = async (leaseId: string) => {
  const { data } = await staff.agent.get('/v1/cases', { query: { leaseId, status: 'open' } });
  return data.map(({ kind }) => kind);
};
const openCase = (leaseId: string, kind: string) =>
  eventually(`a case ${kind}`, async () => ((await casesOf(leaseId)).includes(kind) ? true : undefined));
/** What has come back of a pay-bill payment, by its receipt. */
const isBack = (receipt: string, sum: number) =>
  eventually(`${receipt} given back`, async () => {
    const { data } = await world.get('/transactions');
    return data.find(({ id, refunded }) => id === receipt && refunded === sum);
  });
async function booksBalance(): Promise<void> {
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
}
const validation = (account: string) =>
  fetch(`${platform.url}${inboundPath(platform.encryption, 'mpesa')}/validation`, {
    method: 'POST',
    body: JSON.stringify({
      TransactionType: 'Pay Bill',
      TransID: 'QWE123RTY4',
      TransTime: '20261123023005',
      TransAmount: '100.00',
      BusinessShortCode: '174379',
      BillRefNumber: account,
      MSISDN: '2547 ***** 126',
    }),
  }).then(async (answer) => z.object({ ResultCode: z.string() }).parse(await answer.json()).ResultCode);

it('pays what is in dispute, by pay-bill, in cash and from suspense; the rest is credit and is given back', async () => {
  const lease = await settled('mpesa', 100_000);
  expect(await validation(lease.reference)).toBe('C2B00012');
  await staff.admin.post('/v1/payments/{id}/reverse', {
    path: { id: lease.paymentId },
    body: { reason: 'taken back' },
  });
  expect((await lease.read()).disputed.amount).toBe(100_000);
  expect(await validation(lease.reference)).toBe('0');

  await lease.payBill(lease.reference, 40_000);
  await eventually('the dispute paid in part', async () =>
    (await lease.read()).disputed.amount === 60_000 ? true : undefined,
  );
  await lease.cash(30_000);
  expect((await lease.read()).disputed.amount).toBe(30_000);
  const account = `NOBODY-${randomUUID().slice(0, 8)}`;
  const { id: receipt } = await lease.payBill(account, 50_000);
  const { id } = await inSuspense(account);
  expect((await resolve(id, lease.id)).status).toBe('posted');
  expect(await lease.read()).toMatchObject({ status: 'settled_early', disputed: { amount: 0 } });
  // By a reversal of its receipt, what of it was not owed.
  await isBack(receipt, 20_000);
  await eventually('the credit gone', async () => ((await lease.read()).credit.amount === 0 ? true : undefined));
  expect(await casesOf(lease.id)).toEqual([]);
  await expect(lease.cash(10_000)).rejects.toMatchObject({ status: 409 });
  await booksBalance();
});

const gaveBack = async (receipt: string) => {
  const { data } = await staff.agent.get('/v1/suspense', { query: { status: 'returned', limit: 100 } });
  return data.find(({ providerReference }) => providerReference === receipt);
};

it('goes back to its payer by itself when nothing is owed, up to what an agent gives back alone', async () => {
  const lease = await settled('mtn', 10_000);
  const { id: receipt } = await lease.payBill(lease.reference, 7_000);
  await isBack(receipt, 7_000);
  const item = await eventually('it returned', () => gaveBack(receipt));
  // Nobody has to look at it, and nothing of it is sent twice.
  await giveBackAfterEnd(platform.deps, { inboundId: item.id });
  expect(await casesOf(lease.id)).toEqual([]);

  const { id: much } = await lease.payBill(lease.reference, 500_001);
  await openCase(lease.id, 'money_after_end');
  const waiting = await inSuspense(lease.reference);
  await giveBackAfterEnd(platform.deps, { inboundId: waiting.id });
  const told = and(eq(outbox.type, 'payment.sent_back'), sql`${outbox.data} ->> 'inboundId' = ${waiting.id}`);
  expect(await platform.database.db.$count(outbox, told)).toBe(1);
  expect(waiting.suggestions[0]).toEqual({
    leaseId: lease.id,
    why: 'the reference is its own; the lease is settled_early',
  });
  const back = { path: { id: waiting.id }, body: { reason: 'he owes nothing' } };
  await expect(staff.agent.post('/v1/suspense/{id}/give-back', back)).rejects.toMatchObject({ status: 403 });
  await staff.admin.post('/v1/suspense/{id}/give-back', back);
  await isBack(much, 500_001);
  expect(await casesOf(lease.id)).toEqual([]);
  await isBack(receipt, 7_000);
  await booksBalance();
});

it('goes back once, whoever else resolves it or gives it back at that moment', async () => {
  const lease = await settled('mtn', 10_000);
  for (const rival of ['resolve', 'give-back'] as const) {
    const account = `NOBODY-${randomUUID().slice(0, 8)}`;
    const { id: receipt } = await lease.payBill(account, 7_000);
    const { id } = await inSuspense(account);
    // As if whoever put it there had died before it went back.
    await platform.database.db.update(inbound).set({ account: lease.reference }).where(eq(inbound.id, id));
    const byItself = () => giveBackAfterEnd(platform.deps, { inboundId: id });
    const back = { path: { id }, body: { reason: 'he owes nothing' } };
    const byPerson = () =>
      rival === 'resolve' ? resolve(id, lease.id) : staff.agent.post('/v1/suspense/{id}/give-back', back);
    const [, , person] = await Promise.allSettled([byItself(), byItself(), byPerson()]);
    if (person.status === 'rejected') expect(person.reason).toMatchObject({ status: 409 });
    await isBack(receipt, 7_000);
    await eventually('the credit gone', async () => ((await lease.read()).credit.amount === 0 ? true : undefined));
    await byItself();
    expect(await casesOf(lease.id)).toEqual([]);
    const orders = await platform.database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, id));
    expect(orders.length).toBeLessThanOrEqual(1);
    await isBack(receipt, 7_000);
  }
  await booksBalance();
});

it('in cash beyond what is in dispute is paid out by another agent', async () => {
  const lease = await settled('mtn', 10_000);
  await staff.admin.post('/v1/payments/{id}/reverse', {
    path: { id: lease.paymentId },
    body: { reason: 'taken back' },
  });
  const much = { leaseId: lease.id, amount: { amount: 17_000, currency: 'UGX' }, receiptNumber: randomUUID() } as const;
  await staff.admin.post('/v1/payments/cash', { body: much });
  await openCase(lease.id, 'credit_to_return');
  const other = await leaseIn('active', await newCustomer(platform), staff);
  const taken = { leaseId: other.id, receiptNumber: randomUUID(), amount: { amount: 9_000, currency: 'UGX' } } as const;
  await staff.agent.post('/v1/payments/cash', { body: taken });
  await lease.returns(7_000);
  expect((await lease.read()).credit.amount).toBe(0);
  expect(await casesOf(lease.id)).toEqual([]);
  await booksBalance();
});

it('of a lease whose work has stopped is booked; what only its workflow does is 503', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  await handleOf(id).terminate('it died');
  const login = { body: { email: 'agent@example.com', password: 'rent-to-own' } };
  const { accessToken: token } = await new MarketplaceClient(platform.url).post('/v1/auth/login', login);
  const cash = { leaseId: id, amount: { amount: 5_000, currency: 'UGX' }, receiptNumber: randomUUID() };
  const post = (path: string, body: object) => call(platform.url, 'POST', path, { token, body, key: randomUUID() });
  expect(await post('/v1/payments/cash', cash)).toMatchObject({ status: 201, body: { status: 'succeeded' } });
  expect(await post(`/v1/leases/${id}/pause`, { kind: 'holiday', days: 7 })).toMatchObject({
    status: 503,
    body: { code: 'unavailable', detail: expect.stringContaining('has stopped') as string },
  });
});

it('cash wakes a lease that is over, also where whoever booked it died at once', async () => {
  const lease = await settled('mtn', 10_000);
  await staff.admin.post('/v1/payments/{id}/reverse', {
    path: { id: lease.paymentId },
    body: { reason: 'taken back' },
  });
  const { id: agentId } = await staff.agent.get('/v1/me');
  const paymentId = randomUUID();
  const money = { kind: 'cash', paymentId, agentId, amount: 17_000, receiptNumber: paymentId };
  const { db } = platform.deps;
  await transact(db, { role: 'agent', id: agentId }, new Date(), (context) =>
    receiveMoney(context, platform.config, { leaseId: lease.id, money: { ...money, kind: 'cash' } }),
  );
  await openCase(lease.id, 'credit_to_return');
});
