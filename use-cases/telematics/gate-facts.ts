import { and, eq, gte, inArray, max, or, sql } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { protectedAreas } from '#db/queries/geofences';
import { latestPositions, maintenance, positions, quarantine, vehicleCommands, vehicles } from '#db/schema/index';
import { localHourAt } from '#domain/calendar';
import { engineCommands, inFlight } from '#domain/telematics/immobilisation/command';
import { OLDEST } from '#domain/telematics/fix';
import type { StopCause } from '#domain/telematics/immobilisation/episode';
import type { Market } from '#domain/markets';
import type { FixFacts, GateFacts, LeaseFacts } from '#domain/telematics/immobilisation/gates';
import { isProtected } from '#domain/telematics/immobilisation/protected-place';
import type { Config } from '#platform/config';
import type { Context } from '../context.ts';
import { trackerOf } from '../immobilisation/command-vehicle.ts';
import type { EpisodeRow } from '../immobilisation/episode-record.ts';
import { ruleAt } from '../immobilisation/market-rule.ts';
import { positionPutOff } from '../leases/in-doubt.ts';
import { undecided } from '../leases/hardship-request.ts';
import { businessDate, positionAt, type LeaseRecord } from '../leases/lease-record.ts';
import { mayObject } from '../leases/objection.ts';
import { stoppedAs } from '../leases/stopped-as.ts';
import { warnedAt } from './warned-at.ts';

export type GateConfig = Pick<Config, 'RELAY_PROOF' | 'IMMOBILISE_HOURS'>;

async function vehicleOf(tx: Transaction, vehicleId: string) {
  const { market, status } = vehicles;
  const [row] = await tx.select({ market, status }).from(vehicles).where(eq(vehicles.id, vehicleId));
  if (row === undefined) throw new Error(`there is no vehicle ${vehicleId}`);
  return row;
}

const isAtWorkshop = async (tx: Transaction, vehicleId: string): Promise<boolean> =>
  (await tx.$count(maintenance, and(eq(maintenance.vehicleId, vehicleId), eq(maintenance.status, 'started')))) > 0;

/**
 * Everything that the gates ask, read in the caller's transaction: the balance on the lease's clock, which is
 * `context.at`, the place by the wall. Call it with the lease, the immobilisation and the vehicle's command locked.
 */
export async function gateFacts(
  context: Context,
  config: GateConfig,
  order: { readonly vehicleId: string; readonly cause: StopCause; readonly episode: EpisodeRow | null },
  lease: LeaseRecord | null,
): Promise<GateFacts> {
  const { tx, at } = context;
  const { vehicleId, cause, episode } = order;
  const wall = Date.now();
  const vehicle = await vehicleOf(tx, vehicleId);
  const market = lease?.row.market ?? vehicle.market;
  const [rule, tracker] = [await ruleAt(tx, market, at.getTime()), await trackerOf(tx, vehicleId)];
  const allDay = config.IMMOBILISE_HOURS === 'any' ? { fromHour: 0, untilHour: 24 } : {};
  const [flying] = await tx
    .select({ id: vehicleCommands.id })
    .from(vehicleCommands)
    .where(
      and(
        eq(vehicleCommands.vehicleId, vehicleId),
        inArray(vehicleCommands.state, [...inFlight]),
        inArray(vehicleCommands.type, [...engineCommands]),
      ),
    );
  return {
    cause,
    lease: lease === null ? null : await leaseFacts(context, lease, episode),
    sold: vehicle.status === 'sold',
    atWorkshop: cause === 'relay_test' && (await isAtWorkshop(tx, vehicleId)),
    rule: rule === null ? null : { ...rule, ...allDay },
    tracker:
      tracker === null
        ? null
        : {
            kind: tracker.kind,
            online: tracker.online === true,
            relayProven: config.RELAY_PROOF === 'trusted' || tracker.relayProvenAt !== null,
          },
    fix: tracker === null ? null : await fixFacts(tx, { vehicleId, trackerId: tracker.id, market }),
    wall,
    localHour: localHourAt(wall, market),
    inFlight: flying !== undefined,
  };
}

async function leaseFacts(context: Context, lease: LeaseRecord, episode: EpisodeRow | null): Promise<LeaseFacts> {
  const { row } = lease;
  const position = positionAt(lease, context.at);
  const { daysPastDue: daysPastDueIfPaid } = await positionPutOff(context, lease);
  const { immobiliseAfterDaysPastDue: planDays, immobiliseNoticeHours: planNoticeHours } = row.plan;
  return {
    status: await stoppedAs(context, row, episode),
    daysPastDue: position.daysPastDue,
    daysPastDueIfPaid,
    planDays,
    planNoticeHours,
    twoThirdsPaid: position.twoThirdsPaid,
    promised: row.promisedOn !== null && row.promisedOn >= businessDate(row, context.at),
    reliefAsked: (await undecided(context, row.id)) !== undefined,
    mayObject: await mayObject(context, row),
    warnedAt: await warnedAt(context.tx, row.id, episode?.warningKey ?? null),
    emergencyUntil: episode?.emergencyUntil?.getTime() ?? null,
    now: context.at.getTime(),
  };
}

/**
 * All that was received since the newest believed place counts as well as it, and all that is later by the tracker: a report
 * without a place may say that it moves, one whose clock was put right may look older, and what is in quarantine could not
 * be kept as a position: it is of a vehicle that moves, unless it says itself that it stands.
 */
async function fixFacts(
  tx: Transaction,
  { vehicleId, trackerId, market }: { readonly vehicleId: string; readonly trackerId: string; readonly market: Market },
): Promise<FixFacts | null> {
  const [place] = await tx.select().from(latestPositions).where(eq(latestPositions.vehicleId, vehicleId));
  if (place === undefined || place.trackerId !== trackerId) return null;
  const { speedKph, ignition, suspect, ts, receivedAt } = positions;
  const [since] = await tx
    .select({
      speedKph: max(speedKph),
      ignition: sql<boolean | null>`bool_or(${ignition})`,
      suspect: sql<boolean | null>`bool_or(${suspect})`,
    })
    .from(positions)
    .where(
      and(
        eq(positions.trackerId, trackerId),
        // Nothing older is kept; without it every day is looked through.
        gte(ts, new Date(Math.min(place.ts.getTime(), place.receivedAt.getTime()) - OLDEST)),
        or(gte(receivedAt, place.receivedAt), gte(ts, place.ts)),
      ),
    );
  return {
    at: Math.min(place.ts.getTime(), place.receivedAt.getTime()),
    speedKph: (since?.speedKph ?? 0) > 0 ? (since?.speedKph ?? null) : place.speedKph,
    ignition: since?.ignition === true ? true : place.ignition,
    suspect: place.suspect || since?.suspect === true || (await mayMove(tx, trackerId, place.receivedAt)),
    protected: isProtected(place, await protectedAreas(tx, { vehicleId, market })),
  };
}

/** Whether a tracker has said since then what is in quarantine and may be of a vehicle that moves. */
async function mayMove(tx: Transaction, trackerId: string, since: Date): Promise<boolean> {
  const said = and(eq(quarantine.trackerId, trackerId), gte(quarantine.receivedAt, since), quarantine.mayMove);
  const rows = await tx.select({ id: quarantine.id }).from(quarantine).where(said).limit(1);
  return rows.length > 0;
}
