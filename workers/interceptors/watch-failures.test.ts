import { randomUUID } from 'node:crypto';
import { and, DrizzleQueryError, eq } from 'drizzle-orm';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { DEFECT, OUTAGE, REFUSAL } from '#domain/failures';
import { createLogger } from '#platform/log';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { tellFailures } from './tell-failures.ts';
import { watchFailures } from './watch-failures.ts';

let database: TestDatabase;
const logger = new DefaultLogger('ERROR');
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const away = () => new DrizzleQueryError('select 1', [], Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
const unfit = () =>
  new DrizzleQueryError('select 1', [], Object.assign(new postgres.PostgresError('no'), { code: '22001' }));

/** An activity of a workflow of its own, of which the database is away for six tries. */
async function failed(retryPolicy: object) {
  const { db } = database;
  const watching = watchFailures(tellFailures({ db, log: createLogger('test', 'silent'), metrics: null }));
  const workflowExecution = { workflowId: `lease-${randomUUID()}`, runId: randomUUID() };
  const told = { ...defaultActivityInfo, workflowExecution, activityType: 'pauseLease', activityId: '2' };
  const runs = (attempt: number, work: () => Promise<unknown>): Promise<unknown> =>
    new MockActivityEnvironment({ ...told, attempt, retryPolicy }, { interceptors: [watching], logger }).run(work);
  const fails = (attempt: number, error: Error) => runs(attempt, () => Promise.reject(error));
  for (let attempt = 1; attempt <= 6; attempt += 1)
    await expect(fails(attempt, away())).rejects.toMatchObject({ type: OUTAGE });
  const isIts = and(eq(cases.kind, 'activity_failing'), eq(cases.leaseId, workflowExecution.workflowId.slice(6)));
  const statuses = async () => (await db.select().from(cases).where(isIts)).map(({ status }) => status);
  expect(await statuses()).toEqual(['open']);
  return { runs: (work: () => Promise<unknown>) => runs(7, work), fails: (error: Error) => fails(7, error), statuses };
}

const answering = { nonRetryableErrorTypes: [REFUSAL, DEFECT] };

describe('the case of an activity that failed is closed', () => {
  it('when it works', async () => {
    const { runs, statuses } = await failed(answering);
    expect(await runs(() => Promise.resolve('done'))).toBe('done');
    expect(await statuses()).toEqual(['closed']);
  });

  it('when it refuses what a person asked, who has his answer', async () => {
    const { fails, statuses } = await failed(answering);
    await expect(fails(new Problem('invalid_state'))).rejects.toMatchObject({ type: REFUSAL });
    expect(await statuses()).toEqual(['closed']);
  });

  it('when it is broken and the person who waits is told so: nobody tries it any more', async () => {
    const { fails, statuses } = await failed(answering);
    await expect(fails(unfit())).rejects.toMatchObject({ type: DEFECT });
    expect(await statuses()).toEqual(['closed']);
  });

  it('and not when it is broken and tried again', async () => {
    const { fails, statuses } = await failed({});
    await expect(fails(unfit())).rejects.toMatchObject({ type: DEFECT });
    expect(await statuses()).toEqual(['open']);
  });
});
