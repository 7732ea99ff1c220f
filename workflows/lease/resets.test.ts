import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, cases, notifications, scheduleLines } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { firstTask, reset } from '#test/reset';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { leaseWorkflowId } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ LOG_LEVEL: 'silent' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

type Place = Parameters<typeof reset>[2];

/** The one that ordered an activity of this name for the first time. */
const before =
  (name: string): Place =>
  (events) =>
    events.find(({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === name)
      ?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ?? undefined;
/** The one that ordered the newest charge. */
const newestCharge: Place = (events) =>
  events.findLast(({ activityTaskScheduledEventAttributes: one }) => one?.activityId?.startsWith('collect-'))
    ?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ?? undefined;

it('while a charge is in flight: it is asked about, a person decides it, and the next one is made', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const { phone } = await newCustomer(platform, { digits: '023', verified: false });
  const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: method.id } });
  const charges = () =>
    platform.database.db
      .select()
      .from(attempts)
      .where(and(eq(attempts.leaseId, id), eq(attempts.kind, 'instalment')));
  const travel = hoursLater(platform, id, 7 * 24 + 12).catch(String);
  await eventually('a charge in flight', async () => (await charges()).find(({ sent }) => sent));
  await reset(platform.temporal, leaseWorkflowId(id), newestCharge);
  await travel;
  const unknown = await eventually('it to be unknown', async () =>
    (await charges()).find(({ status }) => status === 'unknown'),
  );
  expect(await charges()).toHaveLength(1);
  const good = { paymentMethodId: customer.paymentMethodId };
  await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: good });
  const decision = { outcome: 'failed', reason: 'the provider says no' } as const;
  await staff.admin.post('/v1/payments/{id}/decide', { path: { id: unknown.id }, body: decision });
  await hoursLater(platform, id, 24);
  await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
});

it.each([
  ['its first task', firstTask],
  ['before the deposit was asked for', before('signAgreement')],
] as const)(
  'a running lease that goes back to %s is collected, and its customer is told nothing again',
  async (_, place) => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff, { wholeStory: true });
    const { db } = platform.database;
    const texts = () =>
      db
        .select({ key: notifications.key })
        .from(notifications)
        .where(eq(notifications.leaseId, id))
        .orderBy(notifications.key);
    await eventually('its welcome', async () => (await texts()).find(({ key }) => key.endsWith(':welcome')));
    const told = await texts();
    await reset(platform.temporal, leaseWorkflowId(id), place);
    await hoursLater(platform, id, 24);
    expect(await texts()).toEqual(told);
    await hoursLater(platform, id, 6 * 24 + 12);
    await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  },
);

it('a lease that owes money of which its schedule knows nothing tells somebody, and goes on when it does', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const { db } = platform.database;
  const isIts = eq(scheduleLines.leaseId, id);
  const lines = await db.select().from(scheduleLines).where(isIts);
  await db.delete(scheduleLines).where(isIts);
  await tellBooksChanged(platform, id);
  const [told] = await eventually('a case', async () => {
    const isTold = and(eq(cases.leaseId, id), eq(cases.kind, 'step_without_effect'));
    const rows = await db.select().from(cases).where(isTold);
    return rows.length === 0 ? undefined : rows;
  });
  expect(told?.detail).toMatchObject({ step: 'none' });
  await db.insert(scheduleLines).values(lines);
  await hoursLater(platform, id, 7 * 24 + 12);
  await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
});
