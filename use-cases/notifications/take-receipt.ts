import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import { notifications, notificationTries } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { Database } from '#db/client';
import { wakeNotification } from '#steering/wake-notification';
import { transact, type Context } from '../context.ts';
import type { StartingDependencies } from './dependencies.ts';

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
      noteDeliveryReceipt(context, receipt),
    );
    if (noted === null && look < LOOKS) {
      await sleep(APART);
      continue;
    }
    if (noted?.goesOn === true) await wakeNotification(deps, noted);
    return noted !== null;
  }
}

/** @returns what it is of, and whether it goes on; null for a text that is not ours */
export async function noteDeliveryReceipt({ tx }: Context, { provider, messageId, isDelivered }: Receipt) {
  const isIts = and(eq(notificationTries.provider, provider), eq(notificationTries.providerMessageId, messageId));
  const [found] = await tx.select().from(notificationTries).where(isIts);
  if (found === undefined) return null;
  const which = eq(notifications.id, found.notificationId);
  const [row] = await tx.select().from(notifications).where(which).for('update');
  if (row === undefined) return null;
  const [tried] = await tx.select().from(notificationTries).where(isIts).for('update');
  const known = { id: row.id, urgency: row.urgency };
  // The first word stands: networks say a thing twice, and take none of it back.
  if (tried?.state !== 'taken') return { ...known, goesOn: tried?.state === 'undelivered' && row.sentAt === null };
  await tx
    .update(notificationTries)
    .set({ state: isDelivered ? 'delivered' : 'undelivered' })
    .where(isIts);
  // A code that did not arrive is over before another channel has it.
  if (isDelivered || row.noticeEncrypted === null) return { ...known, goesOn: false };
  await tx.update(notifications).set({ sentAt: null, nextAt: new Date() }).where(which);
  return { ...known, goesOn: true };
}
