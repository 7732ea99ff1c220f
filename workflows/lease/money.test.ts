import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listOf, shapes } from '#dev/client';
import { leaseThat, reallyCharged } from '#dev/journey';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

describe('what networks do to a deposit', () => {
  it.concurrent.each([
    ['100', 'pays at once'],
    ['001', 'pays after three seconds'],
    ['002', 'pays, the callback is lost'],
    ['003', 'pays, the callback comes three times'],
    ['004', 'the callback comes before the answer'],
    ['005', 'the callback says failed, it was charged'],
    ['007', 'paid, a failure callback follows'],
    ['020', "the charge's answer times out, it was charged"],
    ['021', 'two refusals, then it works'],
    ['022', 'the charge answers 500, it was charged'],
    ['030', 'the callback names a smaller amount'],
  ])('…%s: %s — charged once, credited once', async (digits) => {
    const customer = await newCustomer(platform, { digits });
    const lease = await leaseIn('awaiting_handover', customer, staff);
    const place = { api: platform.url, simulators: platform.simulators };
    expect(await reallyCharged(place, customer.phone)).toBe(lease.deposit.amount);
    expect(lease.paid).toEqual(lease.deposit);
    const { data } = await customer.client.get(`/v1/payments?leaseId=${lease.id}`, listOf(shapes.payment));
    expect(data.filter(({ status }) => status === 'succeeded')).toHaveLength(1);
  });

  it.concurrent.each([
    ['010', 'no_funds'],
    ['012', 'declined'],
    ['013', 'no_subscriber'],
    ['014', 'over_limit'],
    ['006', null],
  ])('…%s is declined (%s) and nothing is charged', async (digits, reason) => {
    const customer = await newCustomer(platform, { digits });
    const lease = await leaseIn('awaiting_deposit', customer, staff);
    const failed = await leaseThat(customer.client, lease.id, 'tried', () => true).then(async () => {
      for (;;) {
        const { data } = await customer.client.get(`/v1/payments?leaseId=${lease.id}`, listOf(shapes.payment));
        if (data[0] !== undefined && data[0].status !== 'pending') return data[0];
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
    expect(failed.status).toBe('failed');
    if (reason !== null) expect(failed.reason).toBe(reason);
    expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(0);
  });
});
