import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testConfig } from '#test/config';
import { connectTemporal } from './connection.ts';
import { clockOf, fastForward } from './fast-forward.ts';

const { CommandType } = protocol.temporal.api.enums.v1;
const { Command } = protocol.temporal.api.command.v1;

let temporal: Client;
beforeAll(async () => {
  temporal = await connectTemporal(testConfig());
});
afterAll(() => temporal.connection.close());

it('says how far it got when its time is up, and goes no further', async () => {
  // Nobody works on them, so that their time waits.
  const journeys = Array.from({ length: 20 }, async (_, i) => {
    const workflowId = `waits-${randomUUID()}`;
    const handle = await temporal.workflow.start('waits', { workflowId, taskQueue: workflowId });
    const { at, outcome } = await fastForward(temporal, workflowId, 366 * 86_400_000, 100 + 20 * i);
    expect(outcome).toBe('time_out');
    const later = await clockOf(temporal, workflowId);
    expect(later.getTime() - at.getTime()).toBeLessThan(10_000);
    await handle.terminate('looked at');
  });
  await Promise.all(journeys);
});

it('waits for a workflow that is about to begin, and says where there is none', async () => {
  const [begins, never] = [`begins-${randomUUID()}`, `never-${randomUUID()}`];
  const journeys = [begins, never].map((id) => fastForward(temporal, id, 86_400_000, 3_000));
  // Nobody works on it, so that its time waits.
  const handle = await temporal.workflow.start('begins', { workflowId: begins, taskQueue: begins });
  const [one, other] = await Promise.all(journeys);
  expect([one?.outcome, other?.outcome]).toEqual(['time_out', 'not_begun']);
  await handle.terminate('looked at');
});

it('waits for no event of an activity that is tried again: there is none', async () => {
  const workflowId = `tries-${randomUUID()}`;
  const handle = await temporal.workflow.start('tries', { workflowId, taskQueue: workflowId });
  const { connection, options } = temporal;
  const { workflowService } = connection;
  const asked = { namespace: options.namespace, taskQueue: { name: workflowId } };
  const poll = <T>(work: () => Promise<T>) => connection.withDeadline(Date.now() + 20_000, work);
  const { taskToken } = await poll(() => workflowService.pollWorkflowTaskQueue(asked));
  const hour = { seconds: 3_600 };
  const scheduleActivityTaskCommandAttributes = {
    activityId: '1',
    activityType: { name: 'fails' },
    taskQueue: { name: workflowId },
    scheduleToCloseTimeout: { seconds: 720_000 },
    startToCloseTimeout: hour,
    retryPolicy: { initialInterval: hour, backoffCoefficient: 1 },
  };
  const commandType = CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK;
  const commands = [Command.fromObject({ commandType, scheduleActivityTaskCommandAttributes })];
  await workflowService.respondWorkflowTaskCompleted({ namespace: options.namespace, taskToken, commands });
  const fails = async () => {
    const tried = await poll(() => workflowService.pollActivityTaskQueue(asked));
    const failure = { message: 'no', applicationFailureInfo: { nonRetryable: false } };
    await workflowService.respondActivityTaskFailed({ ...asked, taskToken: tried.taskToken, failure });
  };
  await fails();
  // The first journey goes to the second try, which nobody works on before it is over.
  await fastForward(temporal, workflowId, 10 * 3_600_000, 1_000);
  const before = await clockOf(temporal, workflowId);
  await fails();
  const begun = Date.now();
  await fastForward(temporal, workflowId, 10 * 3_600_000, 2_000);
  expect(Date.now() - begun).toBeLessThan(8_000);
  expect((await clockOf(temporal, workflowId)).getTime() - before.getTime()).toBeGreaterThan(3_000_000);
  await handle.terminate('looked at');
});
