import type postgres from 'postgres';
import { offlineSeverity, SILENCE, type OfflineCause } from '#domain/telematics/presence';
import { raiseRisks, type Risk } from './raise-risks.ts';

/** A tracker that was seen, or lost. */
export type Presence =
  | { readonly trackerId: string; readonly at: Date; readonly online: true }
  | { readonly trackerId: string; readonly at: Date; readonly online: false; readonly cause: OfflineCause };

interface Turned {
  readonly trackerId: string;
  readonly vehicleId: string;
  readonly before: boolean | null;
  readonly powerIsCut: boolean;
  readonly lastSeenAt: Date | null;
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
    const turned = await tx<Turned[]>`
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
      returning t.id as "trackerId", t.vehicle_id as "vehicleId", old.online as before, old.last_seen_at as "lastSeenAt",
        exists (
          select 1 from telematics.risk_events r
          where r.tracker_id = t.id and r.type = 'power_cut' and (r.ended_at is null or r.ended_at > said.at - interval '10 minutes')
        ) as "powerIsCut"`;
    const risks = turned.flatMap((tracker) => {
      const presence = byTracker.get(tracker.trackerId);
      return presence === undefined ||
        presence.online === tracker.before ||
        (presence.online && tracker.before === null)
        ? []
        : [riskOf(presence, tracker)];
    });
    await raiseRisks(tx, risks);
  }
}

function riskOf(presence: Presence, { trackerId, vehicleId, lastSeenAt, powerIsCut }: Turned): Risk {
  const common = { vehicleId, trackerId, occurredAt: presence.at, position: null, lasts: false };
  if (presence.online) return { ...common, type: 'online', severity: 'low', details: {} };
  const details = { cause: presence.cause, lastSeenAt: lastSeenAt?.toISOString() ?? null, afterPowerCut: powerIsCut };
  return { ...common, type: 'offline', severity: offlineSeverity(powerIsCut), details };
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
 * @returns their ids.
 */
export async function markSilent(sql: postgres.Sql, at: Date): Promise<string[]> {
  return sql.begin(async (tx) => {
    const silent = await tx<{ id: string }[]>`
      select id from telematics.trackers
      where online and revoked_at is null and last_seen_at < ${new Date(at.getTime() - SILENCE).toISOString()}::timestamptz
      order by id limit 1000 for no key update skip locked`;
    await markPresence(
      tx,
      silent.map(({ id }) => ({ trackerId: id, at, online: false, cause: 'silence' })),
    );
    return silent.map(({ id }) => id);
  });
}
