import { uuidv7 } from 'uuidv7';
import type { Transaction } from '#db/client';
import { moneyInDoubt } from '#db/queries/doubts';
import { immobilisations } from '#db/schema/index';
import { instantOf, localDateAt, addDays } from '#domain/calendar';
import { mayBeTaken } from '#domain/leases/commands';
import type { StopLook } from '#domain/telematics/wire';
import { closedGate, noticeGates, type GateCode } from '#domain/telematics/immobilisation/gates';
import { legalNoticeOf, thresholdOf } from '#domain/telematics/immobilisation/law';
import { closeCaseAbout } from '../cases/close-case.ts';
import { recordOnLease, type Context } from '../context.ts';
import { changeEpisode, lockEpisode, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { liftEpisode } from '../leases/lift-episode.ts';
import { notifyImmobilisation } from '../immobilisation/command-vehicle.ts';
import { lockLease, positionAt, standingOf, updateLease, type LeaseRecord } from '../leases/lease-record.ts';
import { gateFacts, type GateConfig } from './gate-facts.ts';
import { noticeHoursOf, lookAfter, warningText, warnAnew, type NoticeLook, type NoticeRule } from './warn-anew.ts';

const HOUR = 3_600_000;
/** Hours after which a lease looks again at what is not its own to do. */
const LOOKS_EVERY = 7 * 24;
/** Milliseconds after which a prompt that stands in the way is answered, or over. */
const PROMPTED = 15 * 60_000;
const nothing: NoticeLook = { immobilisationId: null, lookAt: null };

/**
 * A lease is late by more than its plan bears: its customer is to be warned, once an immobilisation. Where law or doubt
 * forbid it today nothing begins, and the lease asks again tomorrow.
 */
export async function warnImmobilisation(
  context: Context,
  config: GateConfig,
  { leaseId }: { readonly leaseId: string },
): Promise<StopLook> {
  const looked = await warn(context, config, await lockLease(context.tx, leaseId));
  return { ...looked, standing: standingOf(await lockLease(context.tx, leaseId), context.at) };
}

async function warn(context: Context, config: GateConfig, lease: LeaseRecord): Promise<NoticeLook> {
  const { tx, at } = context;
  const { row } = lease;
  const { id: leaseId } = row;
  const open = await lockEpisode(tx, row.vehicleId);
  const isOrder = open?.state === 'awaiting_confirmation';
  if (open !== null && open.leaseId !== leaseId) return nothing;
  // Begun by whoever died before he could say so, or by an order: a notice is looked at as one of its own.
  if (open?.state === 'warned') return (await seeNotice(context, config, lease, open)).look;
  if (open !== null && !isOrder) return lookAfter(open, at, LOOKS_EVERY);
  if (!mayBeTaken('warn_immobilisation', row.status)) return nothing;
  const facts = await gateFacts(context, config, { vehicleId: row.vehicleId, cause: 'arrears', episode: null }, lease);
  if (facts.rule === null || closedGate(facts, ['reason', 'law'], noticeGates) !== null) return nothing;
  // What would be confirmed begins by itself now: nobody puts it off by an order.
  if (isOrder) await liftEpisode(context, open, 'order_withdrawn');
  const id = uuidv7();
  const warningKey = `immobilisation:${id}`;
  const [episode] = await tx
    .insert(immobilisations)
    .values({
      id,
      vehicleId: row.vehicleId,
      leaseId,
      cause: 'arrears',
      state: 'warned',
      orderedBy: context.actor,
      threshold: thresholdOf(row.plan.immobiliseAfterDaysPastDue, facts.rule),
      warningKey,
      createdAt: at,
    })
    .returning();
  if (episode === undefined) throw new Error('an immobilisation vanished');
  await updateLease(context, row, { immobilisationId: id });
  const hours = legalNoticeOf(row.plan.immobiliseNoticeHours, facts.rule);
  const { overdue, daysPastDue } = positionAt(lease, at);
  await recordOnLease(context, row, {
    key: `immobilisation:${id}:warned`,
    type: 'vehicle.immobilisation_warned',
    subject: row.vehicleId,
    detail: { immobilisationId: id, noticeHours: hours, daysPastDue, source: facts.rule.source },
  });
  return { ...lookAfter(episode, at, hours), text: warningText(warningKey, lease, overdue, hours) };
}

/**
 * The notice is to be over: where the warning was delivered and the notice has run since, the vehicle waits for its gates
 * from now on, and its workflow is started. A warning that was not delivered in a day is written anew. Later it only sees
 * that the workflow of the vehicle has not forgotten it.
 */
export async function lookAtImmobilisation(
  context: Context,
  config: GateConfig,
  { leaseId }: { readonly leaseId: string },
): Promise<StopLook> {
  const looked = await lookAgain(context, config, await lockLease(context.tx, leaseId));
  return { ...looked, standing: standingOf(await lockLease(context.tx, leaseId), context.at) };
}

async function lookAgain(context: Context, config: GateConfig, lease: LeaseRecord): Promise<NoticeLook> {
  const { tx, at } = context;
  const { row } = lease;
  const { id: leaseId } = row;
  const episode = await lockEpisode(tx, row.vehicleId);
  if (episode === null || episode.leaseId !== leaseId) return nothing;
  if (episode.state !== 'warned') {
    await notifyImmobilisation(context.tx, row.vehicleId);
    const { emergencyUntil } = episode;
    const until = emergencyUntil !== null && emergencyUntil > at ? emergencyUntil.getTime() : null;
    return { ...lookAfter(episode, at, LOOKS_EVERY), ...(until === null ? {} : { lookAt: until }) };
  }
  return (await seeNotice(context, config, lease, episode)).look;
}

/**
 * A notice runs, of an immobilisation that is locked: whether it is over by now, and what is to be sent where its warning was
 * not delivered.
 */
export async function seeNotice(
  context: Context,
  config: GateConfig,
  lease: LeaseRecord,
  episode: EpisodeRow,
): Promise<{ readonly look: NoticeLook; readonly gate: GateCode | null }> {
  const { tx, at } = context;
  const { row } = lease;
  const { cause } = episode;
  const facts = await gateFacts(context, config, { vehicleId: row.vehicleId, cause, episode }, lease);
  const closed = closedGate(facts, ['reason', 'law']);
  const gate = closed?.code ?? null;
  if (closed?.kind === 'reason') {
    await liftEpisode(context, episode, 'not_allowed');
    return { look: nothing, gate };
  }
  if (closed === null) {
    await changeEpisode(tx, episode, { state: 'waiting' });
    await recordOnLease(context, row, {
      key: `immobilisation:${episode.id}:notice-over`,
      type: 'vehicle.immobilisation_begun',
      subject: row.vehicleId,
      detail: { immobilisationId: episode.id, ...deliveryOf(facts.lease?.warnedAt ?? null) },
    });
    await closeCaseAbout(context, 'warning_unconfirmed', episode.id, 'the warning was delivered');
    await notifyImmobilisation(context.tx, row.vehicleId);
    return { look: lookAfter(episode, at, LOOKS_EVERY), gate };
  }
  const warnedAt = facts.lease?.warnedAt ?? null;
  return { look: await waits(context, lease, episode, closed.code, warnedAt, facts.rule), gate };
}

/** When its warning arrived, on the lease's clock: the notice has run since. */
const deliveryOf = (warnedAt: number | null) =>
  warnedAt === null ? {} : { warningDeliveredAt: new Date(warnedAt).toISOString() };

async function waits(
  context: Context,
  lease: LeaseRecord,
  episode: EpisodeRow,
  code: GateCode,
  warnedAt: number | null,
  rule: NoticeRule,
): Promise<NoticeLook> {
  const { tx, at } = context;
  const { row } = lease;
  const hours = noticeHoursOf(row, rule);
  if (code === 'notice_running' && warnedAt !== null)
    return { immobilisationId: episode.id, lookAt: Math.max(warnedAt + hours * HOUR, at.getTime() + 60_000) };
  if (code === 'money_in_doubt' && (await isPrompted(tx, row)))
    return { immobilisationId: episode.id, lookAt: at.getTime() + PROMPTED };
  if (code !== 'notice_not_delivered') {
    // A promise, or money in doubt: looked at on the next morning.
    const tomorrow = addDays(localDateAt(at.getTime(), row.market), 1);
    return { immobilisationId: episode.id, lookAt: instantOf(tomorrow, 8, row.market) };
  }
  return warnAnew(context, lease, episode, rule);
}

const isPrompted = async (tx: Transaction, row: LeaseRecord['row']): Promise<boolean> =>
  ((await moneyInDoubt(tx, [row])).get(row.id) ?? []).some(({ isPending }) => isPending === true);
