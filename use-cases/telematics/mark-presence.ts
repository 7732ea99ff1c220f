import type postgres from 'postgres';
import { runningLease } from '#db/queries/tracking';
import type { LeaseStatus } from '#domain/leases/status';
import { SILENCE, type OfflineCause } from '#domain/telematics/presence';
import { turnRules, type RiskType } from '#domain/telematics/rules/index';
import { raiseRisks, type Risk } from './raise-risks.ts';

/** A tracker that was seen, or lost. */
export type Presence =
  | { readonly trackerId: string; readonly at: Date; readonly online: true }
  | { readonly trackerId: string; readonly at: Date; readonly online: false; readonly cause: OfflineCause };

interface Marked {
  readonly trackerId: string;
  readonly vehicleId: string;
  readonly before: boolean | null;
  readonly lastSeenAt: Date | null;
}

interface Turned extends Marked {
  readonly presence: Presence;
}

/**
 * Writes who is there and who is not, in the caller's transaction. Each turn is an event once: offline
 * after being there (or before the first word), online only after offline.
 *
 * @param presences in the order they were noticed
 */
export async function markPresence(tx: postgres.TransactionSql, presences: readonly Presence[]): Promise<void> {
  for (const round of rounds(presences)) {
    const byTracker = new Map(round.map((presence) => [presence.trackerId, presence]));
    // The rows are locked in one order, whoever else writes them.
    const marked = await tx<Marked[]>`
      with said as (
        select * from unnest(
          ${round.map(({ trackerId }) => trackerId)}::uuid[],
          ${round.map(({ online }) => String(online))}::text[],
          ${round.map(({ at }) => at.toISOString())}::timestamptz[]
        ) as said(id, online, at)
      ), locked as (
        select id from telematics.trackers where id in (select id from said) and revoked_at is null order by id for no key update
      )
      update telematics.trackers t
      set online = said.online::boolean,
        last_seen_at = case when said.online::boolean then greatest(t.last_seen_at, said.at) else t.last_seen_at end
      from said join locked using (id)
      where t.id = said.id
      returning t.id as "trackerId", t.vehicle_id as "vehicleId", old.online as before, old.last_seen_at as "lastSeenAt"`;
    const turned = marked.flatMap((tracker): Turned[] => {
      const presence = byTracker.get(tracker.trackerId);
      const isTurn = presence?.online !== tracker.before && (presence?.online === false || tracker.before !== null);
      return presence !== undefined && isTurn ? [{ ...tracker, presence }] : [];
    });
    await raiseRisks(tx, await risksOf(tx, turned));
  }
}

/** Asks every rule that hears of turns. */
async function risksOf(tx: postgres.TransactionSql, turned: readonly Turned[]): Promise<Risk[]> {
  if (turned.length === 0) return [];
  const known = await tx<{ trackerId: string; recent: RiskType[]; leaseStatus: LeaseStatus | null }[]>`
    select t.tracker_id as "trackerId", lease.status as "leaseStatus", array(
        select distinct r.type from telematics.risk_events r
        where r.tracker_id = t.tracker_id and (r.ended_at is null or r.ended_at > t.at - interval '10 minutes')
      ) as recent
    from unnest(
      ${turned.map(({ trackerId }) => trackerId)}::uuid[],
      ${turned.map(({ vehicleId }) => vehicleId)}::uuid[],
      ${turned.map(({ presence }) => presence.at.toISOString())}::timestamptz[]
    ) as t(tracker_id, vehicle_id, at)
    left join lateral (${runningLease(tx, 't.vehicle_id')}) lease on true`;
  const knownOf = new Map(known.map((one) => [one.trackerId, one]));
  return turned.flatMap(({ presence, trackerId, vehicleId, lastSeenAt }) => {
    const { recent = [], leaseStatus = null } = knownOf.get(trackerId) ?? {};
    const facts = {
      online: presence.online,
      cause: presence.online ? null : presence.cause,
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
      recent,
      leaseStatus,
    };
    return turnRules.flatMap((rule): Risk[] => {
      const told = rule.turn(facts);
      const { type, severity } = rule;
      const common = {
        key: type,
        type,
        severity,
        vehicleId,
        trackerId,
        occurredAt: presence.at,
        position: null,
        lasts: false,
      };
      return told === null ? [] : [{ ...common, ...told }];
    });
  });
}

/** One statement takes one word of each tracker: the first words, then the second ones. */
function rounds(presences: readonly Presence[]): Presence[][] {
  const found: Presence[][] = [];
  const words = new Map<string, number>();
  for (const presence of presences) {
    const round = words.get(presence.trackerId) ?? 0;
    words.set(presence.trackerId, round + 1);
    (found[round] ??= []).push(presence);
  }
  return found;
}

/**
 * Marks trackers as lost that have said nothing for ten minutes.
 *
 * @param hearingSince since when they could be heard without a break: nobody is silent for longer than that
 * @returns their ids.
 */
export async function markSilent(sql: postgres.Sql, at: Date, hearingSince: Date = new Date(0)): Promise<string[]> {
  if (at.getTime() - hearingSince.getTime() < SILENCE) return [];
  return sql.begin(async (tx) => {
    const silent = await tx<{ id: string }[]>`
      select id from telematics.trackers
      where online and revoked_at is null
        and not exists (select from vehicles.vehicles v where v.id = vehicle_id and v.status = 'sold') and last_seen_at < ${new Date(at.getTime() - SILENCE).toISOString()}::timestamptz
      order by id limit 1000 for no key update skip locked`;
    await markPresence(
      tx,
      silent.map(({ id }) => ({ trackerId: id, at, online: false, cause: 'silence' })),
    );
    return silent.map(({ id }) => id);
  });
}
