import { and, eq, inArray, isNull, notInArray, or } from 'drizzle-orm';
import {
  attempts,
  callbacks,
  documents,
  idempotencyKeys,
  inbound,
  leases,
  methods,
  notifications,
  otpCodes,
  submissions,
  users,
} from '#db/schema/index';
import { Problem } from '#domain/errors';
import { hasEnded, leaseStatuses } from '#domain/leases/status';
import { record, type Context } from '../context.ts';
import { endSessions } from './end-sessions.ts';

const ended = leaseStatuses.filter(hasEnded);

/**
 * Erases a customer's personal data: name, phone, income, documents, messages, payment methods, the name
 * under an agreement, and what providers wrote of the payer. What the law on accounts and on consumer
 * credit wants kept stays without a name beside it: leases and when they were signed, payments, the
 * ledger, credit decisions, the audit trail.
 *
 * @throws Problem invalid_state while a lease is alive.
 */
export async function eraseUser(context: Context, id: string): Promise<void> {
  const { tx, at } = context;
  const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update');
  if (user === undefined || user.erasedAt !== null) throw new Problem('not_found');
  const [alive] = await tx
    .select({ id: leases.id })
    .from(leases)
    .where(and(eq(leases.customerId, id), notInArray(leases.status, ended)))
    .limit(1);
  if (alive !== undefined) throw new Problem('invalid_state', 'There is a lease that is not over');

  await tx.delete(documents).where(eq(documents.userId, id));
  await tx.delete(notifications).where(eq(notifications.userId, id));
  await tx.delete(idempotencyKeys).where(eq(idempotencyKeys.userId, id));
  if (user.phoneHash !== null) await tx.delete(otpCodes).where(eq(otpCodes.phoneHash, user.phoneHash));
  await tx
    .update(submissions)
    .set({ documentNumberEncrypted: '', documentNumberHash: '', reason: null, reviewReason: null })
    .where(eq(submissions.userId, id));
  await tx
    .update(submissions)
    .set({ status: 'expired', decidedAt: at })
    .where(and(eq(submissions.userId, id), inArray(submissions.status, ['pending', 'in_review', 'approved'])));
  await tx.update(leases).set({ signedName: null }).where(eq(leases.customerId, id));
  await erasePayer(context, user);
  await tx
    .update(methods)
    .set({ phoneEncrypted: '', phoneHash: '', masked: 'erased', deletedAt: at })
    .where(eq(methods.userId, id));
  await tx
    .update(users)
    .set({
      name: 'erased',
      phoneEncrypted: null,
      phoneHash: null,
      monthlyIncome: null,
      version: user.version + 1,
      erasedAt: at,
      disabledAt: at,
      updatedAt: at,
    })
    .where(eq(users.id, id));
  await endSessions(context, { userId: id });
  await record(context, { type: 'user.erased', subject: id });
}

/** Payments keep their sums and receipts, and nobody's phone; what came by itself from a phone of theirs too. */
async function erasePayer({ tx }: Context, { id, phoneHash }: Pick<typeof users.$inferSelect, 'id' | 'phoneHash'>) {
  const theirs = tx.select({ id: leases.id }).from(leases).where(eq(leases.customerId, id));
  const payments = tx.select({ id: attempts.id }).from(attempts).where(inArray(attempts.leaseId, theirs));
  const ways = await tx
    .select({ hash: methods.phoneHash })
    .from(methods)
    .where(and(eq(methods.userId, id), isNull(methods.deletedAt)));
  const phones = [...ways.map(({ hash }) => hash), ...(phoneHash === null ? [] : [phoneHash])];
  await tx.update(callbacks).set({ bodyEncrypted: '', claim: null }).where(inArray(callbacks.attemptId, payments));
  await tx
    .update(inbound)
    .set({ payerEncrypted: null, payerHash: null, payerMasked: 'erased', bodyEncrypted: null })
    .where(or(inArray(inbound.leaseId, theirs), inArray(inbound.payerHash, phones)));
  await tx.update(attempts).set({ payerMasked: 'erased' }).where(inArray(attempts.leaseId, theirs));
}
