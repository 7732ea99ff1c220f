import { randomUUID } from 'node:crypto';
import protocol from '@temporalio/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { readers } from '#domain/events/catalogue';
import { activityQueue, capabilities, workerKinds, workflowQueue, type WorkerKind } from '#domain/task-queues';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { tellOfTemporal } from '#test/temporal-runtime';
import { createWorkers, outboxReaders } from './create-workers.ts';

/** Processes that run a part of the work each, as `WORKERS` says. */
let database: TestDatabase;
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
beforeAll(async () => {
  tellOfTemporal();
  database = await createTestDatabase();
  temporal = await connectTemporal(testConfig({}));
});
afterAll(async () => {
  await temporal.connection.close();
  await database.close();
});

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = protocol.temporal.api.enums.v1.TaskQueueType;

/** The kinds whose queues somebody polls. */
async function polled(prefix: string): Promise<WorkerKind[]> {
  const found = await Promise.all(
    workerKinds.map(async (kind) => {
      const isWorkflows = kind === 'workflows';
      const { pollers } = await temporal.workflowService.describeTaskQueue({
        namespace: temporal.options.namespace,
        taskQueue: { name: isWorkflows ? workflowQueue(prefix) : activityQueue(prefix, kind) },
        taskQueueType: isWorkflows ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
      });
      return (pollers ?? []).length > 0 ? [kind] : [];
    }),
  );
  return found.flat();
}

/** Whoever sends texts needs an account for it; the others do not. */
const texts = {
  AFRICASTALKING_BASE_URL: 'http://127.0.0.1:9',
  AFRICASTALKING_USERNAME: 'sandbox',
  AFRICASTALKING_API_KEY: 'key',
};

const parts: WorkerKind[][] = [...workerKinds.map((kind) => [kind]), [...capabilities], ['leases', 'leases']];

it.each(parts.map((kinds) => ({ kinds })))(
  'a process that is asked for $kinds runs that and nothing else',
  async ({ kinds }) => {
    const prefix = `w${randomUUID().slice(0, 8)}-`;
    const config = testConfig({
      TASK_QUEUE_PREFIX: prefix,
      WORKERS: kinds.join(','),
      ...(kinds.includes('support') || kinds.includes('notifications') ? texts : {}),
    });
    const { db, sql } = database;
    const common = { config, log: createLogger('test', config.LOG_LEVEL), db, sql, temporal };
    const { workers, connection } = await createWorkers(common);
    // Far above a stall of the machine: the process ends with a step that is broken off.
    const [{ options: ofWorkflows } = {}] = kinds.includes('workflows') ? workers : [];
    expect(ofWorkflows?.isolateExecutionTimeoutMs).toBe(kinds.includes('workflows') ? 60_000 : undefined);
    const running = Promise.all(workers.map((worker) => worker.run()));
    const wanted = [...new Set<WorkerKind>(kinds)].toSorted();
    expect(
      await eventually('all that are wanted to poll', async () => {
        const now = await polled(prefix);
        return now.length < wanted.length ? undefined : now.toSorted();
      }),
    ).toEqual(wanted);
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
  },
);

it('readers of the outbox run with the kind of worker that the catalogue says', () => {
  const config = testConfig(texts);
  const log = createLogger('test', config.LOG_LEVEL);
  const started = Object.entries(outboxReaders({ config, log, ...database, temporal })).flatMap(([kind, some]) =>
    [some].flat().map(({ name }) => [name, kind]),
  );
  const said = Object.entries(readers).map(([name, [, runsWith]]) => [name, runsWith]);
  expect(Object.fromEntries(started)).toEqual(Object.fromEntries(said.filter(([name]) => name !== 'relay')));
});

it.each(['leases,lease', 'leases;payments'])('refuses %j, and names the variable', (value) => {
  expect(() => testConfig({ WORKERS: value })).toThrow(/WORKERS.*must be some of workflows, credit/s);
});
