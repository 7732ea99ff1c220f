import { and, count, eq, gte } from 'drizzle-orm';
import { vehicleCommands } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { LIFE } from '#domain/telematics/immobilisation/command';
import { confirmableFor } from '#domain/telematics/immobilisation/episode';
import { closedGate } from '#domain/telematics/immobilisation/gates';
import { mayObeyLate } from '#domain/telematics/tracker';
import type { Advance } from '#domain/telematics/wire';
import type { Context } from '../context.ts';
import { openCase } from '../cases/open-case.ts';
import {
  callOff,
  commandVehicle,
  expireCommands,
  flyingOf,
  trackerOf,
  type CommandRow,
} from '../immobilisation/command-vehicle.ts';
import { changeEpisode, lockEpisode, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { liftEpisode } from '../leases/lift-episode.ts';
import { movesAgain } from '../leases/lift-immobilisation.ts';
import type { ImmobilisationDependencies } from './dependencies.ts';
import { gateFacts } from './gate-facts.ts';
import { isEmergency, moveForNow } from './move-for-now.ts';
import { onVehicle, type HeldVehicle } from './on-vehicle.ts';
import { makeRestartCode } from './restart-code.ts';
import { sentByVehicle, warnByVehicle } from './warn-anew.ts';
import { seeNotice } from './warn-immobilisation.ts';

/** Seconds until the next look, where nothing wakes the workflow before. */
const LOOKS = { gate: 60, stopped: 3_600, confirmation: 3_600, failed: 30, longest: 600 } as const;
/** Commands to move without an effect after which somebody is told, and one that is away is told more rarely. */
const TRIES = 5;
/** Commands to stop of a test of a relay, and milliseconds: whoever tests it stands beside it. */
const TESTS = 3;
const TEST_LASTS = 15 * 60_000;

/**
 * Does what is next of the immobilisation of a vehicle, with everything read anew under the lock: it commands to stop where
 * every gate is open, to move where it has to, gives the customer a code where no network reaches the vehicle, and ends what
 * is not allowed any more. Harmless to repeat at any time.
 */
export function advanceImmobilisation(deps: ImmobilisationDependencies, vehicleId: string): Promise<Advance> {
  return onVehicle(deps.db, system('immobilisation'), vehicleId, async (context, held) => {
    const { episode } = held;
    if (episode === null) return { state: null, leaseId: null, waitsFor: '', gate: null, seconds: 0 };
    await expireCommands(context.tx, vehicleId, new Date());
    const next = await step(context, deps, held, episode);
    return { leaseId: episode.leaseId, gate: null, ...next };
  });
}

type Next = Omit<Advance, 'leaseId' | 'gate'> & Partial<Pick<Advance, 'gate'>>;

function step(
  context: Context,
  deps: ImmobilisationDependencies,
  held: HeldVehicle,
  episode: EpisodeRow,
): Promise<Next> | Next {
  const { state } = episode;
  switch (state) {
    case 'warned':
      return notice(context, deps, held, episode);
    case 'awaiting_confirmation':
      return awaitConfirmation(context, episode);
    case 'waiting':
    case 'stopping':
      return stop(context, deps, held, episode);
    case 'stopped':
      return stay(context, deps, held, episode);
    case 'starting':
      return start(context, deps, episode);
    case 'ended':
      return { state: null, waitsFor: '', seconds: 0 };
  }
}

/** The notice of an order; that of arrears is the lease's own to look after. */
async function notice(
  context: Context,
  { config }: ImmobilisationDependencies,
  { lease }: HeldVehicle,
  before: EpisodeRow,
): Promise<Next> {
  const waitsFor = 'the end of the notice';
  if (before.cause !== 'staff') return { state: 'warned', waitsFor, seconds: LOOKS.stopped };
  if (lease === null) {
    const { state } = await liftEpisode(context, before, 'not_allowed');
    return { state, waitsFor: 'nothing: nobody has it any more', seconds: 1 };
  }
  const { look, gate } = await seeNotice(context, config, lease, before);
  const after = await lockEpisode(context.tx, before.vehicleId);
  if (after?.state !== 'warned') return { state: after?.state ?? 'ended', gate, waitsFor: '', seconds: 1 };
  const { lookAt, text } = look;
  const until = lookAt === null ? LOOKS.stopped : Math.ceil((lookAt - context.at.getTime()) / 1_000);
  return {
    state: 'warned',
    gate,
    waitsFor,
    seconds: Math.max(1, Math.min(until, LOOKS.stopped)),
    ...sentByVehicle(context, lease, text),
  };
}

async function awaitConfirmation(context: Context, before: EpisodeRow): Promise<Next> {
  const { state } = before;
  const rest = Math.ceil((confirmableFor(before, context.at) ?? 0) / 1_000);
  if (rest > 0)
    return {
      state,
      waitsFor: 'another member of staff, who confirms the order',
      seconds: Math.min(rest, LOOKS.confirmation),
    };
  const after = await liftEpisode(context, before, 'order_withdrawn');
  return { state: after.state, waitsFor: 'nothing: nobody has confirmed the order', seconds: 1 };
}

async function stop(
  context: Context,
  deps: ImmobilisationDependencies,
  held: HeldVehicle,
  before: EpisodeRow,
): Promise<Next> {
  const { tx } = context;
  const { vehicleId, cause } = before;
  const [flying] = await flyingOf(tx, vehicleId);
  const isUnsent = flying?.state === 'created';
  if (flying !== undefined && !isUnsent) return { ...outcome(flying), state: before.state };
  const facts = await gateFacts(context, deps.config, { vehicleId, cause, episode: before }, held.lease);
  const last = await lastCommand(context, before);
  if (
    last?.type === 'immobilise' &&
    last.sentAt !== null &&
    facts.tracker !== null &&
    mayObeyLate(facts.tracker.kind)
  ) {
    // It has run out for us, and not for the unit.
    const { state } = await moveForNow(context, held.lease, before);
    return { state, waitsFor: 'the stop that was not seen, to be taken back', seconds: 1 };
  }
  const closed = closedGate({ ...facts, inFlight: false });
  if (isUnsent && closed === null) return { ...outcome(flying), state: before.state };
  if (isUnsent && closed !== null) await callOff(tx, flying.id, closed.code);
  if (closed?.kind === 'reason') {
    const after = await liftWithLease(context, held, before, 'not_allowed');
    return { state: after.state, gate: closed.code, waitsFor: 'nothing: it is not allowed', seconds: 1 };
  }
  if (cause === 'relay_test' && (await hasFailed(context, before))) return endTest(context, held, before);
  if (closed !== null) {
    // Its notice was over when a network said that the warning had never arrived.
    const inVain = closed.code === 'notice_not_delivered' && held.lease !== null;
    const text = inVain ? await warnByVehicle(context, held.lease, before, facts.rule) : {};
    if (before.state === 'stopping') await changeEpisode(tx, before, { state: 'waiting' });
    return {
      state: 'waiting',
      gate: closed.code,
      waitsFor: `a gate that is closed: ${closed.code}`,
      seconds: LOOKS.gate,
      ...text,
    };
  }
  return commandToStop(context, before, last);
}

/** Whether a test of a relay has lasted long enough, or was tried often enough. */
async function hasFailed(context: Context, test: EpisodeRow): Promise<boolean> {
  if (Date.now() - test.createdAt.getTime() > TEST_LASTS) return true;
  return (await triesOf(context, test, 'immobilise', test.createdAt)) >= TESTS;
}

async function endTest(context: Context, held: HeldVehicle, before: EpisodeRow): Promise<Next> {
  const { id: about, vehicleId } = before;
  const { state } = await liftWithLease(context, held, before, 'not_stopped');
  const detail = { vehicleId };
  await openCase(context, { kind: 'relay_test_failed', leaseId: null, paymentId: null, about, detail });
  return { state, waitsFor: 'the vehicle, to move', seconds: 1 };
}

/** Every gate is open: the tracker is told, but for a while after it could not. */
async function commandToStop(context: Context, before: EpisodeRow, last: CommandRow | null): Promise<Next> {
  const { vehicleId, leaseId, id: immobilisationId } = before;
  const rests =
    last !== null && (last.state === 'failed' || last.state === 'rejected') ? restOf(last, LOOKS.failed) : 0;
  if (rests > 0) return { state: before.state, waitsFor: `a while: the tracker ${last?.state}`, seconds: rests };
  const command = await commandVehicle(context, { vehicleId, type: 'immobilise', immobilisationId, leaseId });
  if (command === null) throw new Error('no gate is closed, and no tracker takes the command');
  await changeEpisode(context.tx, before, { state: 'stopping', commanded: true });
  return { ...outcome(command), state: 'stopping' };
}

/** The vehicle stands. What the law does not allow any more is lifted, a test of the relay is over. */
async function stay(
  context: Context,
  deps: ImmobilisationDependencies,
  held: HeldVehicle,
  before: EpisodeRow,
): Promise<Next> {
  const { vehicleId, cause } = before;
  if (cause === 'relay_test') {
    const after = await liftEpisode(context, before, 'tested');
    return { state: after.state, waitsFor: 'the vehicle, to move', seconds: LIFE / 1_000 };
  }
  // What a theft moves of the schedule is no payment, and who has the vehicle now is not who pays.
  if (held.lease?.row.status === 'stolen')
    return { state: 'stopped', waitsFor: 'the vehicle, to be found', seconds: LOOKS.stopped };
  const facts = await gateFacts(context, deps.config, { vehicleId, cause, episode: before }, held.lease);
  const closed = closedGate(facts, ['reason']);
  if (closed === null && isEmergency(context, before)) {
    const { state } = await moveForNow(context, held.lease, before);
    return { state, waitsFor: 'the vehicle, to move', seconds: 1 };
  }
  if (closed === null)
    return { state: 'stopped', waitsFor: 'a payment, or an emergency restart', seconds: LOOKS.stopped };
  const after = await liftWithLease(context, held, before, 'not_allowed');
  return { state: after.state, gate: closed.code, waitsFor: 'the vehicle, to move', seconds: 1 };
}

/** The vehicle has to move: it is told so until it is seen. */
async function start(context: Context, deps: ImmobilisationDependencies, before: EpisodeRow): Promise<Next> {
  const episode = await begunBy(context, before, new Date());
  const { vehicleId, leaseId, id: immobilisationId } = episode;
  const since = episode.startingAt ?? new Date();
  const due = Math.ceil((since.getTime() + deps.config.RESTART_CODE_SECONDS * 1_000 - Date.now()) / 1_000);
  const text = due <= 0 ? await makeRestartCode(context, deps, episode) : null;
  const [flying] = await flyingOf(context.tx, vehicleId);
  const tries = await triesOf(context, episode, 'mobilise', since);
  const isHere = (await trackerOf(context.tx, vehicleId))?.online === true;
  const isDue = isHere || tries < TRIES || (await restsEnough(context, episode, tries));
  const command =
    flying ??
    (isDue ? await commandVehicle(context, { vehicleId, type: 'mobilise', immobilisationId, leaseId }) : null);
  // What nobody can tell, or has been told without an effect for long, a person has to see to.
  const isLong = Date.now() - since.getTime() >= TRIES * LOOKS.gate * 1_000;
  const isUntold = command === null && isDue;
  if (tries >= TRIES || isUntold || isLong)
    await openCase(context, {
      kind: 'vehicle_not_started',
      leaseId,
      paymentId: null,
      about: immobilisationId,
      detail: { vehicleId, immobilisationId },
    });
  const waits = command === null ? (isUntold ? LOOKS.longest : LOOKS.gate) : outcome(command).seconds;
  const seconds = due > 0 ? Math.min(due, waits) : waits;
  return {
    state: 'starting',
    waitsFor: `the vehicle, to be seen moving; told ${tries} times`,
    seconds,
    ...(text == null ? {} : { text }),
  };
}

/** Our clock was ahead when the start began, and is set right: the start begins now, or it would wait for that time. */
async function begunBy({ tx }: Context, episode: EpisodeRow, wall: Date): Promise<EpisodeRow> {
  const isAhead = episode.startingAt !== null && episode.startingAt > wall;
  return isAhead ? changeEpisode(tx, episode, { startingAt: wall }) : episode;
}

/** After the first tries one that is away is told every few minutes, and at once when it is back, which wakes the workflow. */
async function restsEnough(context: Context, episode: EpisodeRow, tries: number): Promise<boolean> {
  const last = await lastCommand(context, episode);
  return last === null || restOf(last, Math.min(LOOKS.longest, LOOKS.gate * (tries - TRIES + 1))) === 0;
}

async function liftWithLease(
  context: Context,
  { lease }: HeldVehicle,
  before: EpisodeRow,
  reason: 'not_allowed' | 'not_stopped',
): Promise<EpisodeRow> {
  const after = await liftEpisode(context, before, reason);
  if (lease !== null && lease.row.status === 'immobilised') await movesAgain(context, lease.row.id, 'in_arrears');
  return after;
}

const outcome = ({ expiresAt, type }: CommandRow) => ({
  waitsFor: `what comes of the command to ${type}`,
  seconds: Math.max(1, Math.ceil((expiresAt.getTime() - Date.now()) / 1_000) + 1),
});

/** Seconds until so many have passed since a command; 0 where our clock was ahead when it wrote it. */
function restOf({ issuedAt }: CommandRow, seconds: number): number {
  const rest = seconds - (Date.now() - issuedAt.getTime()) / 1_000;
  return rest > seconds ? 0 : Math.max(0, Math.ceil(rest));
}

async function lastCommand({ tx }: Context, { id }: EpisodeRow): Promise<CommandRow | null> {
  const rows = await tx.select().from(vehicleCommands).where(eq(vehicleCommands.immobilisationId, id));
  return rows.toSorted((a, b) => b.issuedAt.getTime() - a.issuedAt.getTime())[0] ?? null;
}

async function triesOf(
  { tx }: Context,
  { id }: EpisodeRow,
  type: 'immobilise' | 'mobilise',
  since: Date,
): Promise<number> {
  const [row] = await tx
    .select({ tries: count() })
    .from(vehicleCommands)
    .where(
      and(
        eq(vehicleCommands.immobilisationId, id),
        eq(vehicleCommands.type, type),
        gte(vehicleCommands.issuedAt, since),
      ),
    );
  return row?.tries ?? 0;
}
