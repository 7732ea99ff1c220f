import { afterAll, beforeAll, expect, it } from 'vitest';
import { figures, type Figure } from '#platform/metrics/catalogue';
import { Metrics } from '#platform/metrics/metrics';
import { cast, hoursLater, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { createUpkeepActivities } from '#activities/upkeep';
import { measureBooks } from './measure-books.ts';
import { measureHost } from './measure-host.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

it('shows how the books stand and what the queues hold, each figure of the catalogue that is looked up', async () => {
  const staff = await cast(platform);
  const { id: leaseId } = await leaseIn('active', await newCustomer(platform), staff);
  await hoursLater(platform, leaseId, 8 * 24);
  const metrics = new Metrics('worker');
  const { db, temporal, config } = platform.deps;
  measureBooks(metrics, {
    db,
    client: temporal,
    namespace: config.TEMPORAL_NAMESPACE,
    prefix: config.TASK_QUEUE_PREFIX,
  });
  const text = await metrics.text();
  const value = (series: string) => {
    const line = text.split('\n').find((one) => one.startsWith(series));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
  };
  expect(value('leases{market="UG",status="active"')).toBe(1);
  expect(value('portfolio_at_risk_ratio{market="UG",days="30"')).toBe(0);
  expect(value('payments_recent{provider="mtn",kind="deposit",status="succeeded",reason=""')).toBe(1);
  expect(value('service_level_recent{level="collections",window="5m",outcome="in_time"')).toBe(1);
  expect(value('service_level_recent{level="collections",window="5m",outcome="late"')).toBe(0);
  expect(value('task_queue_pollers{queue="workflows",type="workflow"')).toBeGreaterThan(0);
  expect(value('task_queue_pollers{queue="payments",type="activity"')).toBeGreaterThan(0);
  expect(value('payments_unbooked_age_seconds')).toBe(0);
  expect(value('payments_unknown{provider="mpesa"')).toBe(0);
  expect(value('database_connections_limit')).toBeGreaterThan(10);

  const unread = (await metrics.valuesOf('figures_unread')).filter((figure) => figure.value > 0);
  expect(unread).toEqual([]);
  // Without anything to count a figure has no series, but its name is there.
  const lookedUp = Object.entries<Figure>(figures).filter(([, { shownBy }]) => shownBy === 'worker (upkeep)');
  const ofUpkeep = new Set(['leases_without_workflow', 'workflows_stuck', 'workflows_looked_at_timestamp_seconds']);
  measureHost(metrics, { DISKS: ['/'], CERTIFICATES: [] });
  const withHost = await metrics.text();
  const named = lookedUp.map(([name]) => name).filter((name) => !ofUpkeep.has(name));
  for (const name of named) expect(withHost).toContain(`# TYPE ${name} gauge`);
});

it('a worker that has not looked for dead workflows yet does not say that it found none in 1970', async () => {
  const metrics = new Metrics('worker');
  const { db, sql, config, log, temporal } = platform.deps;
  createUpkeepActivities({ db, sql, config, log, temporal, metrics });
  expect(await metrics.valuesOf('workflows_looked_at_timestamp_seconds')).toEqual([]);
  expect(await metrics.valuesOf('leases_without_workflow')).toEqual([]);
});
