import { uuidv7 } from 'uuidv7';
import { immobilisations } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { closedGate, noticeGates } from '#domain/telematics/immobilisation/gates';
import { thresholdOf } from '#domain/telematics/immobilisation/law';
import { confirmableFor, type StopCause } from '#domain/telematics/immobilisation/episode';
import { record, type Context } from '../context.ts';
import { notifyImmobilisation } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { updateLease } from '../leases/lease-record.ts';
import { liftEpisode } from '../leases/lift-episode.ts';
import type { ImmobilisationDependencies } from './dependencies.ts';
import { gateFacts } from './gate-facts.ts';
import { onVehicle, type HeldVehicle } from './on-vehicle.ts';

interface StopOrder {
  readonly vehicleId: string;
  readonly reason: string;
  /** What it goes by, such as the police's number: of a stolen vehicle, by an admin alone. */
  readonly order?: string | undefined;
}

/**
 * A member of staff has a vehicle stopped. The gates of reason, law and tracker refuse at once, with their code; those of the
 * moment are waited for, and those of the notice brought about. Another member of staff has to confirm it, but for an admin's
 * order about a stolen vehicle.
 *
 * @throws Problem immobilisation_under_way, or the code of the gate that is closed
 */
export function orderImmobilisation(
  deps: ImmobilisationDependencies,
  actor: Actor,
  { vehicleId, reason, order }: StopOrder,
): Promise<EpisodeRow> {
  return onVehicle(deps.db, actor, vehicleId, async (context, held) => {
    const { lease } = held;
    const open = await withoutOverdue(context, held);
    const cause: StopCause = isTheft(actor, order, held) ? 'theft' : 'staff';
    if (open !== null && !mayReplace(open, cause)) throw new Problem('immobilisation_under_way');
    const facts = await gateFacts(context, deps.config, { vehicleId, cause, episode: open }, lease);
    const closed = closedGate(facts, ['reason', 'law', 'tracker'], noticeGates);
    if (closed !== null) throw new Problem(closed.code);
    const plan = lease?.row.plan.immobiliseAfterDaysPastDue ?? null;
    const ordered = {
      cause,
      state: cause === 'staff' ? 'awaiting_confirmation' : open?.state === 'stopped' ? 'stopped' : 'waiting',
      reason,
      order: order ?? null,
      orderedBy: actor,
      threshold: facts.rule === null ? 0 : thresholdOf(plan, facts.rule),
    } as const;
    const episode = open === null ? await begin(context, held, ordered) : await replace(context, held, open, ordered);
    await record(context, {
      key: `immobilisation:${episode.id}:ordered`,
      type: 'vehicle.immobilisation_ordered',
      subject: vehicleId,
      leaseId: episode.leaseId,
      detail: { immobilisationId: episode.id, cause, state: episode.state },
    });
    await notifyImmobilisation(context.tx, vehicleId);
    return episode;
  });
}

/** The open immobilisation. An order that nobody has confirmed in its time is over, whoever was to look at it. */
async function withoutOverdue(context: Context, { episode }: HeldVehicle): Promise<EpisodeRow | null> {
  if (episode === null || confirmableFor(episode, context.at) !== 0) return episode;
  await liftEpisode(context, episode, 'order_withdrawn');
  return null;
}

const isTheft = (actor: Actor, order: string | undefined, { lease }: HeldVehicle) =>
  actor.role === 'admin' && order !== undefined && (lease === null || lease.row.status === 'stolen');

/** An order about a theft takes the place of whatever is not such a stop itself. */
const mayReplace = (open: EpisodeRow, cause: StopCause) =>
  cause === 'theft' && (open.cause !== 'theft' || open.state === 'starting');

type Ordered = Pick<EpisodeRow, 'cause' | 'state' | 'reason' | 'order' | 'orderedBy' | 'threshold'>;

/** The vehicle of an open episode, already told to move, is stopped for the new reason; its lease names the episode from now on. */
async function replace(context: Context, { lease }: HeldVehicle, open: EpisodeRow, ordered: Ordered) {
  const leaseId = lease?.row.id ?? open.leaseId;
  if (lease !== null && lease.row.immobilisationId !== open.id)
    await updateLease(context, lease.row, { immobilisationId: open.id });
  const anew = { endReason: null, startingAt: null, confirmedBy: null, createdAt: context.at };
  return changeEpisode(context.tx, open, { ...ordered, ...anew, leaseId });
}

async function begin(context: Context, { vehicleId, lease }: HeldVehicle, ordered: Ordered): Promise<EpisodeRow> {
  const id = uuidv7();
  const leaseId = lease?.row.id ?? null;
  const [episode] = await context.tx
    .insert(immobilisations)
    .values({ id, vehicleId, leaseId, createdAt: context.at, ...ordered })
    .returning();
  if (episode === undefined) throw new Error('an immobilisation vanished');
  if (lease !== null) await updateLease(context, lease.row, { immobilisationId: id });
  return episode;
}

/**
 * Another member of staff confirms an order. The gates are asked again, and a notice begins where none has run.
 *
 * @throws Problem not_confirmable, or the code of the gate that is closed
 */
export function confirmImmobilisation(
  deps: ImmobilisationDependencies,
  actor: Actor,
  vehicleId: string,
): Promise<EpisodeRow> {
  return onVehicle(deps.db, actor, vehicleId, async (context, { episode, lease }) => {
    const rest = episode === null ? null : confirmableFor(episode, context.at);
    if (episode === null || rest === null || rest === 0 || episode.orderedBy.id === actor.id)
      throw new Problem('not_confirmable');
    const { cause } = episode;
    const facts = await gateFacts(context, deps.config, { vehicleId, cause, episode }, lease);
    const closed = closedGate(facts, ['reason', 'law', 'tracker'], noticeGates);
    if (closed !== null) throw new Problem(closed.code);
    // The customer is warned first, where that was not done, or is not long enough ago.
    const isWarned = closedGate(facts, ['law']) === null;
    const after = await changeEpisode(context.tx, episode, {
      confirmedBy: actor,
      ...(isWarned
        ? { state: 'waiting' }
        : { state: 'warned', warningKey: episode.warningKey ?? `immobilisation:${episode.id}`, createdAt: context.at }),
    });
    await record(context, {
      key: `immobilisation:${episode.id}:confirmed`,
      type: 'vehicle.immobilisation_confirmed',
      subject: vehicleId,
      leaseId: episode.leaseId,
      detail: { immobilisationId: episode.id },
    });
    await notifyImmobilisation(context.tx, vehicleId);
    return after;
  });
}
