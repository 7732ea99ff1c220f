import { and, desc, eq, sql } from 'drizzle-orm';
import type { LeaseRow } from '#db/queries/leases';
import { leases, pauses } from '#db/schema/index';
import { addDays, daysBetween, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { daysOf } from '#domain/leases/pause';
import { isOwned } from '#domain/leases/status';
import { isDebt, liftedBy } from '#domain/telematics/immobilisation/episode';
import { recordOnLease, type Context } from '../context.ts';
import { notifyImmobilisation, tellToMove } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, lockEpisode, startNow, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { liftEpisode } from './lift-episode.ts';
import { stoppedAs } from './stopped-as.ts';
import { ruleAt } from '../immobilisation/market-rule.ts';

/**
 * A lease has changed whose vehicle is stopped, or about to be: where that has taken the reason away, by a payment, a pause,
 * another plan or the end of the lease, the vehicle is told to move in the same transaction. The status says what is agreed
 * and not what the vehicle does, which is seen at its output: it is `immobilised` no more from now on.
 */
export async function liftWhereOver(context: Context, row: LeaseRow): Promise<LeaseRow> {
  const episode = await lockEpisode(context.tx, row.vehicleId);
  if (episode === null || episode.leaseId !== row.id || episode.endReason !== null) return row;
  if (row.status === 'stolen' && isOnItsWay(episode)) await callBack(context, episode);
  const today = localDateAt(context.at.getTime(), row.market);
  const oldestUnpaidOn = await oldestWithoutTheft(context, row);
  const status = await stoppedAs(context, row, episode);
  const reason = liftedBy({ status, oldestUnpaidOn }, episode.threshold, today);
  // Who has the stolen vehicle is not who pays: it is started for its owner alone.
  const isHeld = reason === null || (episode.cause === 'theft' && !isOwned(row.status));
  if (isHeld) {
    // What else may be allowed or forbidden now, its workflow finds out.
    if (episode.state === 'stopped') await notifyImmobilisation(context.tx, row.vehicleId);
    return row;
  }
  await liftEpisode(context, episode, reason);
  const late = oldestUnpaidOn === null ? 0 : daysBetween(oldestUnpaidOn, today);
  return movesAgain(context, row.id, late > row.plan.graceDays ? 'in_arrears' : 'active');
}

/**
 * Two thirds are paid by a payment: where the law of its market has no vehicle stopped for a debt after that, it moves again
 * with this very payment. Call it with the lease locked.
 */
export async function liftByTwoThirds(context: Context, row: LeaseRow): Promise<LeaseRow> {
  if (row.immobilisationId === null) return row;
  const episode = await lockEpisode(context.tx, row.vehicleId);
  if (episode === null || episode.leaseId !== row.id || !isDebt(episode.cause)) return row;
  const rule = await ruleAt(context.tx, row.market, context.at.getTime());
  if (rule?.stopsAfterTwoThirds === true) return row;
  await liftEpisode(context, episode, 'not_allowed');
  return movesAgain(context, row.id, 'in_arrears');
}

/** A stop for a debt that a vehicle was told of, and was not seen to obey. */
const isOnItsWay = ({ cause, state, commanded }: EpisodeRow) =>
  isDebt(cause) && commanded && (state === 'stopping' || state === 'waiting');

/**
 * Nobody stops a stolen vehicle for a debt, whoever drives it may be armed: one that was told to is told to move. Its
 * immobilisation goes on, and asks the gates again when it is found.
 */
async function callBack(context: Context, before: EpisodeRow): Promise<void> {
  await changeEpisode(context.tx, before, startNow());
  await tellToMove(context, before);
}

/** The first day that is not paid, as it was before a theft that goes on moved it: that days are not collected pays nothing. */
async function oldestWithoutTheft({ tx }: Context, row: LeaseRow): Promise<LocalDate | null> {
  const { id, status, oldestUnpaidOn, pausedUntil } = row;
  if (oldestUnpaidOn === null) return null;
  if (status !== 'stolen' || pausedUntil === null) return localDate(oldestUnpaidOn);
  // Its pause says by how many days: those of the year that were left.
  const isOfTheft = and(eq(pauses.leaseId, id), eq(pauses.kind, 'theft'));
  const [pause] = await tx.select().from(pauses).where(isOfTheft).orderBy(desc(pauses.at)).limit(1);
  return addDays(localDate(oldestUnpaidOn), pause === undefined ? 0 : -daysOf(pause));
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
