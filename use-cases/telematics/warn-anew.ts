import { and, eq, isNotNull, isNull, like } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { cases, notifications } from '#db/schema/index';
import { caseKey } from '#domain/cases';
import { money } from '#domain/money';
import { legalNoticeOf } from '#domain/telematics/immobilisation/law';
import type { Advance, StopLook } from '#domain/telematics/wire';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import { changeEpisode, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { positionAt, type LeaseRecord } from '../leases/lease-record.ts';

const HOUR = 3_600_000;
/** Hours after which a warning that was not delivered is written anew. */
const WARNS_AGAIN = 24;
/** Warnings of which no network has said that they arrived until somebody is told of it, and hours between two of them then. */
const UNCONFIRMED = 2;
const WARNS_RARELY = 7 * 24;

/** When a lease looks again, and what is to be sent. */
export type NoticeLook = Omit<StopLook, 'standing'>;
export type NoticeRule = { readonly noticeHours: number } | null;
export const noticeHoursOf = ({ plan }: LeaseRecord['row'], rule: NoticeRule) =>
  legalNoticeOf(plan.immobiliseNoticeHours, rule ?? { noticeHours: 0 });

export function warningText(
  key: string,
  { row }: LeaseRecord,
  overdue: number,
  hours: number,
): NonNullable<StopLook['text']> {
  const { reference, currency } = row;
  const message = { template: 'immobilisation_warning', overdue: money(overdue, currency), hours, reference } as const;
  return { key, message };
}

export const lookAfter = ({ id }: EpisodeRow, at: Date, hours: number): NoticeLook => ({
  immobilisationId: id,
  lookAt: at.getTime() + hours * HOUR,
});

/**
 * A warning that was not delivered in a day is written anew, and the notice runs from its delivery; one of today is told until it
 * is on record. Where no network says anything of them somebody is told, once, and they are written once a week. Call it with the
 * immobilisation locked.
 */
export async function warnAnew(
  context: Context,
  lease: LeaseRecord,
  episode: EpisodeRow,
  rule: NoticeRule,
): Promise<NoticeLook> {
  const { tx, at } = context;
  const { row } = lease;
  const hours = noticeHoursOf(row, rule);
  const { overdue } = positionAt(lease, at);
  const age = at.getTime() - episode.createdAt.getTime();
  if (age < WARNS_AGAIN * HOUR) {
    const { warningKey: key } = episode;
    const next = lookAfter(episode, at, 1);
    // Whoever was to send the warning may have died: it is told until it is on record.
    if (key === null || (await isOnRecord(tx, row.id, key))) return next;
    return { ...next, text: warningText(key, lease, overdue, hours) };
  }
  if ((await unconfirmedOf(tx, row.id, episode)) >= UNCONFIRMED) {
    await tellUnconfirmed(context, row.id, episode);
    if (age < WARNS_RARELY * HOUR) return lookAfter(episode, at, WARNS_AGAIN);
  }
  const warningKey = `immobilisation:${episode.id}:${at.getTime()}`;
  await changeEpisode(tx, episode, { warningKey, createdAt: at });
  return { ...lookAfter(episode, at, hours), text: warningText(warningKey, lease, overdue, hours) };
}

/** The same, as the workflow of the vehicle sends it. */
export async function warnByVehicle(
  context: Context,
  lease: LeaseRecord,
  episode: EpisodeRow,
  rule: NoticeRule,
): Promise<Pick<Advance, 'text'>> {
  const { text } = await warnAnew(context, lease, episode, rule);
  return sentByVehicle(context, lease, text);
}

export const sentByVehicle = (
  { at }: Pick<Context, 'at'>,
  { row }: LeaseRecord,
  text: NoticeLook['text'],
): Pick<Advance, 'text'> =>
  text === undefined ? {} : { text: { ...text, key: `${row.id}:${text.key}`, at: at.toISOString() } };

const isOnRecord = async (tx: Transaction, leaseId: string, key: string): Promise<boolean> =>
  (await tx.$count(notifications, eq(notifications.key, `${leaseId}:${key}`))) > 0;

/** Texts that a gateway has taken, and no network has spoken of. */
const unconfirmedOf = (tx: Transaction, leaseId: string, { id }: EpisodeRow): Promise<number> =>
  tx.$count(
    notifications,
    and(
      like(notifications.key, `${leaseId}:immobilisation:${id}%`),
      isNotNull(notifications.sentAt),
      isNull(notifications.deliveredAt),
      isNull(notifications.failedAt),
    ),
  );

/** One that a person has closed is not opened again for the same immobilisation. */
async function tellUnconfirmed(context: Context, leaseId: string, { id, vehicleId }: EpisodeRow): Promise<void> {
  const kind = 'warning_unconfirmed';
  if ((await context.tx.$count(cases, eq(cases.key, caseKey(kind, id)))) > 0) return;
  await openCase(context, { kind, about: id, leaseId, paymentId: null, detail: { vehicleId, immobilisationId: id } });
}
