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
