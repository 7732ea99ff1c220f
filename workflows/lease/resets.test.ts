import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ LOG_LEVEL: 'silent' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

/** Goes back to before the newest charge was ordered. */
async function reset(leaseId: string): Promise<void> {
  const { events } = await platform.temporal.workflow.getHandle(`lease-${leaseId}`).fetchHistory();
  const ordered = events?.findLast((event) =>
    event.activityTaskScheduledEventAttributes?.activityId?.startsWith('collect-'),
  );
  await platform.temporal.workflowService.resetWorkflowExecution({
    namespace: platform.temporal.options.namespace,
    workflowExecution: { workflowId: `lease-${leaseId}` },
    reason: 'an operator looks again',
    workflowTaskFinishEventId: ordered?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ?? null,
    requestId: randomUUID(),
  });
}

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
  await reset(id);
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
