import { ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { addDays, daysBetween, instantOf, localDateAt, type LocalDate } from '#domain/calendar';
import type { Market } from '#domain/markets';
import { fastForward } from '#platform/temporal/fast-forward';
import { leaseIn, newCustomer } from '#test/people';
import { startReconciliationWorld, type Provider, type ReconciliationWorld } from '#test/reconciliation-world';
import { ensureSchedules, platformSchedules } from '#workers/schedules';

/** The schedule on the real server: missed, failed, paused, made up for and triggered by hand. */
let world: ReconciliationWorld;
beforeAll(async () => {
  world = await startReconciliationWorld();
  await world.asByDay();
  const schedules = platformSchedules(prefix()).filter(({ scheduleId }) => scheduleId.endsWith('reconciliation'));
  await ensureSchedules(world.platform.temporal, schedules);
  await handle().pause('somebody goes on holiday');
});
afterAll(() => world.platform.close());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const walls = [
  ['mtn', 'UG'],
  ['mtn', 'RW'],
  ['airtel', 'UG'],
  ['airtel', 'RW'],
  ['mpesa', 'KE'],
] as const;

const prefix = () => world.platform.config.TASK_QUEUE_PREFIX;
const handle = () => world.platform.temporal.schedule.getHandle(`${prefix()}reconciliation`);
const yesterday = (market: Market) => addDays(localDateAt(Date.now(), market), -1);

/** The status of every report of a wall, by its date. */
async function reports(provider: Provider, market: Market): Promise<Map<string, string[]>> {
  const { data } = await world.staff.agent.get('/v1/reconciliations', { query: { provider, market, limit: 100 } });
  const byDate = new Map<string, string[]>();
  for (const { date, status } of data) byDate.set(date, [...(byDate.get(date) ?? []), status]);
  return byDate;
}

/** Runs that the schedule started, and that are not over. */
async function running(): Promise<number> {
  let count = 0;
  const query = `WorkflowType = 'dailyReconciliation' AND TaskQueue = '${prefix()}workflows'`;
  for await (const { status } of world.platform.temporal.workflow.list({ query }))
    if (status.name === 'RUNNING') count += 1;
  return count;
}

/** Waits until nothing that the schedule has started runs any more, for three looks in a row. */
async function atRest(): Promise<void> {
  let quiet = 0;
  await eventually(
    'the schedule at rest',
    async () => {
      const { info } = await handle().describe();
      quiet = info.runningActions.length === 0 && (await running()) === 0 ? quiet + 1 : 0;
      return quiet >= 3 || undefined;
    },
    120_000,
  );
}

/** A payment that was asked for at noon of a day, as the books have it. */
async function askedOn(paymentId: string, date: LocalDate, market: Market): Promise<void> {
  const createdAt = new Date(instantOf(date, 12, market));
  await world.tamper(paymentId, { createdAt, providerRequestId: null });
}

async function payment(provider: 'mtn' | 'airtel' | 'mpesa', digits: string, status: string) {
  const customer = await newCustomer(world.platform, { digits, provider });
  const market = provider === 'mpesa' ? { market: 'KE' as const } : {};
  const { id } = await leaseIn('awaiting_deposit', customer, world.staff, market);
  const payments = () => world.paymentsOf(customer.client, id);
  const found = await eventually(`a payment that is ${status}`, async () =>
    (await payments()).find((one) => one.status === status),
  );
  return { ...found, payments };
}

it('every day has one good report, whatever became of the schedule', async () => {
  const failed = await payment('mtn', '010', 'failed');
  await askedOn(failed.id, addDays(yesterday('UG'), -5), 'UG');
  await world.faults({ loseCallbacks: 1, providers: ['mpesa'] });
  const doubt = await payment('mpesa', '023', 'unknown');
  await world.faults({});
  const doubtful = addDays(yesterday('KE'), -1);
  await askedOn(doubt.id, doubtful, 'KE');
  // Its statement lists nothing else: one empty reading is not enough.
  await world.wasRead(doubtful, { at: new Date(instantOf(yesterday('KE'), 12, 'KE')) });
  const readingsOf = (provider: Provider, date: string) => (provider === 'mpesa' && date === doubtful ? 2 : 1);

  const due = new Date(Math.floor((Date.now() - 4 * HOUR) / DAY) * DAY + 4 * HOUR);
  const [start, end] = [new Date(due.getTime() - 2 * DAY - 1_000), new Date(due.getTime() + 1_000)];
  for (const overlap of [
    ScheduleOverlapPolicy.SKIP,
    ScheduleOverlapPolicy.BUFFER_ALL,
    ScheduleOverlapPolicy.ALLOW_ALL,
  ]) {
    await handle().backfill({ start, end, overlap });
    await atRest();
    for (const [provider, market] of walls) {
      const byDate = await reports(provider, market);
      const backfilled = addDays(localDateAt(start.getTime(), market), -1);
      const first = provider === 'mtn' && market === 'UG' ? addDays(yesterday('UG'), -5) : backfilled;
      const length = daysBetween(first, yesterday(market)) + 1;
      const wanted = Array.from({ length }, (_, i) => addDays(first, i));
      expect([...byDate.keys()].toSorted(), `${provider} ${market} ${overlap}`).toEqual(wanted);
      for (const [date, statuses] of byDate)
        expect(statuses, `${provider} ${market} ${date}`).toHaveLength(readingsOf(provider, date));
    }
  }
  const decided = await eventually('the charge decided', async () =>
    (await doubt.payments()).find(({ id, status }) => id === doubt.id && status === 'failed'),
  );
  expect(decided.reason).toBe('not_confirmed');
  await handle().unpause();
  await handle().trigger();
  await atRest();
  for (const [provider, market] of walls)
    for (const [date, statuses] of await reports(provider, market))
      expect(statuses, `${provider} ${market} ${date}`).toHaveLength(readingsOf(provider, date));
}, 240_000);

it('a day whose statement was away is done again, and the others are not', async () => {
  const [earlier, last] = [addDays(yesterday('UG'), -1), yesterday('UG')];
  await askedOn((await payment('airtel', '010', 'failed')).id, earlier, 'UG');
  const { sql } = world.platform.database;
  await sql`delete from payments.reconciliations where market = 'UG' and date in (${earlier}, ${last})`;
  await world.faults({ down: true, providers: ['airtel'] });
  await handle().trigger();
  for (const [date, hours] of [
    [earlier, 1],
    [last, 13],
  ] as const) {
    const workflowId = `${prefix()}reconciliation-airtel-UG-${date}`;
    await eventually(
      `airtel is asked for ${date}`,
      async () => (await reports('airtel', 'UG')).get(date)?.includes('running') === true || undefined,
    );
    await fastForward(world.platform.temporal, workflowId, hours * HOUR);
  }
  await atRest();
  const failed = await reports('airtel', 'UG');
  expect([failed.get(earlier), failed.get(last)]).toEqual([['failed'], ['failed']]);
  expect((await reports('mtn', 'UG')).get(last)).toHaveLength(1);

  await world.faults({});
  // The breaker goes by the wall, and lets something through again after five seconds.
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  for (const _ of [1, 2]) {
    await handle().trigger();
    await atRest();
  }
  const done = await reports('airtel', 'UG');
  for (const date of [earlier, last]) expect(done.get(date)?.toSorted()).toEqual(['balanced', 'failed']);
  expect((await reports('mtn', 'UG')).get(last)).toHaveLength(1);
}, 240_000);
