import { and, desc, eq, ne } from 'drizzle-orm';
import type { Database } from '#db/client';
import { customerAt } from '#db/queries/tenures';
import { attempts, leases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { endsAt } from '#domain/notifications/as-of-now';
import { sendingOf, type Message } from '#domain/notifications/messages';
import type { TextOrder } from '#domain/support/wire';
import type { Encryption } from '#platform/encryption';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import type { StartingDependencies } from '../notifications/dependencies.ts';
import { queueNotification } from '../notifications/queue-notification.ts';

export interface TellingDependencies extends StartingDependencies {
  readonly db: Database;
  readonly encryption: Encryption;
}

/**
 * Tells the customer of a lease something, once a key: puts it on record and wakes its workflow, which knows the night and
 * the channels. A customer who was erased is told nothing. Without a time it was asked for now.
 */
export async function tellCustomer(deps: TellingDependencies, { key, leaseId, message, at }: TextOrder): Promise<void> {
  const { db, encryption } = deps;
  const askedAt = at === undefined ? new Date() : new Date(at);
  const customerId = await toWhom(db, leaseId, message, askedAt);
  if (customerId === undefined) return;
  const sending = sendingOf(message);
  const answersAt = sending.urgency === 'answer' ? await doneAt(db, leaseId, message, askedAt) : null;
  const ends = endsAt(message, askedAt.getTime());
  const until = ends === null ? {} : { expiresAt: new Date(ends) };
  const order = { key, leaseId, notice: message, ...sending, askedAt, answersAt, ...until } as const;
  const queued = await transact(db, system('support'), askedAt, async ({ tx }) => {
    const to = await holdPerson(tx, customerId);
    return to === null ? null : queueNotification(tx, encryption, { ...order, to });
  });
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
}

/** Who had the lease when it was asked for: it may be on its way for a day. What it was made over by is told to who has it now. */
async function toWhom(
  db: Database,
  leaseId: string,
  { template }: Message,
  askedAt: Date,
): Promise<string | undefined> {
  if (template !== 'taken_over') return customerAt(db, leaseId, askedAt);
  const [lease] = await db.select({ customerId: leases.customerId }).from(leases).where(eq(leases.id, leaseId));
  return lease?.customerId;
}

/** When the customer did what a text answers: that he paid may have become known long after. */
async function doneAt(db: Database, leaseId: string, { template }: Message, askedAt: Date): Promise<Date> {
  if (template === 'offer') {
    // Whom credit is given at night by an identity check that was slow, or by a person, sleeps.
    const [lease] = await db.select({ appliedAt: leases.createdAt }).from(leases).where(eq(leases.id, leaseId));
    return lease?.appliedAt ?? askedAt;
  }
  if (template !== 'deposit_received') return askedAt;
  const isPaid = and(eq(attempts.leaseId, leaseId), eq(attempts.status, 'succeeded'), ne(attempts.kind, 'refund'));
  const [newest] = await db
    .select({ requestedAt: attempts.requestedAt })
    .from(attempts)
    .where(isPaid)
    .orderBy(desc(attempts.requestedAt))
    .limit(1);
  return newest?.requestedAt ?? askedAt;
}
