import { and, eq, gt, inArray, min } from 'drizzle-orm';
import type { TakenBack } from '#db/queries/reversals';
import { transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { formatMoney, money } from '#domain/money';
import type { Context } from '../../context.ts';
import { lockLease, type LeaseRecord, type LeaseRow } from '../../leases/lease-record.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { givenUpSince } from './book-as-it-was.ts';
import { paidOfClaims } from '../claim-left.ts';
import { owedUnrounded } from '../round-claim.ts';
import { closeClaim, standingIn } from './former-claim.ts';
import { takeOut } from './take-out.ts';

/**
 * What these transfers took of whoever had the lease before is the lease's money again, or nobody's of the lease: what stands in for it
 * goes, and he owes it no more. Call it with the lease locked.
 *
 * @param of.isBookedNext the money itself is booked again next, in the same transaction
 * @throws Problem invalid_state where what he owed was given up since, or is paid, all of it or a part
 */
export async function releaseClaims(
  context: Context,
  found: LeaseRecord,
  of: { readonly taken: readonly TakenBack[]; readonly reason: string; readonly isBookedNext: boolean },
): Promise<LeaseRecord> {
  const { taken, reason, isBookedNext } = of;
  const leaseId = found.row.id;
  const ids = taken.map(({ id }) => id);
  const standIns = await standingIn(context.tx, leaseId, ids);
  await refuseGivenUp(context, leaseId, standIns);
  await refusePaid(context, found.row, standIns);
  const standing = standIns.map(({ id }) => id);
  await owedUnrounded(context, found.row, standing);
  for (const one of standIns) {
    const its = { leaseId, attemptId: one.id, reason, isBookedNext };
    await takeOut(context, await lockLease(context.tx, leaseId), one, its);
    await closeClaim(context, one);
  }
  return standIns.length === 0 ? found : lockLease(context.tx, leaseId);
}

async function refuseGivenUp({ tx }: Context, leaseId: string, standIns: readonly AttemptRow[]): Promise<void> {
  const ids = standIns.flatMap(({ transferId }) => (transferId === null ? [] : [transferId]));
  if (ids.length === 0) return;
  const claimed = tx
    .select({ number: min(transfers.number) })
    .from(transfers)
    .where(inArray(transfers.id, ids));
  const isOfIt = and(eq(transfers.leaseId, leaseId), eq(transfers.kind, 'former_given_up'));
  if ((await tx.$count(transfers, and(isOfIt, gt(transfers.number, claimed)))) > 0) throw givenUpSince();
}

/** What he has paid an agent of it goes back to him first: otherwise the house would have it twice. */
async function refusePaid({ tx }: Context, row: LeaseRow, standIns: readonly AttemptRow[]): Promise<void> {
  const ids = standIns.map(({ id }) => id);
  const paid = await paidOfClaims(tx, row.id, ids);
  if (paid === 0) return;
  const sum = formatMoney(money(paid, row.currency));
  throw new Problem('invalid_state', `${sum} of it was paid by who owed it: that is taken out of the books first`);
}
