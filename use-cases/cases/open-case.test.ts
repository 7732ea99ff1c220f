import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { asc, eq } from 'drizzle-orm';
import { audit, cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { transact } from '../context.ts';
import { closeFailing, noteFailing } from './failing-case.ts';
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
  const told = await one.db.select().from(audit).where(eq(audit.type, 'case.opened')).orderBy(asc(audit.at));
  expect(told.map(({ detail, actor }) => [detail['kind'], actor.id])).toEqual([
    ['visit_customer', 'test'],
    ['activity_failing', 'workers'],
  ]);
});

it('what works again closes the case of what failed, and of nothing beside it', async () => {
  const workflowId = `lease-${uuidv7()}`;
  const fault = { kind: 'outage', code: 'ECONNREFUSED', tries: 5 };
  const collecting = (activityId: string) => ({ workflowId, series: workflowId, activity: 'collect', activityId });
  const [one, other] = [collecting('collect-1'), collecting('collect-2')];
  await noteFailing(database.db, { ...one, ...fault });
  await noteFailing(database.db, { ...other, ...fault });
  await closeFailing(database.db, one);
  const isIts = eq(cases.leaseId, workflowId.replace('lease-', ''));
  const told = () => database.db.select().from(cases).where(isIts).orderBy(asc(cases.id));
  expect(await told()).toMatchObject([
    { status: 'closed', detail: { activityId: 'collect-1' } },
    { status: 'open', detail: { activityId: 'collect-2' } },
  ]);
  const series = 'upkeep';
  const ofRun = (hour: number) => `${series}-2026-11-28T0${hour}:17:00Z`;
  const upkeep = { series, activity: 'deleteEvents', activityId: '3' };
  await noteFailing(database.db, { ...upkeep, workflowId: ofRun(1), ...fault });
  await closeFailing(database.db, { ...upkeep, workflowId: ofRun(2), activityId: '4' });
  const isUpkeeps = eq(cases.key, 'activity_failing:upkeep:deleteEvents');
  expect(await database.db.select().from(cases).where(isUpkeeps)).toMatchObject([{ status: 'closed' }]);
});
