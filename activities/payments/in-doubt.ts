import { and, eq, inArray, isNull, ne, not, or, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { attempts, inbound } from '#db/schema/index';
import type { Position } from '#domain/leases/position';
import { owedIfPaid, type Doubt } from '#domain/leases/doubt';
import type { Context } from '../context.ts';
import { businessDate, leaseClockAt, positionAt, type LeaseRecord, type LeaseRow } from '../leases/lease-record.ts';
import { requestedOn } from './attempt-record.ts';

/**
 * Money of a lease of which nobody knows yet whether it was paid, or that is paid and not booked yet: charges, and what
 * the customer paid by himself with the lease's reference and that is not booked yet. By the day from which it
 * would count, in minor units. Until it is known it counts as paid for fees, reminders and arrears, and is not
 * prompted for again, as far as `owedIfPaid` goes. Call it with the lease locked.
 */
export async function inDoubt(db: Queryable, row: LeaseRow): Promise<Doubt[]> {
  const charges = await db
    .select({ requestedAt: attempts.requestedAt, currency: attempts.currency, amount: attempts.amount })
    .from(attempts)
    .where(
      and(
        eq(attempts.leaseId, row.id),
        or(inArray(attempts.status, ['pending', 'unknown']), isOnItsWay),
        ne(attempts.kind, 'refund'),
      ),
    );
  // What somebody claimed for a lease is that lease's alone, whatever was typed; what this one gave back is another's.
  const isGivenBack = sql`exists (
    select from payments.attempts back
    where back.lease_id = ${row.id} and back.status = 'reversed'
      and back.provider = ${inbound.provider} and back.provider_reference = ${inbound.receipt})`;
  const isTyped = and(isNull(inbound.leaseId), sql`${typedReference} = ${row.reference}`, not(isGivenBack));
  const isOurs = or(eq(inbound.leaseId, row.id), isTyped);
  const announced = await db
    .select({ paidAt: inbound.paidAt, amount: inbound.amount, status: inbound.status })
    .from(inbound)
    .where(and(inArray(inbound.status, ['announced', 'suspense']), eq(inbound.currency, row.currency), isOurs));
  const paid = announced.map(async ({ paidAt, amount, status }) => ({
    on: businessDate(row, await leaseClockAt(db, row.id, paidAt)),
    amount,
    isThere: status === 'suspense',
  }));
  return [
    ...charges.map((charge) => ({ on: requestedOn(charge), amount: charge.amount, isThere: false })),
    ...(await Promise.all(paid)),
  ];
}

/** Known as paid, and not in the books yet. */
const isOnItsWay = and(eq(attempts.status, 'succeeded'), isNull(attempts.transferId));

/** What the customer typed, as references are written: `normalReference` of the domain, as the index has it. */
const typedReference = sql`upper(regexp_replace(${inbound.account}, '[^A-Za-z0-9]', '', 'g'))`;

/**
 * Where a lease stands if all money in doubt was paid: by it, it is prompted, reminded of arrears and enters them,
 * or not.
 */
export async function positionInDoubt({ tx, at }: Context, record: LeaseRecord): Promise<Position> {
  const { row } = record;
  const doubts = await inDoubt(tx, row);
  const { depositDue, feesDue } = positionAt(record, at);
  const owed = owedIfPaid(doubts, { depositDue, feesDue, lines: record.lines }, row.plan.lateFee?.amount ?? 0);
  const depositPaid = row.depositPaid + depositDue - owed.depositDue;
  const feesPaid = row.feesPaid + feesDue - owed.feesDue;
  return positionAt({ row: { ...row, depositPaid, feesPaid }, lines: owed.lines }, at);
}
