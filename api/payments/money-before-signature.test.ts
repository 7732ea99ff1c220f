import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/** What a customer pays by himself, with the reference of an application that takes nothing yet: held for it, or sent back. */
let platform: TestPlatform;
let staff: Cast;
let world: SimulatorClient;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  world = new SimulatorClient(platform.simulators);
});
afterAll(() => platform.close());

const payBill = ({ phone: payer }: Customer, account: string, amount: number) =>
  world.post('/pay-bill', { body: { provider: 'mtn', payer, account, amount, currency: 'UGX' } });
const itemOf = async (receipt: string, status: 'suspense' | 'posted' | 'returned' = 'suspense') => {
  const { data } = await staff.agent.get('/v1/suspense', { query: { status, limit: 100 } });
  return data.find(({ providerReference }) => providerReference === receipt);
};
const isIn = (status: 'suspense' | 'posted' | 'returned', receipt: string) =>
  eventually(`${receipt} ${status}`, () => itemOf(receipt, status));
const isBack = (receipt: string, sum: number) =>
  eventually(`${receipt} given back`, async () => {
    const { data } = await world.get('/transactions');
    return data.find(({ id, refunded }) => id === receipt && refunded === sum);
  });
const casesOf = async (leaseId: string) => {
  const { data } = await staff.agent.get('/v1/cases', { query: { leaseId, status: 'open' } });
  return data.map(({ kind }) => kind);
};
/** What the customer was told by a template. */
const told = ({ client }: Customer, template: string) =>
  eventually(`a text ${template}`, async () => {
    const { data } = await client.get('/v1/notifications', { query: { limit: 100 } });
    return data.find(({ kind }) => kind === template)?.body;
  });
async function booksBalance(): Promise<void> {
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
}

it('is told to its customer, and is the deposit as soon as he has signed, without anybody’s hand', async () => {
  const customer = await newCustomer(platform);
  const { id, reference, deposit } = await leaseIn('reserved', customer, staff);
  const { id: receipt } = await payBill(customer, reference, deposit.amount);
  await isIn('suspense', receipt);
  expect(await told(customer, 'money_held')).toContain(reference);
  await customer.client.post('/v1/leases/{id}/sign', { path: { id }, body: { name: customer.name } });
  await leaseThat(customer.client, id, 'deposit there', ({ status }) => status === 'awaiting_handover');
  await isIn('posted', receipt);
  const { data } = await staff.agent.get('/v1/payments', { query: { leaseId: id } });
  expect(data.map(({ kind, amount, status }) => [kind, amount.amount, status])).toEqual([
    ['inbound', deposit.amount, 'succeeded'],
  ]);
  expect(await casesOf(id)).toEqual([]);
  await booksBalance();
});

it.each(['withdrawn', 'lapsed'] as const)('goes back by the way it came when the application is %s', async (as) => {
  const customer = await newCustomer(platform);
  const { id, reference } = await leaseIn(as === 'lapsed' ? 'offered' : 'reserved', customer, staff);
  const { id: receipt } = await payBill(customer, reference, 20_000);
  await isIn('suspense', receipt);
  if (as === 'withdrawn') await customer.client.post('/v1/leases/{id}/withdraw', { path: { id }, body: {} });
  else await hoursLater(platform, id, 30 * 24);
  await leaseThat(customer.client, id, as, ({ status }) => status === as);
  await isBack(receipt, 20_000);
  await isIn('returned', receipt);
  expect(await told(customer, 'money_sent_back')).toContain(reference);
  expect(await casesOf(id)).toEqual([]);
  await booksBalance();
});

it('is a case when the application ends, where it is more than goes back by itself', async () => {
  const customer = await newCustomer(platform);
  const { id, reference } = await leaseIn('reserved', customer, staff);
  const { id: receipt } = await payBill(customer, reference, 500_001);
  await isIn('suspense', receipt);
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id }, body: {} });
  await eventually('a case', async () => ((await casesOf(id)).includes('money_after_end') ? true : undefined));
  expect(await itemOf(receipt)).toMatchObject({ status: 'suspense' });
});

it('stays where a person has put it: what the lease has given back is another’s', async () => {
  const customer = await newCustomer(platform);
  const { id, reference } = await leaseIn('awaiting_deposit', customer, staff);
  const { id: receipt } = await payBill(customer, reference, 5_000);
  const { data } = await eventually('it booked', async () => {
    const found = await staff.agent.get('/v1/payments', { query: { leaseId: id } });
    return found.data.some(({ kind, status }) => kind === 'inbound' && status === 'succeeded') ? found : undefined;
  });
  const payment = data.find(({ kind }) => kind === 'inbound');
  await staff.admin.post('/v1/payments/{id}/reverse', {
    path: { id: payment?.id ?? '' },
    body: { reason: 'it is his brother’s', to: 'suspense' },
    key: randomUUID(),
  });
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id }, body: {} });
  await leaseThat(customer.client, id, 'withdrawn', ({ status }) => status === 'withdrawn');
  // What comes after it for the same lease has gone back: that was looked at before.
  const { id: later } = await payBill(customer, reference, 3_000);
  await isBack(later, 3_000);
  expect(await itemOf(receipt)).toMatchObject({ status: 'suspense', amount: { amount: 5_000 } });
});

it('for a lease that is over is told to its customer, with the reference of the one that runs', async () => {
  const customer = await newCustomer(platform);
  const over = await leaseIn('reserved', customer, staff);
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id: over.id }, body: {} });
  await leaseThat(customer.client, over.id, 'withdrawn', ({ status }) => status === 'withdrawn');
  const runs = await leaseIn('active', customer, staff);
  const { id: receipt } = await payBill(customer, over.reference, 25_000);
  await isBack(receipt, 25_000);
  const text = await told(customer, 'money_sent_back');
  expect(text).toContain(over.reference);
  expect(text).toContain(runs.reference);
});

it.each(['offered', 'reserved', 'awaiting_deposit'] as const)(
  'M-Pesa may take what names an application that is %s',
  async (status) => {
    const customer = await newCustomer(platform, { provider: 'mpesa' });
    const { reference } = await leaseIn(status, customer, staff, { market: 'KE' });
    const answer = await fetch(`${platform.url}${inboundPath(platform.encryption, 'mpesa')}/validation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ TransAmount: '10.00', BusinessShortCode: '174379', BillRefNumber: reference }),
    });
    expect(await answer.json()).toMatchObject({ ResultCode: '0' });
  },
);
