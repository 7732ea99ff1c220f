import { withoutCents } from '#domain/leases/allocation';
import { hasEnded } from '#domain/leases/status';
import { accounts, refund } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { reallocate } from '../payments/reallocate.ts';
import { roundingOf, type RoundingCause } from './round-dispute.ts';
import { creditShares } from './credit-shares.ts';
import { unitOf, updateLease, type LeaseRecord } from './lease-record.ts';

/** Credit of a lease that has ended: what of each payment is less than a unit nobody can pay back. */
export async function roundCredit(
  context: Context,
  { row, lines }: LeaseRecord,
  cause: RoundingCause,
): Promise<LeaseRecord> {
  const unit = unitOf(row);
  if (unit === 1 || row.credit === 0 || !hasEnded(row.status)) return { row, lines };
  const { shares } = await creditShares(context, row);
  const odd = shares.map(({ payment, left }) => ({ payment, cents: left % unit })).filter(({ cents }) => cents > 0);
  const cents = odd.reduce((sum, one) => sum + one.cents, 0);
  if (cents === 0) return { row, lines };
  const entries = refund(row.id, accounts.rounding, cents);
  await postOnLease(context, row, roundingOf(row, 'rounding-credit', cause, entries));
  await reallocate(
    context,
    odd.map(({ payment, cents: own }) => [payment.id, withoutCents(payment.allocation, own)] as const),
  );
  const rounded = { row: await updateLease(context, row, { credit: row.credit - cents }), lines };
  await recordOnLease(context, row, {
    type: 'lease.credit_rounded',
    detail: { ...cause, credit: money(cents, row.currency) },
  });
  return rounded;
}
