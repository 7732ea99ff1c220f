import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { notifications } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { writtenIn, type Channel } from '#domain/support/languages';
import { isLegal, isNotice, type Message } from '#domain/support/messages';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { TextMessageProvider } from '#providers/messaging/provider';
import { ProviderFailure } from '#providers/mobile-money/provider';
import { openCase } from '../cases/open-case.ts';
import { transact } from '../context.ts';
import { isSuppressed } from './suppression.ts';

export interface SupportDependencies {
  readonly db: Database;
  readonly log: Logger;
  readonly encryption: Encryption;
  readonly textMessages: TextMessageProvider;
}

interface Delivery {
  /** One text per key. */
  readonly key: string;
  readonly to: {
    readonly id: string;
    readonly phoneEncrypted: string;
    readonly language: string;
    /** How he wants to be reached. */
    readonly channels: readonly Channel[];
  };
  readonly leaseId: string | null;
  readonly message: Message;
  /** When it was asked for. */
  readonly at: Date;
}

/**
 * Tells somebody something in his language, once for a key: by SMS, or only in the app where he wants no texts or has sent
 * STOP. What he has to be told (`isLegal`) comes by SMS all the same.
 *
 * What may have been taken is not sent again, since nobody could tell the second from a new demand: it is noted as
 * failed, and a notice (`isNotice`) is a case. Where any other was lost, the customer has not heard of something that he can see all the same; no money
 * moves and no deadline runs by a text. A gateway that goes on like that opens its circuit, and texts wait for it.
 * A phone that takes no texts is not asked again about this one, and is one case of the lease, or of the customer.
 *
 * @throws ProviderFailure where it was surely not taken, to be tried again.
 */
export async function sendOnce(
  { db, log, encryption, textMessages }: SupportDependencies,
  { key, to, leaseId, message, at }: Delivery,
): Promise<void> {
  const phone = encryption.decrypt(to.phoneEncrypted);
  const wantsTexts = to.channels.includes('sms') && !(await isSuppressed(db, encryption.hash('phone', phone)));
  const isTexted = wantsTexts || isLegal(message);
  const { text: body, language } = writtenIn(to.language, message);
  await db
    .insert(notifications)
    .values({
      id: uuidv7(),
      key,
      userId: to.id,
      leaseId,
      channel: isTexted ? 'sms' : 'in_app',
      language,
      sentAt: isTexted ? null : at,
      template: message.template,
      bodyEncrypted: encryption.encrypt(body),
    })
    .onConflictDoNothing({ target: notifications.key });
  const [row] = await db.select().from(notifications).where(eq(notifications.key, key));
  if (row === undefined || row.sentAt !== null || row.failedAt !== null) return;
  try {
    await textMessages.send({ to: phone, body, deduplicationId: row.id });
  } catch (error) {
    if (!(error instanceof ProviderFailure) || error.kind === 'not_taken') throw error;
    const { kind } = error;
    await transact(db, system('support'), at, async (context) => {
      await context.tx.update(notifications).set({ failedAt: new Date() }).where(eq(notifications.id, row.id));
      const order = { leaseId, paymentId: null, detail: { template: message.template, notificationId: row.id } };
      if (kind === 'refused') await openCase(context, { kind: 'text_refused', about: leaseId ?? to.id, ...order });
      else if (isNotice(message)) await openCase(context, { kind: 'text_in_doubt', about: row.id, ...order });
    });
    log.warn({ notificationId: row.id, kind, reason: error.message }, 'a text was refused, or may not have been taken');
    return;
  }
  await db.update(notifications).set({ sentAt: new Date() }).where(eq(notifications.id, row.id));
}

/** To be tried again in the morning. @param nextRetryDelay milliseconds */
export const quiet = (nextRetryDelay: number) =>
  ApplicationFailure.create({
    type: 'Quiet',
    message: 'the customer is not reached at night',
    nextRetryDelay,
    category: ApplicationFailureCategory.BENIGN,
  });
