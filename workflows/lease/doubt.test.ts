import { and, desc, eq, like } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, audit, leases, outbox } from '#db/schema/index';
import { eventually } from '#dev/client';
import type { Customer } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { currentStanding, moneyBooked } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  // Long enough for a prompt that expires.
  platform = await startTestPlatform({ LOG_LEVEL: 'silent', COLLECT_POLLS: '16' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const UNKNOWN = '+256778801023';
const ALSO_UNKNOWN = '+256778803023';
const NO_FUNDS = '+256778802010';
const EXPIRES = '+256778804015';
const addPhone = async ({ client }: Customer, phone: string) =>
  (await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } })).id;
const paymentsOf = async ({ client }: Customer, leaseId: string) =>
  (await client.get('/v1/payments', { query: { leaseId, limit: 100 } })).data;
const unknownOf = (customer: Customer, leaseId: string) =>
  eventually('an unknown payment', async () =>
    (await paymentsOf(customer, leaseId)).find(({ status }) => status === 'unknown'),
  );

it.concurrent('what a person asked for is not charged a second time, until it is decided', async () => {
  const customer = await newCustomer(platform);
  const { id, totalPrice } = await leaseIn('active', customer, staff);
  const paymentMethodId = await addPhone(customer, UNKNOWN);
  const pay = (amount: number) =>
    customer.client.post('/v1/leases/{id}/pay', {
      path: { id },
      body: { amount: { ...totalPrice, amount }, paymentMethodId },
    });
  await expect(pay(totalPrice.amount + 1)).rejects.toMatchObject({ status: 422 });
  await pay(totalPrice.amount);
  const doubted = await unknownOf(customer, id);
  const paid = async () => (await paymentsOf(customer, id)).filter(({ status }) => status === 'succeeded').length;

  await hoursLater(platform, id, 8 * 24);
  expect(await paid()).toBe(1);
  const decision = { outcome: 'failed', reason: 'on no statement' } as const;
  await staff.admin.post('/v1/payments/{id}/decide', { path: { id: doubted.id }, body: decision });
  await hoursLater(platform, id, 24);
  expect(await paid()).toBe(2);
});

it.concurrent('a payment that turns out not to be made puts off arrears and reminders no longer', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const prompt = async (phone: string) => {
    const paymentMethodId = await addPhone(customer, phone);
    await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
  };
  const status = async () => (await customer.client.get('/v1/leases/{id}', { path: { id } })).status;
  const isReminded = and(eq(audit.leaseId, id), eq(audit.type, 'payment.overdue'));
  const reminders = () => platform.database.db.select().from(audit).where(isReminded);
  await prompt(ALSO_UNKNOWN);

  // Prompted on the seventh day; three days of grace, and two more. It is ten in the morning in Kampala.
  const hourInKampala = (Date.now() / 3_600_000 + 3) % 24;
  await hoursLater(platform, id, 12 * 24 + 10 - hourInKampala);
  const { id: paymentId } = await unknownOf(customer, id);
  await prompt(NO_FUNDS);
  expect([await status(), await reminders()]).toEqual(['active', []]);
  const { overdue } = await customer.client.get('/v1/leases/{id}', { path: { id } });
  const { data: lines } = await customer.client.get('/v1/leases/{id}/schedule', { path: { id } });
  expect([overdue.amount, lines[0]?.status], 'neither shows as overdue what may be paid').toEqual([0, 'due']);

  await staff.admin.post('/v1/payments/{id}/decide', {
    path: { id: paymentId },
    body: { outcome: 'failed', reason: 'asked' },
  });
  await eventually('arrears', async () => (await status()) === 'in_arrears' || undefined);
  const [reminder] = await eventually('a reminder', async () => {
    const all = await reminders();
    return all.length === 0 ? undefined : all;
  });
  expect(reminder?.detail).toMatchObject({ daysPastDue: 5 });
});

it.concurrent('money that is told again long after is no news: nobody is prompted since', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const cash = { leaseId: id, amount: { amount: 1_000, currency: 'UGX' }, receiptNumber: id } as const;
  const { id: paymentId } = await staff.agent.post('/v1/payments/cash', { body: cash });
  const isTold = and(eq(outbox.leaseId, id), eq(outbox.type, 'payment.completed'));
  const run = platform.temporal.workflow.getHandle(`lease-${id}`);
  const heard = await eventually('a lease that has heard of it', async () => {
    const [event] = await platform.database.db
      .select()
      .from(outbox)
      .where(isTold)
      .orderBy(desc(outbox.number))
      .limit(1);
    const { version } = (await run.query(currentStanding)) ?? {};
    const [row] = await platform.database.db.select().from(leases).where(eq(leases.id, id));
    return row !== undefined && version === row.version ? (event?.sequence ?? undefined) : undefined;
  });
  const standing = await run.query(currentStanding);
  if (standing === null) throw new Error('the lease has not begun');
  const tells = (one: string, sequence: number) =>
    run.signal(moneyBooked, { paymentId: one, standing, paidAt: null, sequence });
  // More than it remembers by their ids.
  for (let later = 1; later <= 200; later += 1) await tells(`later ${later}`, heard + later);
  const paymentMethodId = await addPhone(customer, '+256778807010');
  await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });

  // Prompted at eight in the morning in Kampala, and not again before one.
  const hourInKampala = (Date.now() / 3_600_000 + 3) % 24;
  await hoursLater(platform, id, 7 * 24 + 10 - hourInKampala);
  const prompts = async () => (await paymentsOf(customer, id)).filter(({ status }) => status === 'failed').length;
  const byTen = await prompts();
  expect(byTen).toBeGreaterThan(0);
  await tells(paymentId, heard);
  await hoursLater(platform, id, 0.2);
  expect(await prompts()).toBe(byTen);
});

it.concurrent('an own payment that expires puts off the prompts of the day no longer than it is in doubt', async () => {
  const customer = await newCustomer(platform);
  const { id, totalPrice } = await leaseIn('active', customer, staff);
  const noFunds = await addPhone(customer, NO_FUNDS);
  const paymentMethodId = await addPhone(customer, EXPIRES);
  const chooses = () =>
    customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: noFunds } });
  const isPrompt = and(eq(attempts.leaseId, id), like(attempts.due, 'instalment-%'));
  const prompts = () => platform.database.db.select().from(attempts).where(isPrompt);
  await chooses();
  // Ten in the morning in Kampala of the day on which the first instalment is due.
  const hourInKampala = (Date.now() / 3_600_000 + 3) % 24;
  await hoursLater(platform, id, 7 * 24 + 10 - hourInKampala);
  const byTen = await prompts();
  expect(byTen.length).toBeGreaterThan(0);

  const own = await customer.client.post('/v1/leases/{id}/pay', {
    path: { id },
    body: { amount: totalPrice, paymentMethodId },
  });
  await chooses();
  await eventually('the own payment failed', async () =>
    (await paymentsOf(customer, id)).find((payment) => payment.id === own.id && payment.status === 'failed'),
  );
  await hoursLater(platform, id, 9);
  expect((await prompts()).length).toBeGreaterThan(byTen.length);
});

it.concurrent.each(['awaiting_handover', 'active'] as const)(
  'a payment in doubt is asked about when the lease, once %s, has no schedule to wait for',
  async (status) => {
    const customer = await newCustomer(platform);
    const { id, totalPrice } = await leaseIn(status, customer, staff);
    const paymentMethodId = await addPhone(customer, status === 'active' ? '+256778805023' : '+256778806023');
    const amount = { ...totalPrice, amount: 50_000 };
    if (status === 'active')
      await staff.admin.post('/v1/leases/{id}/write-off', { path: { id }, body: { reason: 'gone' } });
    await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount, paymentMethodId } });
    await unknownOf(customer, id);
    const questions = async () => {
      const { events } = await platform.temporal.workflow.getHandle(`lease-${id}`).fetchHistory();
      return events?.filter(({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === 'askOutcome')
        .length;
    };
    await hoursLater(platform, id, 6 * 24);
    // Every six hours for three days, then daily.
    expect(await questions()).toBeGreaterThanOrEqual(14);
    expect(await questions()).toBeLessThanOrEqual(16);
  },
);
