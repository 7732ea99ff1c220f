import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  // So many tries of one charge open the breaker.
  platform = await startTestPlatform({ COLLECT_POLLS: '20' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

it('while a provider is down collections pause instead of using up tries', async () => {
  const customer = await newCustomer(platform);
  const { id, deposit, instalment } = await leaseIn('active', customer, staff);
  const payments = async () => (await customer.client.get('/v1/payments', { query: { leaseId: id, limit: 100 } })).data;
  const world = new SimulatorClient(platform.simulators);

  await world.post('/faults', { body: { down: true } });
  const pay = { amount: { amount: 1_000, currency: 'UGX' } } as const;
  const { id: own } = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: pay });
  // A gateway that answers 503 may have taken it: what became of it is known when the provider is back.
  await eventually('the payment to be given up', async () =>
    (await payments()).find((one) => one.id === own && one.status !== 'pending'),
  );
  // The first instalment is due after a week; half a day of half hours.
  await hoursLater(platform, id, 7 * 24 + 12);
  const whileDown = (await payments()).filter(({ kind, id: payment }) => kind === 'instalment' && payment !== own);
  const tried = whileDown.filter(({ reason }) => reason !== 'not_sent');
  expect(tried, 'tries while the provider is down').toEqual([]);

  const lifted = await fetch(`${platform.simulators}/faults`, { method: 'DELETE' });
  expect(lifted.ok).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  await hoursLater(platform, id, 24);
  await leaseThat(customer.client, id, 'paid once', ({ instalmentsPaid }) => instalmentsPaid === 1);
  expect((await payments()).find((one) => one.id === own)).toMatchObject({ status: 'failed' });
  const place = { api: platform.url, simulators: platform.simulators };
  expect(await reallyCharged(place, customer.phone)).toBe(deposit.amount + instalment.amount);
});
