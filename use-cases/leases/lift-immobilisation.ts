import { eq, sql } from 'drizzle-orm';
import type { LeaseRow } from '#db/queries/leases';
import { leases } from '#db/schema/index';
import { addDays, daysBetween, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { isOwned } from '#domain/leases/status';
import { theftPauseOf } from '#domain/leases/theft';
import { liftedBy } from '#domain/telematics/immobilisation/episode';
import { recordOnLease, type Context } from '../context.ts';
import { wakeImmobilisation } from '../immobilisation/command-vehicle.ts';
import { liftEpisode, lockEpisode } from '../immobilisation/lift-episode.ts';

/**
 * A lease has changed whose vehicle is stopped, or about to be: where that has taken the reason away, by a payment, a pause,
 * another plan or the end of the lease, the vehicle is told to move in the same transaction. The status says what is agreed
 * and not what the vehicle does, which is seen at its output: it is `immobilised` no more from now on.
 */
export async function liftWhereOver(context: Context, row: LeaseRow): Promise<LeaseRow> {
  const episode = await lockEpisode(context.tx, row.vehicleId);
  if (episode === null || episode.leaseId !== row.id || episode.endReason !== null) return row;
  const today = localDateAt(context.at.getTime(), row.market);
  const oldestUnpaidOn = oldestWithoutTheft(row);
  const reason = liftedBy({ status: row.status, oldestUnpaidOn }, episode.threshold, today);
  // Who has the stolen vehicle is not who pays: it is started for its owner alone.
  const isHeld = reason === null || (episode.cause === 'theft' && !isOwned(row.status));
  if (isHeld) {
    // What else may be allowed or forbidden now, its workflow finds out.
    if (episode.state === 'stopped') await wakeImmobilisation(context, row.vehicleId);
    return row;
  }
  await liftEpisode(context, episode, reason);
  const late = oldestUnpaidOn === null ? 0 : daysBetween(oldestUnpaidOn, today);
  return movesAgain(context, row.id, late > row.plan.graceDays ? 'in_arrears' : 'active');
}

/** The first day that is not paid, as it was before a theft that goes on moved it: that days are not collected pays nothing. */
function oldestWithoutTheft({ status, oldestUnpaidOn, pausedUntil, plan }: LeaseRow): LocalDate | null {
  if (oldestUnpaidOn === null) return null;
  const moved = status === 'stolen' && pausedUntil !== null ? (theftPauseOf(plan) ?? 0) : 0;
  return addDays(localDate(oldestUnpaidOn), -moved);
}

/** Takes a lease out of `immobilised`. Call it with the lease locked. */
export async function movesAgain(context: Context, leaseId: string, to: 'active' | 'in_arrears'): Promise<LeaseRow> {
  const { tx } = context;
  const [updated] = await tx
    .update(leases)
    .set({
      status: sql`case ${leases.status} when 'immobilised' then ${to} else ${leases.status} end`,
      version: sql`${leases.version} + 1`,
    })
    .where(eq(leases.id, leaseId))
    .returning({ after: leases, before: sql<string>`old.status` });
  if (updated === undefined) throw new Error(`lease ${leaseId} vanished`);
  const { after, before } = updated;
  if (before === 'immobilised')
    await recordOnLease(context, after, {
      type: `lease.${to}`,
      detail: { from: before, reason: 'the vehicle may move' },
    });
  return after;
}
