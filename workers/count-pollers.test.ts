import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { workflowQueue } from '#domain/task-queues';
import { Metrics } from '#platform/metrics/metrics';
import { startTestPlatform } from '#test/platform';
import { countPollers } from './count-pollers.ts';
import { measureBooks } from './measure-books.ts';
import { WorkerVersions } from './worker-versions.ts';

const at = 1_000_000_000;
const poller = (buildId: string, ago = 10) => ({
  lastAccessTime: { seconds: at / 1_000 - ago },
  deploymentOptions: { deploymentName: 'rent-to-own', buildId, workerVersioningMode: 2 },
});
const bare = { lastAccessTime: { seconds: at / 1_000 } };
const version = (buildId: string) => ({ deploymentName: 'rent-to-own', buildId });

it.each([
  ['of the current version alone', [poller('one'), poller('two'), poller('two')], { current: 'one' }, 1],
  ['none of one that does not get work', [poller('two')], { current: 'one' }, 0],
  ['none that was seen before the last poll', [poller('one', 100), poller('one', 200)], { current: 'one' }, 0],
  [
    'of the ramping version, where it has fewer',
    [poller('one'), poller('one'), poller('two')],
    { current: 'one', ramping: 'two' },
    1,
  ],
  ['none where the ramping version has none', [poller('one')], { current: 'one', ramping: 'two' }, 0],
  ['those without a version where none is current', [bare, bare, poller('one')], {}, 2],
])('counts %s', (_, pollers, { current, ramping }: { current?: string; ramping?: string }, count) => {
  const versioningInfo = {
    ...(current === undefined ? {} : { currentDeploymentVersion: version(current) }),
    ...(ramping === undefined ? {} : { rampingDeploymentVersion: version(ramping) }),
  };
  expect(countPollers({ pollers, versioningInfo }, at)).toBe(count);
});

it('a queue whose only workers have a version that nobody made current is without workers', async () => {
  const deployment = `rent-to-own-${randomUUID().slice(0, 8)}`;
  const platform = await startTestPlatform({ WORKER_DEPLOYMENT: deployment, WORKER_BUILD: 'one' });
  const { db, temporal: client, config } = platform.deps;
  const pollers = async () => {
    const metrics = new Metrics('worker');
    measureBooks(metrics, { db, client, namespace: config.TEMPORAL_NAMESPACE, prefix: config.TASK_QUEUE_PREFIX });
    const values = await metrics.valuesOf('task_queue_pollers');
    return values.find(({ labels }) => labels['queue'] === 'workflows')?.value;
  };
  await eventually('a worker that polls', async () => {
    const taskQueue = { name: workflowQueue(config.TASK_QUEUE_PREFIX) };
    const order = { namespace: config.TEMPORAL_NAMESPACE, taskQueue, taskQueueType: 1 };
    return (await client.workflowService.describeTaskQueue(order)).pollers?.length === 0 ? undefined : true;
  });
  expect(await pollers()).toBe(0);
  const versions = new WorkerVersions(client, deployment);
  await eventually('the version to be current', () =>
    versions.makeCurrent('one').then(
      () => true,
      () => undefined,
    ),
  );
  await eventually('workers with work', async () => ((await pollers()) === 0 ? undefined : true));
  await platform.close();
});
