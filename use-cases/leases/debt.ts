import { isBarred } from '#db/queries/kept-vehicles';
import type { Owed } from '#domain/leases/allocation';
import { unpaid } from '#domain/leases/position';
import { isTimeBarred } from '#domain/leases/recovery';
import { hasEnded, isGivenUp } from '#domain/leases/status';
import type { Context } from '../context.ts';
import { positionAt, type LeaseRecord } from './lease-record.ts';

/** All that money of a lease can pay. Minor units. */
export interface Debt extends Owed {
  readonly disputed: number;
}

/**
 * What is owed of a lease, by whatever name: deposit, fees and lines, also after it was given up until that is time-barred, and
 * what is in dispute. Of a lease that has ended otherwise it is what is in dispute alone.
 *
 * @param of.paidAt when the money was there that is to pay it; null for a vehicle, which was kept for it however long
 * @param of.laterFees of the fees those that come behind the lines
 */
export function debtOf(
  record: LeaseRecord,
  at: Date,
  { paidAt = at, laterFees = 0 }: { readonly paidAt?: Date | null; readonly laterFees?: number } = {},
): Debt {
  const { status, disputed } = record.row;
  const isBarred = paidAt !== null && isTimeBarred(record.row, paidAt);
  if (isBarred || (hasEnded(status) && !isGivenUp(status))) return { depositDue: 0, feesDue: 0, lines: [], disputed };
  const { depositDue, feesDue } = positionAt(record, at);
  const later = Math.min(laterFees, feesDue);
  return { depositDue, feesDue: feesDue - later, laterFees: later, lines: record.lines, disputed };
}

/** The same, where it may be that a vehicle is kept for it after those years: whoever redeems it pays what is owed. */
export async function debtAt(
  { tx, at }: Pick<Context, 'tx' | 'at'>,
  record: LeaseRecord,
  { paidAt = at, laterFees = 0 }: { readonly paidAt?: Date | null; readonly laterFees?: number } = {},
): Promise<Debt> {
  const isOwed = paidAt === null || !(await isBarred(tx, record.row, paidAt));
  return debtOf(record, at, { paidAt: isOwed ? null : paidAt, laterFees });
}

/** Minor units. */
export const sumOfDebt = ({ depositDue, feesDue, laterFees = 0, lines, disputed }: Debt): number =>
  lines.reduce((sum, line) => sum + unpaid(line), depositDue + feesDue + laterFees + disputed);
