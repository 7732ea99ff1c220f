import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedProvider } from '#dev/simulators/simulated';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast, type Wish } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ COLLECT_POLLS: '20' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const place = () => ({ api: platform.url, simulators: platform.simulators });
const wishes = { mtn: {}, airtel: {}, mpesa: { market: 'KE' } } as const satisfies Record<string, Wish>;

const paid = {
  '024': 'pending for long, charged at last',
  '100': 'pays at once',
  '001': 'pays after three seconds',
  '002': 'pays, the callback is lost',
  '003': 'pays, the callback comes three times',
  '004': 'the callback comes before the answer',
  '005': 'the callback says failed, it was charged',
  '007': 'paid, a failure callback follows',
  '020': "the charge's answer times out, it was charged",
  '021': 'two refusals, then it works',
  '022': 'the charge answers 500, it was charged',
  '030': 'the callback names a smaller amount',
};
const declined = {
  '010': 'no_funds',
  '012': 'declined',
  '013': 'no_subscriber',
  '014': 'over_limit',
  '015': 'expired',
  '006': null,
};
/** At one provider all that networks do; at the others what differs most, since each adapter has a contract test of its own. */
const tried: Readonly<Record<SimulatedProvider, readonly string[]>> = {
  mtn: [...Object.keys(paid), ...Object.keys(declined)],
  airtel: ['005', '020', '022', '030', '010'],
  mpesa: ['005', '020', '022', '030', '010'],
};
const of = <T>(provider: SimulatedProvider, all: Readonly<Record<string, T>>) =>
  Object.entries(all).filter(([digits]) => tried[provider].includes(digits));

describe.concurrent.each(['mtn', 'airtel', 'mpesa'] as const)('what networks do to a deposit at %s', (provider) => {
  const paymentsOf = async (customer: Awaited<ReturnType<typeof newCustomer>>, leaseId: string) =>
    (await customer.client.get('/v1/payments', { query: { leaseId, limit: 100 } })).data;

  // What takes longest begins first.
  it('…023 stays unknown, and nothing else is charged', async () => {
    const customer = await newCustomer(platform, { digits: '023', provider });
    const { id } = await leaseIn('awaiting_deposit', customer, staff, wishes[provider]);
    await eventually('an unknown payment', async () =>
      (await paymentsOf(customer, id)).find(({ status }) => status === 'unknown'),
    );
    await hoursLater(platform, id, 48);
    expect((await paymentsOf(customer, id)).map(({ status }) => status)).toEqual(['unknown']);
  });

  it.each(of(provider, paid))('…%s: %s — charged once, credited once', async (digits) => {
    const customer = await newCustomer(platform, { digits, provider });
    const { id } = await leaseIn('awaiting_deposit', customer, staff, wishes[provider]);
    // On a machine too busy for three requests in time none was taken: the lease asks again, at night in the morning.
    const settled = await eventually('a settled payment', async () =>
      (await paymentsOf(customer, id)).find(({ status }) => status !== 'pending'),
    );
    if (settled.reason === 'not_sent') await hoursLater(platform, id, 12);
    const lease = await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    expect(await reallyCharged(place(), customer.phone)).toBe(lease.deposit.amount);
    expect(lease.paid).toEqual(lease.deposit);
    const [succeeded, ...others] = (await paymentsOf(customer, id)).filter(({ status }) => status === 'succeeded');
    expect(others).toEqual([]);
    const { data: posted } = await staff.admin.get('/v1/ledger/transfers', { query: { leaseId: id } });
    const { id: paymentId, providerReference } = succeeded ?? {};
    expect(posted).toMatchObject([{ cause: { paymentId, providerReference } }]);
    // A callback that comes before the answer is there before anybody asks.
    if (digits === '004') expect(posted[0]?.cause['callbackId']).toBeDefined();
    if (digits === '002') expect(posted[0]?.cause['callbackId']).toBeUndefined();
  });

  it.each(of(provider, declined))('…%s is declined (%s) and nothing is charged', async (digits, reason) => {
    const customer = await newCustomer(platform, { digits, provider });
    const { id } = await leaseIn('awaiting_deposit', customer, staff, wishes[provider]);
    const failed = await eventually(
      'a settled payment',
      async () => (await paymentsOf(customer, id)).find(({ status }) => status !== 'pending'),
      50_000,
    );
    expect(failed.status).toBe('failed');
    if (reason !== null) expect(failed.reason).toBe(reason);
    expect(await reallyCharged(place(), customer.phone)).toBe(0);
  });

  it('…011 has funds for the third charge, which is made by itself', async () => {
    const customer = await newCustomer(platform, { digits: '011', provider });
    const { id } = await leaseIn('awaiting_deposit', customer, staff, wishes[provider]);
    await hoursLater(platform, id, 60);
    const lease = await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    const tries = await paymentsOf(customer, id);
    expect(tries.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'failed']);
    expect(await reallyCharged(place(), customer.phone)).toBe(lease.deposit.amount);
  });
});
