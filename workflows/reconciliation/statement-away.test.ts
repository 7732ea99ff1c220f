import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { fastForward } from '#platform/temporal/fast-forward';
import { startReconciliationWorld, type ReconciliationWorld } from '#test/reconciliation-world';

let world: ReconciliationWorld;
beforeAll(async () => {
  world = await startReconciliationWorld();
});
afterAll(() => world.platform.close());

const HOUR = 3_600_000;
const ask = (date: string) =>
  world.staff.admin.post('/v1/reconciliations', { body: { provider: 'airtel', date, market: 'UG' } });
const later = (date: string, hours: number) => {
  const { platform } = world;
  const workflowId = `${platform.config.TASK_QUEUE_PREFIX}reconciliation-airtel-UG-${date}`;
  return fastForward(platform.temporal, workflowId, hours * HOUR);
};
/** What people were told of a report's activities. */
const told = async (date: string) => {
  const { data } = await world.staff.agent.get('/v1/cases', { query: { kind: 'activity_failing', limit: 100 } });
  return data.filter(({ detail }) => String(detail['workflowId']).endsWith(date));
};
const reported = (id: string) =>
  eventually('the report', async () => {
    const said = await world.staff.agent.get('/v1/reconciliations/{id}', { path: { id } });
    return said.status === 'running' ? undefined : said;
  });

it('a provider that does not give its statement is asked for half a day; who asks meanwhile joins the run', async () => {
  await world.faults({ down: true, providers: ['airtel'] });
  const [waits, fails] = ['2026-01-02', '2026-01-03'] as const;
  const [first, second, other] = await Promise.all([ask(waits), ask(waits), ask(fails)]);
  expect(first).toMatchObject({ status: 'running', finishedAt: null });
  expect(second.id).toBe(first.id);
  await later(fails, 13);
  const failed = await reported(other.id);
  expect(failed).toMatchObject({ status: 'failed', differences: [] });
  expect(failed.failure).toContain('airtel');

  await later(waits, 0.4);
  expect(await told(waits), 'a provider that is away for less than half an hour').toEqual([]);
  const opened = await eventually('a case', async () => {
    await later(waits, 0.4);
    return (await told(waits))[0];
  });
  expect(opened).toMatchObject({
    status: 'open',
    detail: { activity: 'reconcileMarket', kind: 'provider', code: 'ProviderFailure' },
  });

  await world.faults({});
  // The breaker goes by the wall, and lets something through again after five seconds.
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  await later(waits, 1);
  expect(await reported(first.id)).toMatchObject({ status: 'balanced', matched: 0 });
  await eventually('the case to be closed', async () => {
    const [one] = await told(waits);
    return one?.status === 'closed' ? one : undefined;
  });
});
