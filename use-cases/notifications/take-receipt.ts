import { setTimeout as sleep } from 'node:timers/promises';
import { and, asc, eq } from 'drizzle-orm';
import { notifications, notificationTries } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { Outbound } from '#domain/notifications/rules';
import type { Database } from '#db/client';
import type { TryRow } from '#db/queries/deliveries';
import type { NotificationRow } from '#db/queries/notifications';
import { wakeNotification } from '#steering/wake-notification';
import { transact, type Context } from '../context.ts';
import type { StartingDependencies } from './dependencies.ts';
import { noteDead, noteDelivered } from './end-notification.ts';

/** What a gateway says later of a text that it took. */
export interface Receipt {
  readonly provider: string;
  readonly messageId: string;
  readonly isDelivered: boolean;
}

/** A receipt may be quicker than the answer that has its id: it is looked for so often, milliseconds apart. */
const LOOKS = 4;
const APART = 400;

/**
 * Takes a receipt, any number of times. A text that did not arrive goes on by the next channel: its workflow is woken.
 *
 * @returns false for a text that is not ours
 */
export async function takeReceipt(
  deps: StartingDependencies & { readonly db: Database },
  receipt: Receipt,
): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    const noted = await transact(deps.db, system('notifications'), new Date(), (context) =>
      noteDeliveryReceipts(context, receipt),
    );
    if (noted.length === 0 && look < LOOKS) {
      await sleep(APART);
      continue;
    }
    for (const one of noted) if (one.goesOn) await wakeNotification(deps, one);
    return noted.length > 0;
  }
}

/**
 * Of an id that a provider gave two texts nobody knows which arrived; that one did not is said of each.
 *
 * @returns what it is of, and whether that goes on; nothing for a text that is not ours
 */
export async function noteDeliveryReceipts(context: Context, { provider, messageId, isDelivered }: Receipt) {
  const { tx } = context;
  const { provider: its, providerMessageId, notificationId } = notificationTries;
  const isIts = and(eq(its, provider), eq(providerMessageId, messageId));
  const found = await tx.select().from(notificationTries).where(isIts).orderBy(asc(notificationId));
  const noted: NonNullable<Awaited<ReturnType<typeof noteReceiptOf>>>[] = [];
  for (const tried of found) {
    const one = await noteReceiptOf(context, tried, found.length > 1 && isDelivered ? null : isDelivered);
    if (one !== null) noted.push(one);
  }
  return noted;
}

async function noteReceiptOf(context: Context, found: TryRow, isDelivered: boolean | null) {
  const { tx } = context;
  const which = eq(notifications.id, found.notificationId);
  const isIts = and(
    eq(notificationTries.notificationId, found.notificationId),
    eq(notificationTries.channel, found.channel),
    eq(notificationTries.providerMessageId, found.providerMessageId ?? ''),
  );
  const [row] = await tx.select().from(notifications).where(which).for('update');
  if (row === undefined) return null;
  const [tried] = await tx.select().from(notificationTries).where(isIts).for('update');
  const known = { id: row.id, urgency: row.urgency };
  if (isDelivered === null) return { ...known, goesOn: false };
  // Also where it is to be sent again, and was not yet.
  if ((tried?.state === 'undelivered' || tried?.state === 'not_taken') && isDelivered) {
    await tx.update(notificationTries).set({ state: 'delivered' }).where(isIts);
    await noteArrival(context, row);
    return { ...known, goesOn: await settle(context, row, tried.channel) };
  }
  // That it arrived stands, and what was said before: networks say a thing twice.
  if (tried?.state !== 'taken') return { ...known, goesOn: tried?.state === 'undelivered' && row.sentAt === null };
  await tx
    .update(notificationTries)
    .set({ state: isDelivered ? 'delivered' : 'undelivered' })
    .where(isIts);
  if (!isDelivered && (row.template === 'reply' || row.key.startsWith('ussd-'))) {
    await tx.update(notifications).set({ sentAt: null }).where(which);
    await noteDead(context, row, 'undelivered');
    return { ...known, goesOn: false };
  }
  if (isDelivered) await noteArrival(context, row);
  // A code that did not arrive is over before another channel has it.
  if (isDelivered || row.noticeEncrypted === null) return { ...known, goesOn: false };
  await tx.update(notifications).set({ sentAt: null, nextAt: new Date() }).where(which);
  return { ...known, goesOn: true };
}

/** The first word of it counts. */
async function noteArrival({ tx }: Context, { id, deliveredAt }: NotificationRow): Promise<void> {
  if (deliveredAt === null)
    await tx.update(notifications).set({ deliveredAt: new Date() }).where(eq(notifications.id, id));
}

/**
 * Reports overtake each other: it was said that a text did not arrive, and it has. Nothing more is sent, and nobody has to
 * tell the customer.
 *
 * @returns whether its workflow still looks for another channel
 */
async function settle(context: Context, row: NotificationRow, channel: Outbound): Promise<boolean> {
  // Of what a push service has taken nobody knows whether it was shown.
  const isToldElse = row.sentAt !== null && row.channel !== 'push';
  if (isToldElse || row.reason === 'overtaken') return false;
  await noteDelivered(context, row, channel);
  return row.sentAt === null && row.failedAt === null;
}
