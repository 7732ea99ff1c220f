import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { and, desc, eq, ne } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { attempts, leases, notifications, users } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { ringsAt } from '#domain/payments/quiet-hours';
import { isNotice, textOf, waitsForMorning, type Message } from '#domain/support/messages';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { TextMessageProvider } from '#providers/messaging/provider';
import { ProviderFailure } from '#providers/mobile-money/provider';
import { transact } from '../context.ts';
import { openCase } from '../cases/open-case.ts';
import type { TextOrder } from '#domain/support/wire';

export interface SupportDependencies {
  readonly db: Database;
  readonly log: Logger;
  readonly encryption: Encryption;
  readonly textMessages: TextMessageProvider;
}

/**
 * Sends the customer of a lease a text. A customer without a phone (erased) gets none.
 *
 * What may have been taken is not sent again, since nobody could tell the second from a new demand: it is noted as
 * failed, and a notice (`isNotice`) is a case. Where any other was lost, the customer has not heard of something that his lease shows all the same; no money
 * moves and no deadline runs by a text. A gateway that goes on like that opens its circuit, and texts wait for it.
 * A phone that takes no texts is not asked again about this one, and is one case of the lease.
 *
 * @throws ProviderFailure where it was surely not taken, to be tried again.
 * @throws ApplicationFailure `Quiet`, to be tried again in the morning, at night: but for the answer to what the
 * customer has done in the same night.
 */
export async function sendText(
  { db, log, encryption, textMessages }: SupportDependencies,
  { key, leaseId, message, at }: TextOrder,
): Promise<void> {
  const [customer] = await db
    .select({
      id: users.id,
      phone: users.phoneEncrypted,
      market: leases.market,
      quiet: leases.quietHours,
    })
    .from(leases)
    .innerJoin(users, eq(users.id, leases.customerId))
    .where(eq(leases.id, leaseId));
  if (customer?.phone === undefined || customer.phone === null) return;
  if (at !== undefined) {
    const askedAt = Date.parse(at);
    // A lease that has travelled is ahead of the wall; one whose text was long on its way is behind it.
    const now = Math.max(askedAt, Date.now());
    const answered = waitsForMorning(message) ? null : await doneAt(db, leaseId, message, askedAt);
    const wait = ringsAt(now, answered, customer.quiet, customer.market) - now;
    if (wait > 0) throw quiet(wait);
  }
  const body = textOf(message);
  await db
    .insert(notifications)
    .values({
      id: uuidv7(),
      key,
      userId: customer.id,
      leaseId,
      channel: 'sms',
      template: message.template,
      bodyEncrypted: encryption.encrypt(body),
    })
    .onConflictDoNothing({ target: notifications.key });
  const [row] = await db.select().from(notifications).where(eq(notifications.key, key));
  if (row === undefined || row.sentAt !== null || row.failedAt !== null) return;
  try {
    await textMessages.send({ to: encryption.decrypt(customer.phone), body, deduplicationId: row.id });
  } catch (error) {
    if (!(error instanceof ProviderFailure) || error.kind === 'not_taken') throw error;
    const { kind } = error;
    await transact(db, system('support'), at === undefined ? new Date() : new Date(at), async (context) => {
      await context.tx.update(notifications).set({ failedAt: new Date() }).where(eq(notifications.id, row.id));
      const detail = { template: message.template, notificationId: row.id };
      if (kind === 'refused') await openCase(context, { kind: 'text_refused', leaseId, paymentId: null, detail });
      else if (isNotice(message))
        await openCase(context, { kind: 'text_in_doubt', leaseId, paymentId: null, about: row.id, detail });
    });
    log.warn({ notificationId: row.id, kind, reason: error.message }, 'a text was refused, or may not have been taken');
    return;
  }
  await db.update(notifications).set({ sentAt: new Date() }).where(eq(notifications.id, row.id));
}

const quiet = (nextRetryDelay: number) =>
  ApplicationFailure.create({
    type: 'Quiet',
    message: 'the customer is not reached at night',
    nextRetryDelay,
    category: ApplicationFailureCategory.BENIGN,
  });

/** When the customer did what a text answers, epoch milliseconds: that he paid may have become known long after. */
async function doneAt(db: Database, leaseId: string, { template }: Message, askedAt: number): Promise<number> {
  if (template !== 'deposit_received') return askedAt;
  const isPaid = and(eq(attempts.leaseId, leaseId), eq(attempts.status, 'succeeded'), ne(attempts.kind, 'refund'));
  const [newest] = await db
    .select({ requestedAt: attempts.requestedAt })
    .from(attempts)
    .where(isPaid)
    .orderBy(desc(attempts.requestedAt))
    .limit(1);
  return newest?.requestedAt.getTime() ?? askedAt;
}
