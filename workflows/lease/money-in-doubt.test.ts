import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const DAY = 24;

/**
 * A weekly lease with three days of grace and a late fee whose first instalment is asked for on its day and
 * stays unknown, four days past due: past the grace, and past the hour at which fees are charged.
 */
async function doubtful() {
  const customer = await newCustomer(platform);
  const terms = { graceDays: 3, lateFee: { amount: 10_000, cap: 20_000 } };
  const { id } = await leaseIn('active', customer, staff, { terms });
  const { client } = customer;
  const { phone } = await newCustomer(platform, { digits: '023', verified: false });
  const method = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: method.id } });
  await hoursLater(platform, id, 8 * DAY);
  const payment = await eventually('the unknown payment', async () => {
    const { data } = await client.get('/v1/payments', { query: { leaseId: id } });
    return data.find(({ status }) => status === 'unknown');
  });
  // Over the end of the grace, and a second time over the hour of the fees.
  await hoursLater(platform, id, 5 * DAY);
  return { id, client, payment };
}

const now = ({ id, client }: Awaited<ReturnType<typeof doubtful>>) => client.get('/v1/leases/{id}', { path: { id } });

it.concurrent('is looked at once a day while it is in doubt, and no fee follows when it was paid in time', async () => {
  const lease = await doubtful();
  expect(await now(lease)).toMatchObject({ status: 'active', feesDue: { amount: 0 } });
  const { events } = await platform.temporal.workflow.getHandle(`lease-${lease.id}`).fetchHistory();
  const looks = events?.filter(({ activityTaskScheduledEventAttributes: of }) =>
    ['chargeLateFees', 'changeStatus'].includes(of?.activityType?.name ?? ''),
  );
  // Six of the application, and two a day for three days at most.
  expect(looks?.length).toBeLessThanOrEqual(12);

  const decision = { outcome: 'succeeded', reason: 'on the statement' } as const;
  await staff.admin.post('/v1/payments/{id}/decide', { path: { id: lease.payment.id }, body: decision });
  const paid = await leaseThat(lease.client, lease.id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  expect(paid).toMatchObject({ status: 'active', daysPastDue: 0 });
  expect(await now(lease)).toMatchObject({ feesDue: { amount: 0 } });
  const { data } = await lease.client.get('/v1/leases/{id}/timeline', { path: { id: lease.id } });
  expect(data.map(({ type }) => type)).not.toContain('lease.late_fee_charged');
});

it.concurrent('has its fee and its arrears as soon as the doubt ends unpaid', async () => {
  const lease = await doubtful();
  const decision = { outcome: 'failed', reason: 'on no statement' } as const;
  await staff.admin.post('/v1/payments/{id}/decide', { path: { id: lease.payment.id }, body: decision });
  await leaseThat(lease.client, lease.id, 'in arrears', ({ status }) => status === 'in_arrears');
  await hoursLater(platform, lease.id, DAY);
  expect(await now(lease)).toMatchObject({ feesDue: { amount: 10_000 } });
});
