import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scheduleOf } from '#db/queries/leases';
import { leases } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, day, LINE, runningLease, type LateLease } from '#test/late-money';
import { chargeLateFees } from './charge-late-fees.ts';
import { mayObject } from './objection.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { recoverTheft, reportTheft } from './report-theft.ts';
import { restructureLease } from './restructure-lease.ts';
import { undoRestructure } from './undo-restructure.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const rowOf = async ({ id }: LateLease) => {
  const [row] = await database.db.select().from(leases).where(eq(leases.id, id));
  if (row === undefined) throw new Error('the lease is gone');
  return row;
};
const linesOf = async (lease: LateLease) => {
  const { id, scheduleVersion } = await rowOf(lease);
  return (await scheduleOf(database.db, id, scheduleVersion)).map(({ number, dueOn, paid }) => [number, dueOn, paid]);
};
const spread = (lease: LateLease, number: number, instalments: number, actor = agent) =>
  lease.act(
    day(number),
    (context) => restructureLease(context, { leaseId: lease.id, instalments, reason: 'a slip' }),
    actor,
  );
const undoneByHim = (lease: LateLease, number: number) => {
  const wish = { leaseId: lease.id, reason: 'I have not agreed' };
  return lease.act(day(number), (context) => undoRestructure(context, wish), lease.customer);
};

/** What puts a schedule off, between the 7th and the 9th. */
const ways: Record<string, (lease: LateLease) => Promise<unknown>> = {
  'a day at the workshop': async (lease) => {
    await lease.act(day(7), (context) => pauseLease(context, { leaseId: lease.id, kind: 'repair', days: 1 }), agent);
    await lease.act(day(8), (context) => resumeLease(context, { leaseId: lease.id }));
  },
  'a holiday of his own, ended early': async (lease) => {
    const holiday = { leaseId: lease.id, kind: 'holiday', days: 5 } as const;
    await lease.act(day(7), (context) => pauseLease(context, holiday), lease.customer);
    await lease.act(day(9), (context) => resumeLease(context, { leaseId: lease.id }), lease.customer);
  },
  'a theft, and his vehicle found': async (lease) => {
    await lease.act(day(7), (context) => reportTheft(context, { leaseId: lease.id }), lease.customer);
    await lease.act(day(9), (context) => recoverTheft(context, { leaseId: lease.id }), agent);
  },
};

describe.each(Object.entries(ways))('%s', (_what, putsOff) => {
  it('takes nobody the fortnight in which he may have undone what makes him pay more each time', async () => {
    const lease = await runningLease(database);
    await lease.cash(5, LINE);
    await spread(lease, 6, 1);
    await putsOff(lease);
    const row = await rowOf(lease);
    const objects = (number: number) => lease.act(day(number), (context) => mayObject(context, row));
    expect([await objects(20), await objects(21)]).toEqual([true, false]);
    const fees = await lease.act(day(19), (context) => chargeLateFees(context, { leaseId: lease.id }));
    expect(fees.charged).toBe(0);
    await lease.cash(19, 2 * LINE);
    await undoneByHim(lease, 20);
    expect((await rowOf(lease)).instalment).toBe(LINE);

    // What is left is what would be had nobody changed it.
    const other = await runningLease(database);
    await other.cash(5, LINE);
    await putsOff(other);
    await other.cash(19, 2 * LINE);
    expect(await linesOf(lease)).toEqual(await linesOf(other));
  });
});

it('whoever is spread over a little less a second time may have both undone', async () => {
  const lease = await runningLease(database);
  await lease.cash(5, LINE);
  await spread(lease, 6, 1);
  await spread(lease, 7, 2, admin);
  for (const instalment of [9 * LINE, LINE]) {
    await undoneByHim(lease, 8);
    expect((await rowOf(lease)).instalment).toBe(instalment);
  }
  await expect(undoneByHim(lease, 8)).rejects.toMatchObject({ code: 'schedule_change_refused' });
});
