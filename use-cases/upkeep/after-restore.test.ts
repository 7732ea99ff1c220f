import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leases } from '#db/schema/index';
import { eventually } from '#dev/client';
import { money } from '#domain/money';
import { localDateAt } from '#domain/calendar';
import { workflowQueue } from '#domain/task-queues';
import { standingKnownTo } from '#steering/running-leases';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { visibilityCaughtUp } from '#test/visibility';
import { recoverCharges } from '../payments/reconciliation/recover-charges.ts';
import { compareLeases } from './compare-leases.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const handleOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);
const compared = async (mend = false) => {
  await visibilityCaughtUp(platform.temporal);
  const { found } = await compareLeases(platform.deps, mend);
  return Object.fromEntries(found.map(({ leaseId, difference, mended }) => [leaseId, [difference, mended]]));
};
const shift = (leaseId: string, by: number) =>
  platform.deps.db
    .update(leases)
    .set({ version: sql`${leases.version} + ${by}` })
    .where(eq(leases.id, leaseId));

it('leases and workflows are compared both ways, and what is safe is mended', async () => {
  const begin = async () => leaseIn('active', await newCustomer(platform), staff);
  const [dead, behind, ahead] = await Promise.all([begin(), begin(), begin()]);
  await eventually('agreement', async () => (Object.keys(await compared()).length === 0 ? true : undefined));

  const strange = randomUUID();
  const taskQueue = workflowQueue(platform.config.TASK_QUEUE_PREFIX);
  const startDelay = '1 hour';
  await platform.temporal.workflow.start('lease', {
    workflowId: `lease-${strange}`,
    taskQueue,
    startDelay,
    args: [{}],
  });
  await handleOf(dead.id).terminate('lost in a test');
  // Of one the books were restored to an earlier moment; the other's workflow was.
  await Promise.all([shift(behind.id, 1), shift(ahead.id, -1)]);
  expect(await compared()).toEqual({
    [dead.id]: ['without_workflow', null],
    [behind.id]: ['behind', null],
    [ahead.id]: ['ahead', null],
    [strange]: ['without_lease', null],
  });
  const before = await handleOf(ahead.id).describe();
  expect(await compared(true)).toMatchObject({
    [dead.id]: ['without_workflow', 'started from the books'],
    [behind.id]: ['behind', 'told to read the books'],
    [ahead.id]: ['ahead', 'ended, and started from the books'],
    [strange]: ['without_lease', null],
  });
  expect((await handleOf(ahead.id).describe()).runId).not.toBe(before.runId);
  await handleOf(strange).terminate('over');
  await eventually('agreement', async () => (Object.keys(await compared()).length === 0 ? true : undefined));
  for (const { id } of [dead, behind, ahead])
    expect(await standingKnownTo(platform.temporal, id)).toMatchObject({ status: 'active' });
});

it('a charge that the books have lost is written down again once, and the statement proves it', async () => {
  const customer = await newCustomer(platform);
  const lease = await leaseIn('active', customer, staff);
  const since = new Date(Date.now() - 1_000);
  const attemptId = randomUUID();
  await platform.deps.mobileMoney.get('mtn').charge({
    market: 'UG',
    amount: money(70_000, 'UGX'),
    callbackUrl: `${platform.url}/v1/callbacks/mtn/of-a-payment-that-is-lost`,
    payer: customer.phone,
    attemptId,
    reference: lease.reference,
  });
  const recover = () => recoverCharges(platform.deps, since, new Date());
  const first = await eventually('the charge on the statement', async () => {
    const found = await recover();
    return found.recovered > 0 ? found : undefined;
  });
  expect(first).toMatchObject({ recovered: 1, left: [] });
  expect(await recover()).toMatchObject({ recovered: 0, left: [] });
  const payments = async () => {
    const { data } = await staff.admin.get('/v1/payments', { query: { leaseId: lease.id } });
    return data.filter(({ id }) => id === attemptId).map(({ status, amount }) => [status, amount.amount]);
  };
  expect(await payments()).toEqual([['pending', 70_000]]);

  const date = localDateAt(Date.now(), 'UG');
  await staff.admin.post('/v1/reconciliations', { body: { provider: 'mtn', market: 'UG', date } });
  await eventually('the payment in the books', async () => {
    const [status] = (await payments())[0] ?? [];
    return status === 'succeeded' ? true : undefined;
  });
  const report = await staff.admin.post('/v1/reconciliations', { body: { provider: 'mtn', market: 'UG', date } });
  expect(report.differences.filter(({ paymentId }) => paymentId === attemptId)).toEqual([]);
});

it('a moment that the books do not come to is refused, since what was charged until then would be passed by', async () => {
  const hours = (n: number) => new Date(Date.now() + n * 3_600_000);
  await expect(recoverCharges(platform.deps, hours(3), hours(3))).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('the books end at'),
  });
});
