import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually, listOf, MarketplaceClient, shapes } from '#dev/client';
import { reallyCharged } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const recover = () => fetch(`${platform.simulators}/faults`, { method: 'DELETE' });
afterEach(recover);

it('a refund that the provider refuses for two days is made on the third', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('awaiting_handover', customer, staff);
  const world = new MarketplaceClient(platform.simulators);
  await world.post('/faults', { down: true, providers: ['mtn'] }, z.unknown());
  await customer.client.post(`/v1/leases/${id}/withdraw`, {}, shapes.lease);
  await hoursLater(platform, id, 36);
  await recover();
  // The breaker goes by the wall, and lets something through again after five seconds.
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  await hoursLater(platform, id, 5 * 24);
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  const lease = await customer.client.get(`/v1/leases/${id}`, shapes.lease);
  expect(lease.credit.amount).toBe(0);
  const place = { api: platform.url, simulators: platform.simulators };
  expect(await reallyCharged(place, customer.phone)).toBe(0);
});

it('a refund that the provider refuses for five days is a case; the money stays the customer’s credit', async () => {
  // M-Pesa says with its code that it turned the request away; what others say while they are down, nobody knows.
  const customer = await newCustomer(platform, { provider: 'mpesa' });
  const { id, vehicleId, deposit } = await leaseIn('awaiting_handover', customer, staff, { market: 'KE' });
  const world = new MarketplaceClient(platform.simulators);
  const cases = async () =>
    (await staff.agent.get(`/v1/cases?leaseId=${id}`, listOf(z.object({ kind: z.string() })))).data.map(
      ({ kind }) => kind,
    );

  await world.post('/faults', { down: true, providers: ['mpesa'] }, z.unknown());
  await customer.client.post(`/v1/leases/${id}/withdraw`, {}, shapes.lease);
  expect((await customer.client.get(`/v1/vehicles/${vehicleId}`, shapes.vehicle)).status).toBe('available');
  await hoursLater(platform, id, 3 * 24);
  expect(await cases()).toEqual([]);
  await hoursLater(platform, id, 4 * 24);
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();

  expect(await cases()).toEqual(['refund_failed']);
  const lease = await customer.client.get(`/v1/leases/${id}`, shapes.lease);
  expect([lease.status, lease.credit]).toEqual(['withdrawn', deposit]);
  await recover();
  const place = { api: platform.url, simulators: platform.simulators };
  expect(await reallyCharged(place, customer.phone)).toBe(deposit.amount);
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance', shapes.trialBalance);
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
});

it('a refund whose answer nobody can read is asked about, and made once', async () => {
  const place = { api: platform.url, simulators: platform.simulators };
  const world = new MarketplaceClient(platform.simulators);
  const [first, second] = [await newCustomer(platform), await newCustomer(platform)];
  const leases = [await leaseIn('awaiting_handover', first, staff), await leaseIn('awaiting_handover', second, staff)];
  const withdraw = async (customer: typeof first, id = '') => {
    await customer.client.post(`/v1/leases/${id}/withdraw`, {}, shapes.lease);
    await hoursLater(platform, id, 6);
  };
  // A token is in hand from here on, so that the next refund goes out, and is answered 503.
  await withdraw(first, leases[0]?.id);
  await world.post('/faults', { down: true, providers: ['mtn'] }, z.unknown());
  await withdraw(second, leases[1]?.id);
  const list = await staff.agent.get(`/v1/cases?leaseId=${leases[1]?.id}`, listOf(z.object({ kind: z.string() })));
  expect(list.data.map(({ kind }) => kind)).toEqual(['unknown_outcome']);
  await recover();
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  await hoursLater(platform, leases[1]?.id ?? '', 3 * 24);
  await platform.temporal.workflow.getHandle(`lease-${leases[1]?.id}`).result();
  expect(await reallyCharged(place, second.phone)).toBe(0);
  const lease = await second.client.get(`/v1/leases/${leases[1]?.id}`, shapes.lease);
  expect(lease.credit.amount).toBe(0);
});

it('a refund that is stopped since its payment was taken back is refused by nobody, and not waited for', async () => {
  const customer = await newCustomer(platform, { provider: 'mpesa' });
  const { id } = await leaseIn('awaiting_handover', customer, staff, { market: 'KE' });
  const world = new MarketplaceClient(platform.simulators);
  await world.post('/faults', { down: true, providers: ['mpesa'] }, z.unknown());
  await customer.client.post(`/v1/leases/${id}/withdraw`, {}, shapes.lease);
  const payments = async () => (await customer.client.get(`/v1/payments?leaseId=${id}`, listOf(shapes.payment))).data;
  await eventually('a refund', async () => (await payments()).find(({ kind }) => kind === 'refund'));
  const deposit = (await payments()).find(({ kind }) => kind === 'deposit');
  const reason = { reason: 'charge-back' };
  // While a try of the refund is in hand it may have been sent.
  await eventually('the deposit taken back', async () => {
    await staff.admin.post(`/v1/payments/${deposit?.id}/reverse`, reason, shapes.payment);
    return true;
  });
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  expect((await payments()).find(({ kind }) => kind === 'refund')).toMatchObject({
    status: 'failed',
    reason: 'not_due',
  });
});
