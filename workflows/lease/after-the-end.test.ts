import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Money } from '#dev/api-types';
import { eventually, type MarketplaceClient } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { localHourAt } from '#domain/calendar';
import { money } from '#domain/money';
import { isChargedLate } from '#test/late-charge';
import { cast, hoursLater, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/** Money that goes or comes after a lease's end, and an operator who resets its workflow. */
let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const place = () => ({ api: platform.url, simulators: platform.simulators });
const handleOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);
const casesOf = async (leaseId: string) => {
  const { data } = await staff.agent.get('/v1/cases', { query: { leaseId } });
  return data.map(({ kind }) => kind);
};
async function booksBalance(): Promise<void> {
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
}

async function withdrawn() {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('awaiting_handover', customer, staff);
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  await isOver(platform, id);
  expect(await reallyCharged(place(), customer.phone)).toBe(0);
  return { customer, id };
}

it('a refund is made once, though the workflow is reset to before it was ordered', async () => {
  const { customer, id } = await withdrawn();
  const { events = [] } = await handleOf(id).fetchHistory();
  const refund = events?.findLast(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.activityId?.startsWith('collect-'),
  )?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId;
  await platform.temporal.workflowService.resetWorkflowExecution({
    namespace: platform.temporal.options.namespace,
    workflowExecution: { workflowId: `lease-${id}` },
    reason: 'an operator looks again',
    workflowTaskFinishEventId: refund ?? null,
    requestId: randomUUID(),
  });
  await isOver(platform, id);
  expect(await reallyCharged(place(), customer.phone)).toBe(0);
  const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id, kind: 'refund' } });
  expect(data.map(({ status }) => status)).toEqual(['succeeded']);
  expect(await casesOf(id)).toEqual([]);
});

const paysLate = (customer: Customer, id: string) => isChargedLate(platform, customer, id, 'mtn', money(7_000, 'UGX'));

it('money that arrives when the workflow is over is booked, and given back', async () => {
  const { customer, id } = await withdrawn();
  const paymentId = await paysLate(customer, id);
  const payments = () => customer.client.get('/v1/payments', { query: { leaseId: id } }).then(({ data }) => data);
  await eventually('the late money given back', async () =>
    (await payments()).some(
      ({ kind, status, amount }) => kind === 'refund' && status === 'succeeded' && amount.amount === 7_000,
    )
      ? true
      : undefined,
  );
  await isOver(platform, id);
  expect((await payments()).find((one) => one.id === paymentId)?.status).toBe('succeeded');
  expect(await reallyCharged(place(), customer.phone)).toBe(0);
  expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).credit.amount).toBe(0);
  expect(await casesOf(id)).toEqual([]);
  await booksBalance();
});

it('money that arrives in the night in which a lease has lapsed is given back, whatever its customer is told by day', async () => {
  const customer = await newCustomer(platform);
  const offerHours = 24 + ((23 - localHourAt(Date.now(), 'UG') + 24) % 24);
  const { id } = await leaseIn('offered', customer, staff, { terms: { offerHours } });
  await hoursLater(platform, id, offerHours + 0.5);
  await leaseThat(customer.client, id, 'lapsed', ({ status }) => status === 'lapsed');
  await paysLate(customer, id);
  await eventually('the late money given back', async () => {
    const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
    return data.some(({ kind, status }) => kind === 'refund' && status === 'succeeded') ? true : undefined;
  });
  await isOver(platform, id);
  expect(await reallyCharged(place(), customer.phone)).toBe(0);
  expect(await casesOf(id)).toEqual([]);
});

describe('a charge-back', () => {
  it('of a lease that was settled is in dispute; the vehicle stays the customer’s', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const quote = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    const settle = { quoteId: quote.id };
    const payment = await customer.client.post('/v1/leases/{id}/settle', { path: { id }, body: settle });
    await leaseThat(customer.client, id, 'settled', ({ status }) => status === 'settled_early');
    await isOver(platform, id);

    const reason = { reason: 'charge-back' };
    const part = { ...reason, amount: { amount: 2_000, currency: 'UGX' } } as const;
    for (const takenBack of [2_000, 4_000]) {
      const taken = await staff.admin.post('/v1/payments/{id}/reverse', { path: { id: payment.id }, body: part });
      expect(taken).toMatchObject({ status: 'succeeded', takenBack: { amount: takenBack } });
      const { disputed } = await customer.client.get('/v1/leases/{id}', { path: { id } });
      expect(disputed.amount).toBe(takenBack);
    }
    const reversed = await staff.admin.post('/v1/payments/{id}/reverse', { path: { id: payment.id }, body: reason });
    expect(reversed.status).toBe('reversed');
    const after = await customer.client.get('/v1/leases/{id}', { path: { id } });
    expect(after).toMatchObject({ status: 'settled_early', ownedPercent: 100, disputed: payment.amount });
    expect(await casesOf(id)).toEqual(['chargeback', 'chargeback', 'chargeback']);
    await booksBalance();
  });
});

it('cash that was too much is returned by another agent, after the end', async () => {
  const customer = await newCustomer(platform);
  const { id, outstanding } = await leaseIn('active', customer, staff);
  const most = { amount: { amount: outstanding.amount - 1_000, currency: 'UGX' } } as const;
  await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: most });
  await leaseThat(customer.client, id, 'nearly paid', (lease) => lease.outstanding.amount === 1_000);
  const charged = await reallyCharged(place(), customer.phone);
  const own = id.slice(-6);
  const cash = { leaseId: id, amount: { amount: 10_000, currency: 'UGX' }, receiptNumber: `C-${own}` } as const;
  await staff.agent.post('/v1/payments/cash', { body: cash });
  await isOver(platform, id);
  expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).credit.amount).toBe(9_000);
  expect(await reallyCharged(place(), customer.phone)).toBe(charged);

  const returns = (by: MarketplaceClient, body: { amount: Money; receiptNumber?: string }) =>
    by.post('/v1/leases/{id}/return-credit', { path: { id }, body });
  const wish = { amount: { amount: 9_000, currency: 'UGX' }, receiptNumber: `R-${own}` } as const;
  await expect(returns(staff.agent, { amount: wish.amount })).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ path: 'receiptNumber' }],
  });
  await expect(returns(staff.agent, wish)).rejects.toMatchObject({ status: 403 });
  await expect(returns(staff.admin, wish)).rejects.toMatchObject({ status: 422 });
  const other = await leaseIn('active', await newCustomer(platform), staff);
  const held = { leaseId: other.id, amount: { amount: 10_000, currency: 'UGX' }, receiptNumber: `A-${own}` } as const;
  await staff.admin.post('/v1/payments/cash', { body: held });
  const returned = await returns(staff.admin, wish);
  expect(returned.credit.amount).toBe(0);
  expect((await returns(staff.admin, wish)).credit.amount).toBe(0);
  // One receipt's number is one movement of cash, whichever way it went.
  const taken = { ...held, receiptNumber: `r ${own}`, amount: wish.amount } as const;
  await expect(staff.admin.post('/v1/payments/cash', { body: taken })).rejects.toMatchObject({ status: 409 });
  const same = { ...wish, receiptNumber: `A-${own}`, amount: held.amount };
  await expect(returns(staff.admin, same)).rejects.toMatchObject({ code: 'receipt_conflict' });
  await booksBalance();
});
