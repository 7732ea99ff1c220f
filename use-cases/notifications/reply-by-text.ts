import { and, eq, gt, inArray, isNull, lt, type SQL } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { channelHealth, notifications, notificationTries } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import type { DeadReason } from '#domain/notifications/delivery';
import { replyLimits, segmentPrices } from '#domain/notifications/rules';
import { segmentsOf } from '#domain/notifications/segments';
import { marketOfPhone } from '#domain/phone';
import type { Encryption } from '#platform/encryption';
import { ProviderFailure, type ProviderFailureKind } from '#providers/provider-failure';
import type { TakenText, TextMessages } from '#providers/messaging/provider';
import { transact, type Context } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import { lockAddressee } from './facts.ts';
import { noteFailing } from './note-failing.ts';
import { LOOKED_AT } from './reserve-try.ts';
import { giveSpendBack, spend, type TextCost } from './spend.ts';

interface Dependencies {
  readonly db: Database;
  readonly encryption: Encryption;
  readonly textMessages: TextMessages;
}

interface Reply {
  readonly key: string;
  readonly userId: string;
  readonly to: string;
  readonly body: string;
  /** Our number to which he wrote. */
  readonly from?: string | undefined;
  /** What it says again, where that is told as something of its own. */
  readonly template?: 'reply' | 'restart_code';
}

const actor = system('texts');

/**
 * Answers by SMS what a customer has just asked for at his phone: at once, at any hour, and also where he wants no other
 * texts. Once for a key, and again only where it surely did not go out. A customer who was erased is answered nothing; who
 * asks too often, or beyond what a day may cost, finds the answer in the app.
 *
 * @throws ProviderFailure where it surely did not: the same again sends it. What did not go out otherwise is a dead letter.
 */
export async function replyByText(deps: Dependencies, reply: Reply): Promise<void> {
  const { db, encryption, textMessages } = deps;
  const id = await transact(db, actor, new Date(), (context) => reserveReply(context, encryption, reply));
  if (id === null) return;
  const { to, body, from } = reply;
  const text = { to, body, deduplicationId: id, ...(from !== undefined && { from }) };
  const taken = await textMessages.send(text).catch((error: unknown) => ({ error }));
  await transact(db, actor, new Date(), (context) => noteReply(context, id, taken));
  if ('error' in taken && stateOf(taken.error) === 'not_taken') throw taken.error;
}

/** @returns its id; null where it is not to be sent */
async function reserveReply(context: Context, encryption: Encryption, reply: Reply): Promise<string | null> {
  const { tx, at } = context;
  const { key, userId, to, body, template = 'reply' } = reply;
  const person = await holdPerson(tx, userId);
  if (person === null) return null;
  await lockAddressee(tx, userId);
  const [before] = await tx.select().from(notifications).where(eq(notifications.key, key));
  if (before !== undefined && before.reason !== ('no_answer' satisfies DeadReason)) {
    await noteLostReplies(context, eq(notifications.id, before.id));
    return null;
  }
  const isOften = template === 'reply' && before === undefined && (await isTooOften(context, userId));
  const market = marketOfPhone(to) ?? person.market ?? 'UG';
  const segments = segmentsOf(body).count;
  const cost: TextCost = {
    market,
    day: localDateAt(at.getTime(), market),
    costMinor: segments * segmentPrices[market],
  };
  const isSent = !isOften && (await spend(context, cost, template !== 'reply'));
  const id = before?.id ?? uuidv7();
  const now = {
    bodyEncrypted: encryption.encrypt(body),
    channel: isSent ? ('sms' as const) : ('in_app' as const),
    sentAt: isSent ? null : at,
    failedAt: null,
    reason: null,
  };
  await tx
    .insert(notifications)
    .values({ id, key, userId, template, createdAt: at, askedAt: at, ...now })
    .onConflictDoUpdate({ target: notifications.key, set: now });
  if (!isSent) return null;
  const sending = { state: 'sending', tries: 1, lastAt: at, segments, ...cost } as const;
  await tx
    .insert(notificationTries)
    .values({ notificationId: id, channel: 'sms', firstAt: at, userId, template, ...sending })
    .onConflictDoUpdate({ target: [notificationTries.notificationId, notificationTries.channel], set: sending });
  return id;
}

/**
 * A reply of which nothing was written down since it was about to be sent: its process died, and nobody knows whether it
 * went out. It is not sent again, and is a dead letter.
 */
export async function noteLostReplies({ tx, at }: Context, which?: SQL): Promise<void> {
  const { id, sentAt, failedAt, noticeEncrypted } = notifications;
  const { notificationId, state, lastAt } = notificationTries;
  const lost = tx
    .select({ id: notificationId })
    .from(notificationTries)
    .where(and(eq(state, 'sending'), lt(lastAt, new Date(at.getTime() - LOOKED_AT))));
  // Of what has facts a workflow looks at it.
  const noted = await tx
    .update(notifications)
    .set({ failedAt: at, reason: 'in_doubt' })
    .where(and(inArray(id, lost), isNull(sentAt), isNull(failedAt), isNull(noticeEncrypted), which))
    .returning({ id });
  const ids = noted.map((one) => one.id);
  await tx.update(notificationTries).set({ state: 'in_doubt' }).where(inArray(notificationId, ids));
}

/** An autoresponder, or somebody who is bored, has had as many as one phone gets. */
async function isTooOften({ tx, at }: Context, userId: string): Promise<boolean> {
  const counts = replyLimits.map(async ({ within, most }) => {
    const isReply = and(eq(notifications.template, 'reply'), eq(notifications.channel, 'sms'));
    const isLately = gt(notifications.createdAt, new Date(at.getTime() - within));
    return (await tx.$count(notifications, and(eq(notifications.userId, userId), isReply, isLately))) >= most;
  });
  return (await Promise.all(counts)).includes(true);
}

const stateOf = (error: unknown): ProviderFailureKind => (error instanceof ProviderFailure ? error.kind : 'unknown');

const ends = {
  not_taken: { state: 'not_taken', reason: 'no_answer' },
  refused: { state: 'refused', reason: 'refused' },
  unknown: { state: 'in_doubt', reason: 'in_doubt' },
} as const;

async function noteReply(context: Context, id: string, taken: TakenText | { readonly error: unknown }): Promise<void> {
  const { tx, at } = context;
  const isIts = and(eq(notificationTries.notificationId, id), eq(notificationTries.channel, 'sms'));
  const which = eq(notifications.id, id);
  if (!('error' in taken)) {
    const { provider, messageId } = taken;
    await tx.update(notifications).set({ sentAt: at, failedAt: null, reason: null }).where(which);
    await tx.delete(channelHealth).where(eq(channelHealth.channel, 'sms'));
    await tx.update(notificationTries).set({ state: 'taken', provider, providerMessageId: messageId }).where(isIts);
    return;
  }
  const kind = stateOf(taken.error);
  const { state, reason } = ends[kind];
  const [tried] = await tx.update(notificationTries).set({ state }).where(isIts).returning();
  await tx.update(notifications).set({ failedAt: at, reason }).where(which);
  if (kind !== 'refused') await noteFailing(context, 'sms');
  if (kind !== 'unknown' && tried !== undefined) await giveSpendBack(context, tried);
}
