import { and, eq, isNotNull } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notifications } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { instantOf, localDateAt, localHourAt } from '#domain/calendar';
import type { Told } from '#domain/notifications/rules';
import { cast, hoursLater, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { currentStanding } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

/** What was sent; what waits for the morning is on record as well. */
const textsOf = (leaseId: string, template: Told) =>
  platform.deps.db
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(eq(notifications.leaseId, leaseId), eq(notifications.template, template), isNotNull(notifications.sentAt)),
    );

/** From now to half past an hour of the next night in Kampala. */
const hoursUntil = (hour: number) => ((hour - localHourAt(Date.now(), 'UG') + 24) % 24) + 0.5;
const paymentsOf = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/payments', { query: { leaseId: id, kind: 'deposit' } })).data;
const is = ({ client }: Customer, id: string, status: string) =>
  leaseThat(client, id, status, (lease) => lease.status === status, 60_000);

// One after the other: a provider that is down is down for everybody.
describe('at night', () => {
  it('an application that lapses at 23 is told of in the morning, for which the lease does not wait', async () => {
    const customer = await newCustomer(platform);
    const offerHours = 24 + ((23 - localHourAt(Date.now(), 'UG') + 24) % 24);
    const { id } = await leaseIn('offered', customer, staff, { terms: { offerHours } });
    await hoursLater(platform, id, offerHours + 0.5);
    await leaseThat(customer.client, id, 'lapsed', ({ status }) => status === 'lapsed');
    expect(await textsOf(id, 'lapsed')).toHaveLength(0);
    await hoursLater(platform, id, 10);
    await eventually('the text', async () => ((await textsOf(id, 'lapsed')).length === 1 ? true : undefined));
    await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  });

  it('a lease whose last money is booked at 23 is told of in the morning', async () => {
    const customer = await newCustomer(platform);
    const price = { amount: 1_000_000, currency: 'UGX' } as const;
    const { id } = await leaseIn('active', customer, staff, { price });
    await hoursLater(platform, id, hoursUntil(23));
    const { outstanding } = await customer.client.get('/v1/leases/{id}', { path: { id } });
    await staff.agent.post('/v1/payments/cash', { body: { leaseId: id, amount: outstanding, receiptNumber: id } });
    await is(customer, id, 'completed');
    await hoursLater(platform, id, 6);
    expect(await textsOf(id, 'owner')).toHaveLength(0);
    await isOver(platform, id);
    await hoursLater(platform, id, 3);
    await eventually('the text', async () => ((await textsOf(id, 'owner')).length === 1 ? true : undefined));
  });

  it('a deposit that was taken back is told of in the morning, and asked for after that', async () => {
    const customer = await newCustomer(platform);
    const { id, deposit } = await leaseIn('awaiting_handover', customer, staff);
    const hours = hoursUntil(23);
    await hoursLater(platform, id, hours);
    const [paid] = await paymentsOf(customer, id);
    await staff.admin.post('/v1/payments/{id}/reverse', {
      path: { id: paid?.id ?? '' },
      body: { reason: 'charge-back' },
    });
    await is(customer, id, 'awaiting_deposit');
    const told = async () => (await textsOf(id, 'deposit_owed_again')).length;
    await hoursLater(platform, id, 6);
    expect([await told(), (await paymentsOf(customer, id)).length]).toEqual([0, 1]);
    const now = Date.now() + hours * 3_600_000 + 6 * 3_600_000;
    const halfPastSeven = instantOf(localDateAt(now, 'UG'), 7, 'UG') + 1_800_000;
    await hoursLater(platform, id, (halfPastSeven - now) / 3_600_000);
    await eventually('the text', async () => ((await told()) === 1 ? true : undefined));
    // Whatever comes within the hour after it.
    const part = { amount: 1_000, currency: 'UGX' } as const;
    await staff.agent.post('/v1/payments/cash', { body: { leaseId: id, amount: part, receiptNumber: `${id} part` } });
    await eventually('a lease that has heard of it', async () => {
      const standing = await platform.temporal.workflow.getHandle(`lease-${id}`).query(currentStanding);
      return standing?.depositDue === deposit.amount - part.amount || undefined;
    });
    await hoursLater(platform, id, 0.2);
    expect(await paymentsOf(customer, id)).toHaveLength(1);
    await hoursLater(platform, id, 0.8);
    await is(customer, id, 'awaiting_handover');
    expect(await told()).toBe(1);
  });

  it('the deposit of a provider that was down is asked for in the morning', async () => {
    // M-Pesa says that it turned the request away; what others say while they are down, nobody knows.
    const customer = await newCustomer(platform, { provider: 'mpesa' });
    const { id } = await leaseIn('reserved', customer, staff, { market: 'KE' });
    await hoursLater(platform, id, hoursUntil(23));
    await fetch(`${platform.simulators}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ down: true }),
    });
    try {
      await customer.client.post('/v1/leases/{id}/sign', { path: { id }, body: { name: customer.name } });
      await eventually('a prompt that reached nobody', async () =>
        (await paymentsOf(customer, id)).some(({ status }) => status === 'failed') ? true : undefined,
      );
    } finally {
      await fetch(`${platform.simulators}/faults`, { method: 'DELETE' });
    }
    // The breaker goes by the wall, and lets something through again after five seconds.
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    await hoursLater(platform, id, 6);
    expect((await paymentsOf(customer, id)).every(({ status }) => status === 'failed')).toBe(true);
    await hoursLater(platform, id, 3);
    await is(customer, id, 'awaiting_handover');
  });

  it('who signs, or chooses how to pay, is asked at once', async () => {
    const customer = await newCustomer(platform, { digits: '013' });
    const { client, name } = customer;
    const { id } = await leaseIn('reserved', customer, staff);
    await hoursLater(platform, id, hoursUntil(23));
    await client.post('/v1/leases/{id}/sign', { path: { id }, body: { name } });
    await eventually('a prompt', async () =>
      (await paymentsOf(customer, id)).some(({ status }) => status === 'failed') ? true : undefined,
    );
    const { phone } = await newCustomer(platform, { verified: false });
    const { id: paymentMethodId } = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
    await is(customer, id, 'awaiting_handover');
  });

  it('what answers a person goes at once', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await hoursLater(platform, id, hoursUntil(23));
    await customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 3 } });
    await eventually('the text', async () => ((await textsOf(id, 'paused')).length === 1 ? true : undefined));
  });
});
