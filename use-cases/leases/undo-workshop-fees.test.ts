import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leases, maintenance } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, agrees, day, FEE, LINE, on, runningLease, type LateLease } from '#test/late-money';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';

/** Late fees of days that the house owes for its own workshop. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Work that ended on a day, by which so many days are owed. @returns its id */
async function worked(lease: LateLease, ended: number, creditDays: number): Promise<string> {
  const id = randomUUID();
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  const of = { vehicleId: row?.vehicleId ?? '', leaseId: lease.id, kind: 'repair', reason: 'the gearbox' } as const;
  const days = { from: on(ended - creditDays), until: on(ended), endedAt: day(ended), creditDays } as const;
  await database.db.insert(maintenance).values({ id, ...of, ...days, status: 'done', credit: 'due', doneBy: agent });
  return id;
}

const gives = (lease: LateLease, number: number, days: number, workId?: string) =>
  lease.act(
    day(number),
    (context) => pauseLease(context, { leaseId: lease.id, kind: 'repair', days, isOwed: true, workId }),
    agent,
  );
const resumes = (lease: LateLease, number: number) =>
  lease.act(day(number), (context) => resumeLease(context, { leaseId: lease.id }), system('test'));

describe('days that are given for our own workshop', () => {
  it('undo the late fee that was charged in them, once, and what was paid of it pays the line', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.pays(9, FEE);
    expect(await lease.books(10)).toMatchObject({ feesCharged: FEE, feesPaid: FEE, paid: [0, ...zeros(9)] });
    // From the 5th on he could not ride.
    await gives(lease, 10, 5, await worked(lease, 10, 5));
    expect(await lease.books(10)).toMatchObject({ feesCharged: 0, feesPaid: 0, paid: [FEE, ...zeros(9)] });
    await agrees(database, lease, 10);
    const undone = await lease.timeline('lease.late_fee_undone');
    expect(undone).toMatchObject([{ instalment: 1, amount: { amount: FEE }, chargedOn: on(9), owedSince: on(5) }]);
    // Paid by the last day of its grace as it is now, it stays so whatever is looked at later.
    await lease.pays(13, LINE - FEE);
    await resumes(lease, 15);
    await lease.fees(16);
    expect(await lease.books(16)).toMatchObject({ feesCharged: 0, paid: [LINE, ...zeros(9)] });
    await agrees(database, lease, 16);
  });

  it('a line that is not paid by then is charged its fee like any other, and one that turns out to be late too', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await gives(lease, 10, 5, await worked(lease, 10, 5));
    await resumes(lease, 15);
    await lease.fees(15);
    expect(await lease.books(15)).toMatchObject({ feesCharged: FEE });
    await agrees(database, lease, 15);

    const other = await runningLease(database);
    await other.fees(9);
    await gives(other, 10, 5, await worked(other, 10, 5));
    const paid = await other.cash(12, LINE);
    await resumes(other, 15);
    await other.act(
      day(15),
      (context) => reversePayment(context, { leaseId: other.id, attemptId: paid, reason: 'false notes' }),
      admin,
    );
    await other.fees(16);
    expect(await other.books(16)).toMatchObject({ feesCharged: FEE });
    await agrees(database, other, 16);
  });

  it('leave a fee of before them, and every fee where the work is not known', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    // Fetched on the 12th: the fee of the 9th has nothing to do with it.
    await gives(lease, 18, 4, await worked(lease, 18, 4));
    expect(await lease.books(18)).toMatchObject({ feesCharged: FEE });
    const other = await runningLease(database);
    await other.fees(9);
    await gives(other, 10, 5);
    expect(await other.books(10)).toMatchObject({ feesCharged: FEE });
  });
});

const zeros = (count: number) => Array.from({ length: count }, () => 0);
