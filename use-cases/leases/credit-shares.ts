import { and, asc, eq, inArray, isNotNull, ne } from 'drizzle-orm';
import { attempts, inbound } from '#db/schema/index';
import { hasEnded } from '#domain/leases/status';
import { creditBySource, sumOf } from '#domain/leases/lease-credit';
import type { AttemptRow } from '#db/queries/payments';
import type { Context } from '../context.ts';
import type { LeaseRow } from './lease-record.ts';

/** What of a lease's credit a payment brought. */
export interface CreditShare {
  readonly payment: AttemptRow;
  /** Minor units. */
  readonly left: number;
  /** False where the number that it came from is hidden, and for cash. */
  readonly isPayerKnown: boolean;
}

export interface CreditShares {
  /** Credit that is not on its way back. Minor units; negative where more is on its way than there is. */
  readonly free: number;
  /** What of it each payment brought, oldest first. */
  readonly shares: readonly CreditShare[];
  /** Refunds that are not in the books, and whose outcome is not unknown: a workflow waits for them, or did. */
  readonly underWay: readonly AttemptRow[];
}

/**
 * Whose money a lease's credit is. Call it with the lease locked.
 *
 * @param except a refund that is about to be sent, and not on its way yet
 */
export async function creditShares({ tx }: Pick<Context, 'tx'>, row: LeaseRow, except?: string): Promise<CreditShares> {
  const all = await tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, row.id), ne(attempts.status, 'failed')))
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
  // What was taken back was not given, or not of the lease's.
  const refunds = all.filter(({ kind, id, status }) => kind === 'refund' && status !== 'reversed' && id !== except);
  const onTheirWay = refunds.filter(({ transferId }) => transferId === null);
  const free = row.credit - onTheirWay.reduce((sum, refund) => sum + amountOf(refund), 0);

  const given = new Map<string, number>();
  for (const refund of refunds)
    for (const [id, amount] of givenBy(refund)) given.set(id, (given.get(id) ?? 0) + amount);
  const sources = all
    .filter(({ kind, status, transferId }) => kind !== 'refund' && status === 'succeeded' && transferId !== null)
    .map((payment) => ({ payment, id: payment.id, open: broughtBy(payment, row) - (given.get(payment.id) ?? 0) }))
    .filter(({ open }) => open > 0);
  const left = creditBySource(free, sources);
  const told = await toldPayers({ tx }, sources);
  return {
    free,
    shares: sources
      .map(({ payment, id }) => ({
        payment,
        left: left.get(id) ?? 0,
        isPayerKnown: payment.paymentMethodId !== null || told.has(id),
      }))
      .filter((one) => one.left > 0),
    underWay: onTheirWay.filter(({ status }) => status !== 'unknown'),
  };
}

/** Credit of no payment, minor units: the payment was taken back while its refund was on its way, and that came back. */
export const leftOver = ({ free, shares }: CreditShares): number =>
  Math.max(
    0,
    shares.reduce((rest, { left }) => rest - left, free),
  );

/** Which of these payments a customer made by himself from a number that was told. */
async function toldPayers(
  { tx }: Pick<Context, 'tx'>,
  sources: readonly { readonly payment: AttemptRow }[],
): Promise<ReadonlySet<string | null>> {
  const ids = sources.flatMap(({ payment }) => (payment.kind === 'inbound' ? [payment.id] : []));
  if (ids.length === 0) return new Set();
  const rows = await tx
    .select({ id: inbound.paymentId })
    .from(inbound)
    .where(and(inArray(inbound.paymentId, ids), isNotNull(inbound.payerEncrypted)));
  return new Set(rows.map(({ id }) => id));
}

export const amountOf = ({ settledAmount, amount }: Pick<AttemptRow, 'settledAmount' | 'amount'>): number =>
  settledAmount ?? amount;

/** What a payment brought, less what its provider took back of it in parts. Minor units. */
export const leftOf = (payment: Pick<AttemptRow, 'settledAmount' | 'amount' | 'takenBack'>): number =>
  amountOf(payment) - payment.takenBack;

/** Which payments a refund gives back, and how much of each: one by mobile money, perhaps several in cash. */
export function givenBy(refund: AttemptRow): [string, number][] {
  if (refund.refundOf !== null) return [[refund.refundOf, amountOf(refund)]];
  return refund.allocation.flatMap(({ of, amount }) => (of === undefined ? [] : [[of, -amount]]));
}

/** What a payment brought beyond what was owed; its deposit as well, where the lease ended before the handover. */
function broughtBy({ allocation }: AttemptRow, { status, handedOverAt }: LeaseRow): number {
  const deposit = hasEnded(status) && handedOverAt === null ? sumOf(allocation, 'deposit') : 0;
  return sumOf(allocation, 'credit') + deposit;
}
