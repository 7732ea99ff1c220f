import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { transact } from '../context.ts';
import { noteFailing } from './failing-case.ts';
import { openCase } from './open-case.ts';

/** One connection: Postgres makes a plan for all values when it has seen a statement often enough. */
let database: TestDatabase;
let one: DatabaseConnection;
beforeAll(async () => {
  database = await createTestDatabase();
  one = connectDatabase(database.url, { pool: 1, name: 'one' });
});
afterAll(async () => {
  await one.close();
  await database.close();
});

it('a case is opened however often it was opened before, once', async () => {
  const leaseId = uuidv7();
  const workflowId = `lease-${leaseId}`;
  for (let tries = 1; tries <= 12; tries += 1) {
    await transact(one.db, system('test'), new Date(), (context) =>
      openCase(context, { kind: 'visit_customer', leaseId, paymentId: null, detail: {} }),
    );
    const fault = { kind: 'outage', code: 'ECONNREFUSED', tries };
    await noteFailing(one.db, { workflowId, series: workflowId, activity: 'collect', ...fault });
  }
  const found = await one.db.select({ kind: cases.kind, detail: cases.detail }).from(cases);
  expect(found).toHaveLength(2);
  expect(found.find(({ kind }) => kind === 'activity_failing')?.detail).toMatchObject({ tries: 12 });
});
