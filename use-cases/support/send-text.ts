import { and, desc, eq, ne } from 'drizzle-orm';
import type { Database } from '#db/client';
import { attempts, leases, users } from '#db/schema/index';
import { ringsAt } from '#domain/payments/quiet-hours';
import { waitsForMorning, type Message } from '#domain/support/messages';
import type { TextOrder } from '#domain/support/wire';
import { sendOnce, quiet, type SupportDependencies } from './send-once.ts';

/**
 * Sends the customer of a lease a text. A customer without a phone (erased) gets none.
 *
 * @throws ProviderFailure where it was surely not taken, to be tried again.
 * @throws ApplicationFailure `Quiet`, to be tried again in the morning, at night: but for the answer to what the
 * customer has done in the same night.
 */
export async function sendText(deps: SupportDependencies, { key, leaseId, message, at }: TextOrder): Promise<void> {
  const { db } = deps;
  const [customer] = await db
    .select({
      id: users.id,
      phone: users.phoneEncrypted,
      language: users.language,
      channels: users.channels,
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
  await sendOnce(deps, {
    key,
    to: { ...customer, phoneEncrypted: customer.phone },
    leaseId,
    message,
    at: at === undefined ? new Date() : new Date(at),
  });
}

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
