import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { fastForward } from '#platform/temporal/fast-forward';
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
const HOUR = 3_600_000;
const place = () => ({ api: platform.url, simulators: platform.simulators });
const lease = ({ client }: Customer, id: string) => client.get('/v1/leases/{id}', { path: { id } });
const paymentsOf = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/payments', { query: { leaseId: id, limit: 100 } })).data;
const timelineOf = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/leases/{id}/timeline', { path: { id } })).data;

/** A payment method of another phone, which the lease is collected by from now on. */
async function chargeInstead(customer: Customer, id: string, digits: string): Promise<string> {
  const { phone } = await newCustomer(platform, { digits, verified: false });
  const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: method.id } });
  return phone;
}

/** Hours from the lease's own now to an hour of the day it is so many days past due, in Kampala. */
const hoursTo = ({ asOf, nextDue }: Awaited<ReturnType<typeof lease>>, daysPastDue: number, hour: number) =>
  (new Date(`${nextDue?.on}T00:00:00+03:00`).getTime() + (daysPastDue * DAY + hour) * HOUR - Date.parse(asOf)) / HOUR;

describe.concurrent('a lease that nobody pays', () => {
  it('is reminded of on days 1, 3, 7 and 14, in the morning, once each', async () => {
    const customer = await newCustomer(platform);
    const active = await leaseIn('active', customer, staff, 'monthly');
    const { id } = active;
    await chargeInstead(customer, id, '010');
    await hoursLater(platform, id, hoursTo(active, 16, 0));
    const reminders = (await timelineOf(customer, id)).filter(({ type }) => type === 'payment.overdue');
    expect(reminders.map(({ detail }) => detail['daysPastDue'])).toEqual([1, 3, 7, 14]);
    for (const { at } of reminders) expect(new Date(at).getUTCHours() + 3, at).toBe(9);
    const texts = await eventually('four reminders', async () => {
      const world = new SimulatorClient(platform.simulators);
      const { data } = await world.get('/sms', { query: { to: customer.phone } });
      const late = data.filter(({ body }) => / days? late /.test(body));
      return late.length >= 4 ? late : undefined;
    });
    expect(texts).toHaveLength(4);
  });

  it('is in arrears when the grace is over, and not an hour before', async () => {
    const customer = await newCustomer(platform);
    const terms = { graceDays: 4, immobiliseAfterDaysPastDue: 60 };
    const active = await leaseIn('active', customer, staff, { terms });
    const { id } = active;
    await chargeInstead(customer, id, '010');
    await hoursLater(platform, id, hoursTo(active, 4, 23));
    expect((await lease(customer, id)).status).toBe('active');
    await hoursLater(platform, id, 2);
    await leaseThat(customer.client, id, 'in arrears', ({ status }) => status === 'in_arrears');
    const begun = (await timelineOf(customer, id)).find(({ status }) => status === 'in_arrears');
    // Midnight in Kampala after four days of grace.
    const midnight = new Date(`${active.nextDue?.on}T00:00:00+03:00`).getTime() + 5 * DAY * HOUR;
    expect(Math.abs(Date.parse(begun?.at ?? '') - midnight)).toBeLessThan(60_000);
    const { data: told } = await staff.admin.get('/v1/events', { query: { subject: id, type: 'lease.in_arrears' } });
    expect(told).toMatchObject([{ data: { leaseId: id, status: 'in_arrears', from: 'active' } }]);
    await chargeInstead(customer, id, '100');
    await hoursLater(platform, id, DAY);
    await leaseThat(customer.client, id, 'active again', ({ status }) => status === 'active');
  });

  it('with an unknown instalment is asked about by timer, charged no more meanwhile, and goes on when it is known', async () => {
    const customer = await newCustomer(platform);
    const active = await leaseIn('active', customer, staff);
    const { id } = active;
    const phone = await chargeInstead(customer, id, '023');
    await hoursLater(platform, id, hoursTo(active, 0, 12));
    const unknown = await eventually('an unknown instalment', async () =>
      (await paymentsOf(customer, id)).find(({ status }) => status === 'unknown'),
    );
    await hoursLater(platform, id, 5 * DAY);
    const instalments = (await paymentsOf(customer, id)).filter(({ kind }) => kind === 'instalment');
    expect(instalments.map(({ status }) => status)).toEqual(['unknown']);
    const { events } = await platform.temporal.workflow.getHandle(`lease-${id}`).fetchHistory();
    const asked = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === 'askOutcome',
    );
    expect(asked.length).toBeGreaterThan(10);
    await chargeInstead(customer, id, '100');
    await hoursLater(platform, id, DAY);
    expect(await reallyCharged(place(), customer.phone), 'the deposit alone').toBe(active.deposit.amount);
    expect((await paymentsOf(customer, id)).filter(({ kind }) => kind === 'instalment')).toHaveLength(1);
    const decision = { outcome: 'failed', reason: 'the provider never had it' } as const;
    await staff.admin.post('/v1/payments/{id}/decide', { path: { id: unknown.id }, body: decision });
    await hoursLater(platform, id, DAY);
    await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid > 0);
    expect(await reallyCharged(place(), phone)).toBe(0);
  });
});

describe.concurrent('after a write-off', () => {
  it('payments are taken for three years, and then no more', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await staff.admin.post('/v1/leases/{id}/write-off', { path: { id }, body: { reason: 'gone' } });
    const handle = platform.temporal.workflow.getHandle(`lease-${id}`);
    await hoursLater(platform, id, (3 * 365 - 1) * DAY);
    const pay = { amount: { amount: 5_000, currency: 'UGX' } } as const;
    const before = await lease(customer, id);
    await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: pay });
    await leaseThat(customer.client, id, 'less owed', (now) => now.outstanding.amount < before.outstanding.amount);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await hoursLater(platform, id, 2 * DAY);
    await handle.result();
    await expect(customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: pay })).rejects.toMatchObject({
      status: 409,
    });
  });
});

describe.concurrent('an announcement that no provider confirms', () => {
  it('is refuted after ten minutes, with a case, and credits nothing', async () => {
    const receipt = `F${Date.now()}`;
    const notice = {
      type: 'PAYBILL',
      status: 'SUCCESSFUL',
      financialTransactionId: receipt,
      externalId: 'NOBODY',
      amount: '5000',
      currency: 'UGX',
      payer: { partyIdType: 'MSISDN', partyId: '256772000100' },
      paidAt: new Date().toISOString(),
    };
    const address = platform.url + inboundPath(platform.encryption, 'mtn');
    expect((await fetch(address, { method: 'POST', body: JSON.stringify(notice) })).status).toBe(200);
    const workflowId = `${platform.config.TASK_QUEUE_PREFIX}inbound-mtn-UG-${receipt}`;
    const forged = async () => {
      const { data } = await staff.agent.get('/v1/cases', { query: { kind: 'forged_announcement' } });
      return data.filter(({ detail }) => JSON.stringify(detail).includes(receipt));
    };
    await fastForward(platform.temporal, workflowId, 9 * 60_000);
    expect(await forged()).toEqual([]);
    await fastForward(platform.temporal, workflowId, 2 * 60_000);
    expect(await platform.temporal.workflow.getHandle(workflowId).result()).toBe('refuted');
    expect(await forged()).toHaveLength(1);
    const { data } = await staff.agent.get('/v1/suspense');
    expect(JSON.stringify(data)).not.toContain(receipt);
  });
});
