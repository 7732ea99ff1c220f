import type { Theirs } from '#domain/leases/former';
import { lessWentBack, partTakenBack, sumOf } from '#domain/leases/lease-credit';
import type { Context } from '../../context.ts';
import type { LeaseRecord } from '../../leases/lease-record.ts';
import { notOwedOf } from '../../leases/repossession/shortfall.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { partsTakenBack } from './parts-taken-back.ts';
import type { takenNow } from './taken-now.ts';

/** What of what is taken back each owes: minor units. */
type Shares = Awaited<ReturnType<typeof takenNow>> & {
  readonly own: number;
  readonly formers: readonly Theirs[];
  /** From which days what whoever has the lease owes had counted, where that had ended. */
  readonly days: Parameters<typeof notOwedOf>[2];
};

/**
 * What is undone of what a payment was for: first what whoever has the lease owes of it, then what those who had it before owe, of which
 * nothing is owed again, since the lease is paid by the claim instead; and what the payment is for from now on.
 */
export async function sharesTaken(
  context: Context,
  lease: LeaseRecord,
  attempt: AttemptRow,
  { own, formers, days, back, isPart }: Shares,
) {
  const isOwnPart = isPart || formers.length > 0;
  const first =
    own > 0 || formers.length === 0
      ? await partsTakenBack(
          context,
          lease,
          attempt,
          { amount: own, back, isPart: isOwnPart },
          await notOwedOf(context, lease, days),
        )
      : { parts: [], stays: attempt.allocation };
  let { stays } = first;
  const claims = formers.map(({ customerId, amount }, n) => {
    const isAll = !isPart && n === formers.length - 1;
    const { taken, stays: rest } = isAll
      ? { taken: lessWentBack(stays, back), stays: [] }
      : partTakenBack(stays, { amount, back, left: sumOf(stays, 'credit') });
    stays = rest;
    return { customerId, claimed: taken };
  });
  return { parts: first.parts, claims, stays };
}
