import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases } from '#db/schema/index';
import { createLogger } from '#platform/log';
import { ProviderFailure } from '#providers/provider-failure';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { tellFailures } from './tell-failures.ts';
import { watchFailures } from './watch-failures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const MINUTE = 60_000;
const logger = new DefaultLogger('ERROR');
const away = () => {
  throw new ProviderFailure('unknown', 'no answer');
};
const waits = () => {
  throw ApplicationFailure.create({ type: 'NotItsTurn', message: 'others are prompted before it' });
};

/** The tries of one activity in one process: minutes after it was ordered, and what each does. */
async function tried(workflowId: string, tries: readonly (readonly [after: number, work: () => never])[]) {
  const log = createLogger('test', 'silent');
  const watched = watchFailures(tellFailures({ db: database.db, log, metrics: null }));
  const began = Date.now();
  const opened: number[] = [];
  for (const [after, work] of tries) {
    const info = {
      workflowExecution: { workflowId, runId: 'one' },
      activityId: 'charge',
      activityType: 'collect',
      scheduledTimestampMs: began,
      currentAttemptScheduledTimestampMs: began + after * MINUTE,
    };
    const environment = new MockActivityEnvironment(info, { interceptors: [watched], logger });
    await expect(environment.run(async () => work())).rejects.toBeDefined();
    const found = await database.db
      .select({ id: cases.id })
      .from(cases)
      .where(eq(cases.key, `activity_failing:${workflowId}:collect:charge`));
    if (found.length > 0) opened.push(after);
  }
  return opened;
}

it('a provider that does not answer is told of after half an hour, whatever its prompt has waited for before', async () => {
  expect(
    await tried(
      'at-once',
      [0, 1, 29, 31].map((after) => [after, away]),
    ),
  ).toEqual([31]);
  const queue = [0, 10, 20, 30, 40].map((after) => [after, waits] as const);
  const outage = [41, 42, 69, 72].map((after) => [after, away] as const);
  expect(await tried('after-its-turn', [...queue, ...outage])).toEqual([72]);
});
