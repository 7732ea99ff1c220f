import { eq, sql } from 'drizzle-orm';
import { notifications, notificationTries } from '#db/schema/index';
import { segmentPrices, type Outbound } from '#domain/notifications/rules';
import { isCode } from '#domain/notifications/sayings';
import { written } from '#domain/notifications/written';
import { segmentsOf } from '#domain/notifications/segments';
import type { Context } from '../context.ts';
import type { DeliveryDependencies } from './dependencies.ts';
import type { Known } from './facts.ts';
import type { Parcel } from './hand-to-channel.ts';
import { noticeOf } from './queue-notification.ts';
import { spend } from './spend.ts';

/** Milliseconds after which a try of which nothing was written down is looked at: later than it can be under way. */
export const LOOKED_AT = 150_000;

/**
 * Writes down that a channel is about to be tried, and takes what it costs from the market's day.
 *
 * @returns what is handed over; null where the day has no money left for it
 */
export async function reserve(
  context: Context,
  deps: DeliveryDependencies,
  known: Known,
  channel: Outbound,
): Promise<Parcel | null> {
  const { tx } = context;
  const { row, addressee, day, market, facts } = known;
  const notice = noticeOf(deps.encryption, row);
  const text = written(notice, addressee.user.language, channel);
  if (text.language !== addressee.user.language) deps.missing?.(row.template, addressee.user.language);
  const segments = channel === 'sms' ? segmentsOf(text.body).count : 0;
  const costMinor = segments * segmentPrices[market];
  const isExempt = facts.isLegal || facts.urgency === 'now';
  if (channel === 'sms' && !(await spend(context, { market, day, costMinor }, isExempt))) return null;
  const at = new Date(facts.now);
  await tx
    .insert(notificationTries)
    .values({
      notificationId: row.id,
      channel,
      state: 'sending',
      tries: 1,
      firstAt: at,
      lastAt: at,
      userId: row.userId,
      template: row.template,
      day,
      market,
      segments,
      costMinor,
    })
    .onConflictDoUpdate({
      target: [notificationTries.notificationId, notificationTries.channel],
      set: { state: 'sending', tries: sql`${notificationTries.tries} + 1`, lastAt: at, day, segments, costMinor },
    });
  const nextAt = new Date(Date.now() + LOOKED_AT);
  await tx.update(notifications).set({ nextAt, language: text.language }).where(eq(notifications.id, row.id));
  return { id: row.id, channel, text, addressee, mayRepeat: isCode(row.template) };
}
