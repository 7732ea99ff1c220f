import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, cases, inbound } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config, deps } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { decideInsurance } from '../payments/deciding/decide-insurance.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { boundOwnPayments } from '../payments/charging/bound-own-payments.ts';
import { refundsDue } from '../payments/refunds/refunds.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { receiveMoney } from '../payments/cash/receive-money.ts';
import { updateVehicle } from '../vehicles/update-vehicle.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { completeLease } from './end-lease.ts';
import { waiveFees } from './waive-fees.ts';
import { writeOffLease } from './write-off.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('a lease that was paid off a moment before is not written off: it is refused, and completed', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.pays('2026-01-06T06:00:00Z', 100_000);
  const writeOff = lease.at('2026-01-06T06:00:01Z', (context) =>
    writeOffLease(context, { leaseId: lease.id, reason: 'gone' }),
  );
  await expect(writeOff).rejects.toMatchObject({ code: 'invalid_state' });
  await lease.at('2026-01-06T06:00:02Z', (context) => completeLease(context, { leaseId: lease.id }));
  expect((await lease.row()).status).toBe('completed');
});

it('it does not wait for what its customer asks his phone for, unless that pays all of it', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const pays = (amount: number) => {
    const order = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId: randomUUID(), amount } as const;
    return lease.at('2026-01-06T06:00:00Z', (context) => openAttempt(context, deps, { ...order, kind: 'pay' }));
  };
  const writeOff = () =>
    lease.at('2026-01-06T06:00:01Z', (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
  const all = await pays(100_000);
  await expect(writeOff()).rejects.toMatchObject({ code: 'invalid_state' });
  const failed = { status: 'failed', reason: 'expired' } as const;
  await database.db
    .update(attempts)
    .set(failed)
    .where(eq(attempts.id, all?.id ?? ''));
  await pays(1_000);
  expect(await writeOff()).toMatchObject({ status: 'written_off', outstanding: 100_000 });
});

it('what an insurer pays for the loss is recovery, and so much less is the customer’s to pay', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const writeOff = (amount: number) =>
    lease.at('2026-01-06T06:00:00Z', (context) =>
      writeOffLease(context, { leaseId: lease.id, reason: 'stolen', insurance: { amount, reference: 'CLAIM 7' } }),
    );
  await expect(writeOff(100_001)).rejects.toMatchObject({ code: 'unprocessable' });
  expect((await lease.row()).status).toBe('active');
  expect(await writeOff(90_000)).toMatchObject({ status: 'written_off', outstanding: 10_000 });
  expect((await lease.row()).recovered).toBe(90_000);
  const balances = await lease.balances();
  expect([balances.get('insurance'), balances.get('recovery'), balances.get('write_off')]).toEqual([
    90_000, -90_000, 100_000,
  ]);
  const [claim] = await database.db.select().from(cases).where(eq(cases.leaseId, lease.id));
  const other = { role: 'admin', id: randomUUID() } as const;
  const said = { leaseId: lease.id, caseId: claim?.id ?? '', decision: 'rejected', resolution: 'refused' } as const;
  await lease.at('2026-01-07T06:00:00Z', (context) => decideInsurance({ ...context, actor: other }, said));
  expect(await lease.row()).toMatchObject({ status: 'written_off', recovered: 0 });
  const after = await lease.balances();
  expect([after.get('insurance'), after.get('recovery'), after.get('write_off')]).toEqual([0, 0, 100_000]);
});

it('a lease that owes late fees alone is not written off: they are waived, and the vehicle is the customer’s', async () => {
  const lease = await bookLease(database, config);
  const { id: leaseId } = lease;
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.at('2026-01-20T06:00:00Z', (context) => chargeLateFees(context, { leaseId }));
  // Paid before the fee was charged, and after the line's grace: the fee stays, and comes behind the lines.
  const paymentId = uuidv7();
  const from = { provider: 'mtn', receipt: paymentId, payerMasked: '+' } as const;
  const paid = { market: 'UG', account: 'X', amount: 100_000, currency: 'UGX', status: 'announced' } as const;
  await database.db
    .insert(inbound)
    .values({ id: paymentId, ...from, ...paid, paidAt: new Date('2026-01-16T06:00:00Z') });
  const money = { kind: 'inbound', paymentId, ...from, amount: 100_000, fromSuspense: false } as const;
  await lease.at('2026-01-20T07:00:00Z', (context) => receiveMoney(context, config, { leaseId, money }));
  const at = '2026-01-20T08:00:00Z';
  const writeOff = lease.at(at, (context) => writeOffLease(context, { leaseId, reason: 'a fee' }));
  await expect(writeOff).rejects.toThrow('late fees alone are owed');
  await lease.at(at, (context) => waiveFees(context, { leaseId, amount: 500, reason: 'he has paid the price' }));
  await lease.at(at, (context) => completeLease(context, { leaseId }));
  expect(await lease.row()).toMatchObject({ status: 'completed', feesCharged: 500, feesWaived: 500 });
});

it('all of it is paid afterwards: no more is taken, and a person decides whose the vehicle is', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.at('2026-01-06T06:00:00Z', (context) =>
    writeOffLease(context, { leaseId: lease.id, reason: 'he was gone' }),
  );
  const NEXT = '2026-01-07T06:00:00Z';
  const cash = (amount: number) => lease.paysCash(NEXT, amount, randomUUID());
  const told = async () =>
    (
      await database.db
        .select()
        .from(cases)
        .where(and(eq(cases.leaseId, lease.id), eq(cases.kind, 'written_off_paid')))
    ).map(({ status, detail }) => [status, detail['recovered']]);
  const above = (most: number) => ({
    code: 'unprocessable',
    errors: [{ path: 'amount.amount', message: `must be at most ${most}, what was given up and is not paid` }],
  });
  await expect(cash(100_001)).rejects.toMatchObject(above(100_000));
  await cash(60_000);
  expect(await told()).toEqual([]);
  const last = await lease.isCharged(NEXT, 40_000);
  const recovered = { amount: 100_000, currency: 'UGX' };
  expect(await told()).toEqual([['open', recovered]]);
  expect(await lease.row()).toMatchObject({ status: 'written_off', recovered: 100_000 });
  await expect(cash(1)).rejects.toMatchObject(above(0));
  const ask = { leaseId: lease.id, amount: 1_000, paymentMethodId: lease.methodId };
  await expect(lease.at(NEXT, (context) => boundOwnPayments(context, ask))).rejects.toMatchObject(above(0));
  const { vehicleId } = await lease.row();
  const offered = { status: 'available', reason: 'it is here' } as const;
  const admin = { role: 'admin', id: randomUUID() } as const;
  await expect(
    lease.at(NEXT, (context) => updateVehicle({ ...context, actor: admin }, vehicleId, offered)),
  ).rejects.toMatchObject({ code: 'invalid_state' });
  // What comes all the same is his, and goes back.
  const more = await lease.isCharged(NEXT, 5_000);
  const refunds = await lease.at(NEXT, (context) => refundsDue(context, deps, { leaseId: lease.id }));
  expect(refunds).toMatchObject([{ refundOf: more, amount: 5_000 }]);
  expect(await told()).toHaveLength(1);

  const reverse = (attemptId: string) =>
    lease.at(NEXT, (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'charge-back' }));
  await reverse(last);
  expect(await told()).toMatchObject([['closed', {}]]);
  await cash(35_000);
  expect((await told()).toSorted()).toEqual([
    ['closed', recovered],
    ['open', recovered],
  ]);
});
