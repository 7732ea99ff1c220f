import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testConfig } from '#test/config';
import { connectTemporal } from './connection.ts';
import { clockOf, fastForward } from './fast-forward.ts';

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
