import { and, asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { localHourAt } from '#domain/calendar';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { isMadeOver } from '#test/another-customer';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { booksChanged } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  // Runs so short that a settlement outlives some.
  platform = await startTestPlatform({ LEASE_RUN_EVENTS: '100' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

/** A settlement by a phone of which nobody hears whether it paid, in three prompts of at most 5,000,000. */
async function settling() {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff, { price: { amount: 14_000_000, currency: 'UGX' } });
  const { phone } = await newCustomer(platform, { digits: '023', verified: false });
  const path = { id };
  const silent = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  const quote = await customer.client.post('/v1/leases/{id}/settlement-quote', { path });
  const body = { quoteId: quote.id, paymentMethodId: silent.id };
  await customer.client.post('/v1/leases/{id}/settle', { path, body });
  return { customer, id, quote };
}

const runOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);

const settlementsOf = (leaseId: string) =>
  platform.database.db
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), eq(attempts.kind, 'settlement')))
    .orderBy(asc(attempts.createdAt));

const inDoubt = (leaseId: string, count: number) =>
  eventually(`prompt ${count} in doubt`, async () => {
    const all = await settlementsOf(leaseId);
    return all.length === count ? all.find(({ status }) => status === 'unknown') : undefined;
  });

const decide = ({ id }: { readonly id: string }, outcome: 'succeeded' | 'failed') =>
  staff.admin.post('/v1/payments/{id}/decide', { path: { id }, body: { outcome, reason: 'on the statement' } });

/** What a settlement forgave is waived, so that the deposit and all other lines are the price. */
async function settled({ client }: Customer, id: string) {
  const lease = await leaseThat(client, id, 'settled', ({ status }) => status === 'settled_early', 60_000);
  const { data } = await client.get('/v1/leases/{id}/schedule', { path: { id } });
  const asked = data.filter(({ status }) => status !== 'waived');
  expect(data.length).toBeGreaterThan(asked.length);
  expect(asked.every(({ status, amount, paid }) => status === 'paid' && amount.amount === paid.amount)).toBe(true);
  expect(asked.reduce((sum, { amount }) => sum + amount.amount, lease.deposit.amount)).toBe(lease.totalPrice.amount);
  return lease;
}

const hoursUntil = (hour: number) => (hour - localHourAt(Date.now(), 'UG') + 24) % 24;

it.concurrent('a settlement goes on after a doubt, in the morning, though its quote has ended and the run is another', async () => {
  const { customer, id, quote } = await settling();
  const first = await inDoubt(id, 1);
  await hoursLater(platform, id, hoursUntil(23) + 24);
  await decide(first, 'succeeded');
  const { runId } = await runOf(id).describe();
  for (let times = 0; times < 20; times += 1) await runOf(id).signal(booksChanged);
  await eventually('another run that waits', async () => {
    const { runId: next, historyLength } = await runOf(id).describe();
    return next !== runId && historyLength > 5 ? true : undefined;
  });
  await hoursLater(platform, id, 2);
  expect(await settlementsOf(id)).toHaveLength(1);

  await hoursLater(platform, id, 7);
  const second = await inDoubt(id, 2);
  expect(localHourAt(second.requestedAt.getTime(), 'UG')).toBe(7);
  // Within the hour, at whatever hour, he has the phone in his hand.
  await decide(second, 'succeeded');
  await decide(await inDoubt(id, 3), 'succeeded');
  await settled(customer, id);
  const sums = (await settlementsOf(id)).map(({ amount }) => amount);
  expect(sums.reduce((all, one) => all + one, 0)).toBeLessThanOrEqual(quote.amount.amount);
});

it.concurrent('a settlement goes on where its workflow died, and is a case where its quote has ended and a prompt fails', async () => {
  const { id } = await settling();
  const first = await inDoubt(id, 1);
  await runOf(id).terminate('died in a test');
  await staff.admin.post('/v1/leases/{id}/restart', { path: { id } });
  await decide(first, 'succeeded');
  await hoursLater(platform, id, 25);
  const second = await inDoubt(id, 2);
  await decide(second, 'failed');
  await eventually('a case', async () => {
    const { data } = await staff.admin.get('/v1/cases', { query: { leaseId: id } });
    return data.find(({ kind }) => kind === 'settlement_stopped');
  });
  expect(await settlementsOf(id)).toHaveLength(2);
});

it.concurrent('who had the lease before is prompted no more for a settlement of it', async () => {
  const { customer, id } = await settling();
  const heir = await newCustomer(platform);
  const first = await inDoubt(id, 1);
  await hoursLater(platform, id, hoursUntil(22) + 24);
  await decide(first, 'succeeded');
  await isMadeOver(id, customer, heir, staff);
  await hoursLater(platform, id, 12);
  expect(await settlementsOf(id)).toHaveLength(1);
  expect(await heir.client.get('/v1/leases/{id}', { path: { id } })).toMatchObject({ status: 'active' });
});
