import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { reallyCharged } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
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
  const world = new SimulatorClient(platform.simulators);
  await world.post('/faults', { body: { down: true, providers: ['mtn'] } });
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  await hoursLater(platform, id, 36);
  await recover();
  // The breaker goes by the wall, and lets something through again after five seconds.
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  await hoursLater(platform, id, 5 * 24);
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  const lease = await customer.client.get('/v1/leases/{id}', { path: { id } });
  expect(lease.credit.amount).toBe(0);
  const place = { api: platform.url, simulators: platform.simulators };
  expect(await reallyCharged(place, customer.phone)).toBe(0);
});

it('a refund that the provider refuses for five days is a case; the money stays the customer’s credit', async () => {
  // M-Pesa says with its code that it turned the request away; what others say while they are down, nobody knows.
  const customer = await newCustomer(platform, { provider: 'mpesa' });
  const { id, vehicleId, deposit } = await leaseIn('awaiting_handover', customer, staff, { market: 'KE' });
  const world = new SimulatorClient(platform.simulators);
  const cases = async () =>
    (await staff.agent.get('/v1/cases', { query: { leaseId: id } })).data.map(({ kind }) => kind);

  await world.post('/faults', { body: { down: true, providers: ['mpesa'] } });
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  expect((await customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } })).status).toBe('available');
  await hoursLater(platform, id, 3 * 24);
  expect(await cases()).toEqual([]);
  await hoursLater(platform, id, 4 * 24);
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();

  expect(await cases()).toEqual(['refund_failed']);
  // Each refusal is told in one ticket; it and the case name each other.
  const { data: tickets } = await staff.agent.get('/v1/tickets', { query: { leaseId: id } });
  const { data: refused } = await staff.agent.get('/v1/cases', { query: { leaseId: id } });
  const cause = { type: 'payment.failed', eventId: tickets[0]?.id };
  expect(tickets).toMatchObject([{ category: 'payment', priority: 'high', staff: { caseId: refused[0]?.id, cause } }]);
  const { data: paid } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
  const payment = paid.find(({ kind }) => kind === 'deposit');
  const was = { paymentId: payment?.id, amount: deposit, times: 5, reason: 'not_sent' };
  expect(refused[0]?.detail, 'what happened').toMatchObject({ credit: deposit, refused: [was] });
  expect(refused[0]?.ticketIds).toEqual(tickets.map((ticket) => ticket.id));
  const lease = await customer.client.get('/v1/leases/{id}', { path: { id } });
  expect([lease.status, lease.credit]).toEqual(['withdrawn', deposit]);
  await recover();
  const place = { api: platform.url, simulators: platform.simulators };
  expect(await reallyCharged(place, customer.phone)).toBe(deposit.amount);
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
});

it('a refund whose answer nobody can read is asked about, and made once', async () => {
  const place = { api: platform.url, simulators: platform.simulators };
  const world = new SimulatorClient(platform.simulators);
  const [first, second] = [await newCustomer(platform), await newCustomer(platform)];
  const { id: one } = await leaseIn('awaiting_handover', first, staff);
  const { id: other } = await leaseIn('awaiting_handover', second, staff);
  const withdraw = async (customer: typeof first, id: string) => {
    await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    await hoursLater(platform, id, 6);
  };
  // A token is in hand from here on, so that the next refund goes out, and is answered 503.
  await withdraw(first, one);
  await world.post('/faults', { body: { down: true, providers: ['mtn'] } });
  await withdraw(second, other);
  const list = await staff.agent.get('/v1/cases', { query: { leaseId: other } });
  expect(list.data.map(({ kind }) => kind)).toEqual(['unknown_outcome']);
  await recover();
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  await hoursLater(platform, other, 3 * 24);
  await platform.temporal.workflow.getHandle(`lease-${other}`).result();
  expect(await reallyCharged(place, second.phone)).toBe(0);
  const lease = await second.client.get('/v1/leases/{id}', { path: { id: other } });
  expect(lease.credit.amount).toBe(0);
});

it('a refund that is stopped since its payment was taken back is refused by nobody, and not waited for', async () => {
  const customer = await newCustomer(platform, { provider: 'mpesa' });
  const { id } = await leaseIn('awaiting_handover', customer, staff, { market: 'KE' });
  const world = new SimulatorClient(platform.simulators);
  await world.post('/faults', { body: { down: true, providers: ['mpesa'] } });
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  const payments = async () => (await customer.client.get('/v1/payments', { query: { leaseId: id } })).data;
  await eventually('a refund', async () => (await payments()).find(({ kind }) => kind === 'refund'));
  const deposit = (await payments()).find(({ kind }) => kind === 'deposit');
  const reason = { reason: 'charge-back' };
  // While a try of the refund is in hand it may have been sent.
  await eventually('the deposit taken back', async () => {
    await staff.admin.post('/v1/payments/{id}/reverse', { path: { id: deposit?.id ?? '' }, body: reason });
    return true;
  });
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  expect((await payments()).find(({ kind }) => kind === 'refund')).toMatchObject({
    status: 'failed',
    reason: 'not_due',
  });
});
