import { and, desc, eq, inArray, lte } from 'drizzle-orm';
import { trackers, vehicleCommands, vehicles } from '#db/schema/index';
import { mayFollow } from '#domain/leases/status';
import {
  engineCommands,
  isInFlight,
  proves,
  type Issued,
  type Output,
} from '#domain/telematics/immobilisation/command';
import { emit, record, type Context } from '../context.ts';
import { openCase } from '../cases/open-case.ts';
import { notifyImmobilisation, type CommandRow } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { endEpisode, liftEpisode } from '../leases/lift-episode.ts';
import { changeStatus } from '../leases/change-status.ts';
import { movesAgain } from '../leases/lift-immobilisation.ts';
import { startVehicle } from './mobilise-vehicle.ts';
import { isEmergency, moveForNow } from './move-for-now.ts';
import type { HeldVehicle } from './on-vehicle.ts';

interface SeenOutput extends Output {
  readonly vehicleId: string;
  readonly trackerId: string;
}

const HOUR = 3_600_000;
/** How often a vehicle is stopped in one immobilisation, where the stop does not hold. */
const STOPS = 3;
/** Hours in which a vehicle that stands without a reason is taken for one that a command of ours has stopped. */
const OURS = 24;

/**
 * A tracker has reported its output: the only thing by which a stop or a start is believed. What is older than what was seen
 * last, or of another tracker, changes nothing; said again it changes nothing either.
 */
export async function observeOutput(context: Context, held: HeldVehicle, seen: SeenOutput): Promise<void> {
  const issued = await issuedTo(context, seen);
  if (isOld(seen, issued)) return;
  const { episode } = held;
  const own = issued.filter(({ immobilisationId }) => immobilisationId === episode?.id);
  // An order about a theft wants it to stand, whatever has stopped it.
  const isMeant = episode !== null && (episode.commanded || episode.cause === 'theft' || own.some(isStop));
  if (!isMeant && seen.stopped) return strayStop(context, episode, seen, issued);
  if (episode === null) return;
  if (episode.state === 'stopped' && !seen.stopped) return undone(context, held, episode, { seen, own });
  const command = own.find(({ type }) => type === (seen.stopped ? 'immobilise' : 'mobilise'));
  if (command === undefined || !proves(seen, told(command), issued.filter(isStop).map(told))) return;
  if (command.observedAt === null)
    await context.tx
      .update(vehicleCommands)
      .set({ observedAt: new Date(seen.ts), ...(isInFlight(command.state) ? { state: 'succeeded' } : {}) })
      .where(eq(vehicleCommands.id, command.id));
  const commandId = isInFlight(command.state) ? command.id : null;
  if (seen.stopped) await stands(context, held, episode, { ...seen, commandId });
  else
    await moves(
      context,
      episode,
      { ...seen, commandId },
      own.some(({ type, observedAt }) => type === 'immobilise' && observedAt !== null),
    );
}

/** What was never sent cannot arrive. */
const isStop = ({ type, sentAt }: CommandRow) => type === 'immobilise' && sentAt !== null;
const told = ({ type, state, issuedAt, expiresAt, answeredTs }: CommandRow): Issued => ({
  type,
  state,
  issuedAt: issuedAt.getTime(),
  expiresAt: expiresAt.getTime(),
  answeredTs: answeredTs?.getTime() ?? null,
});

/** Its last commands, the newest first. What our clock wrote while it was ahead is of no time that an output could be after. */
function issuedTo({ tx }: Context, { vehicleId, trackerId }: SeenOutput): Promise<CommandRow[]> {
  const { vehicleId: vehicle, trackerId: tracker, issuedAt, type } = vehicleCommands;
  return tx
    .select()
    .from(vehicleCommands)
    .where(
      and(
        eq(vehicle, vehicleId),
        eq(tracker, trackerId),
        inArray(type, [...engineCommands]),
        lte(issuedAt, new Date()),
      ),
    )
    .orderBy(desc(issuedAt))
    .limit(50);
}

/**
 * Whether it was said of a time before what was seen last. The clock of a unit may be set back after that: what it says after its
 * answer to a later command, by that same clock, is later.
 */
function isOld({ ts }: SeenOutput, issued: readonly CommandRow[]): boolean {
  const last = issued.find(({ observedAt }) => observedAt !== null && ts <= observedAt.getTime());
  if (last === undefined) return false;
  const [newest] = issued;
  const answeredTs = newest?.id === last.id ? null : (newest?.answeredTs?.getTime() ?? null);
  return answeredTs === null || ts < answeredTs;
}

interface Seen extends SeenOutput {
  readonly commandId: string | null;
}

async function stands(context: Context, { lease }: HeldVehicle, episode: EpisodeRow, seen: Seen): Promise<void> {
  // Paid for meanwhile: it is told to move, and this is only why.
  if (episode.state !== 'stopping' && episode.state !== 'waiting') return;
  if (isEmergency(context, episode)) {
    await openStrayCase(context, seen.vehicleId);
    return void (await moveForNow(context, lease, episode));
  }
  await changeEpisode(context.tx, episode, { state: 'stopped', stoppedAt: new Date(), commanded: true });
  if (
    lease !== null &&
    episode.leaseId === lease.row.id &&
    lease.row.status !== 'stolen' &&
    mayFollow(lease.row.status, 'immobilised') &&
    episode.cause !== 'theft'
  )
    await changeStatus(context, { leaseId: lease.row.id, to: 'immobilised', reason: 'the vehicle was stopped' });
  await tell(context, 'vehicle.immobilised', episode, seen);
}

/** @param wasSeenToStop by the same tracker: its relay does both */
async function moves(context: Context, episode: EpisodeRow, seen: Seen, wasSeenToStop: boolean): Promise<void> {
  if (episode.state !== 'starting') return;
  const { tx } = context;
  const isForNow = episode.endReason === null;
  const after = isForNow
    ? await changeEpisode(tx, episode, { state: 'waiting', startingAt: null, commanded: false })
    : await endEpisode(context, episode);
  if (after.cause === 'relay_test' && after.endReason === 'tested' && wasSeenToStop)
    await tx.update(trackers).set({ relayProvenAt: new Date() }).where(eq(trackers.id, seen.trackerId));
  if (isForNow) await notifyImmobilisation(context.tx, seen.vehicleId);
  await tell(context, 'vehicle.mobilised', after, seen);
}

/**
 * A stopped vehicle may start though nobody has told it to: what was seen counts, and not what was meant. Its immobilisation asks
 * every gate again; where the stop does not hold time after time, it is given up.
 */
async function undone(
  context: Context,
  { lease }: HeldVehicle,
  before: EpisodeRow,
  { seen, own }: { readonly seen: SeenOutput; readonly own: readonly CommandRow[] },
): Promise<void> {
  const { id: about, vehicleId, leaseId, cause } = before;
  const stops = own.filter((one) => isStop(one) && one.observedAt !== null).length;
  const after = await changeEpisode(context.tx, before, { state: 'waiting', commanded: false });
  if (cause !== 'relay_test')
    await openCase(context, { kind: 'stop_undone', leaseId, paymentId: null, about, detail: { vehicleId } });
  if (lease?.row.status === 'immobilised') await movesAgain(context, lease.row.id, 'in_arrears');
  await tell(context, 'vehicle.mobilised', after, { ...seen, commandId: null });
  if (stops >= STOPS) await liftEpisode(context, after, 'not_stopped');
  await notifyImmobilisation(context.tx, vehicleId);
}

async function tell(
  context: Context,
  type: 'vehicle.immobilised' | 'vehicle.mobilised',
  episode: EpisodeRow,
  { vehicleId, trackerId, commandId, ts }: Seen,
): Promise<void> {
  const { id: immobilisationId, leaseId, cause, endReason: reason } = episode;
  const observedAt = new Date(ts).toISOString();
  // Events of one subject leave in the order they were written, so its row is locked before.
  await context.tx.select({ id: vehicles.id }).from(vehicles).where(eq(vehicles.id, vehicleId)).for('no key update');
  const detail = { vehicleId, leaseId, trackerId, immobilisationId, cause, reason, commandId, observedAt };
  await record(context, { type, subject: vehicleId, leaseId, detail });
  await emit(context, { type, subject: vehicleId, leaseId, data: detail });
  if (type === 'vehicle.immobilised') await notifyImmobilisation(context.tx, vehicleId);
}

/**
 * A vehicle stands that nobody has told to yet: if a command of ours of before may have done it, late, it moves again at once.
 * A notice that runs meanwhile, or an order, is over with it, and takes another warning.
 */
async function strayStop(
  context: Context,
  open: EpisodeRow | null,
  seen: SeenOutput,
  issued: readonly CommandRow[],
): Promise<void> {
  const { vehicleId, ts } = seen;
  const stop = issued.find(isStop);
  const last = issued[0];
  if (stop === undefined || last === undefined || Date.now() - stop.issuedAt.getTime() > OURS * HOUR) return;
  if (ts <= last.issuedAt.getTime()) return;
  if (open !== null) await liftEpisode(context, open, 'stray');
  await openStrayCase(context, vehicleId);
  await startVehicle(context, { vehicleId, cause: 'stray', reason: 'stray' });
}

const openStrayCase = (context: Context, vehicleId: string) =>
  openCase(context, { kind: 'stray_stop', leaseId: null, paymentId: null, about: vehicleId, detail: { vehicleId } });
