import { and, asc, eq, inArray, isNotNull, isNull, ne, notExists, or } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { doubtsOf } from '#db/queries/doubts';
import { leaseClock, scheduleOf, type LeaseRow } from '#db/queries/leases';
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
import { localDateAt } from '#domain/calendar';
import { Problem, type FieldError } from '#domain/errors';
import { whatKeepsData } from '#domain/identity/keeps-data';
import { positionOn } from '#domain/leases/position';
import { record, type Context } from '../context.ts';
import { endSessions } from './end-sessions.ts';

type User = typeof users.$inferSelect;

/**
 * Erases a customer's personal data: name, phone, income, documents, messages, payment methods, the name
 * under an agreement, and what providers wrote of the payer. What the law on accounts and on consumer
 * credit wants kept stays without a name beside it: leases and when they were signed, payments, the
 * ledger, credit decisions, the audit trail.
 *
 * @throws Problem invalid_state while something is open between him and the house: it names what, and where to look.
 */
export async function eraseUser(context: Context, id: string): Promise<void> {
  const { tx, at } = context;
  // Leases are locked before their customer, as everywhere: until he is gone, nothing of theirs opens.
  const theirs = eq(leases.customerId, id);
  await tx.select({ id: leases.id }).from(leases).where(theirs).orderBy(asc(leases.id)).for('update');
  const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update');
  if (user === undefined || user.erasedAt !== null) throw new Problem('not_found');
  const open = await openAffairs(tx, user);
  if (open.length > 0) throw new Problem('invalid_state', 'Something between you and us is open', open);

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

/** What of each lease, and of money that came from a phone of his, is not settled, in words for the customer. */
async function openAffairs(tx: Transaction, user: User): Promise<FieldError[]> {
  const theirs = await tx.select().from(leases).where(eq(leases.customerId, user.id)).orderBy(asc(leases.id));
  const doubts = await doubtsOf(tx, theirs);
  const found: FieldError[] = [];
  for (const row of theirs) {
    const at = leaseClock(row);
    const refunds = await tx.$count(attempts, and(eq(attempts.leaseId, row.id), isOpenRefund));
    const underWay = refunds + (doubts.get(row.id) ?? []).length;
    const writtenOff = row.status === 'written_off' ? await givenUpOf(tx, row, at) : 0;
    const why = whatKeepsData({ ...row, at, writtenOff, underWay });
    const path = `leases.${row.reference}`;
    found.push(...why.map((message) => ({ path, message: `${message}: see GET /v1/leases/${row.id}` })));
  }
  const phones = await phonesOf(tx, user);
  const isWaiting = and(inArray(inbound.payerHash, phones), inArray(inbound.status, ['announced', 'suspense']));
  const [waiting] = await tx.select({ id: inbound.id }).from(inbound).where(isWaiting).limit(1);
  if (waiting !== undefined)
    found.push({ path: 'phone', message: 'money from your number waits for its owner: an agent says whose it is' });
  return found;
}

/**
 * Payments for a lease of his keep their sums and receipts, and nobody's phone; what came by itself from a number of his and
 * is for no lease too. What he paid for somebody else's lease is in that one's books: it stays as it is shown there, without
 * the number in clear and what the provider wrote. A number that the other customer has himself is the other's, and stays.
 */
async function erasePayer({ tx }: Context, user: User) {
  const theirs = tx.select({ id: leases.id }).from(leases).where(eq(leases.customerId, user.id));
  const payments = tx.select({ id: attempts.id }).from(attempts).where(inArray(attempts.leaseId, theirs));
  await tx.update(callbacks).set({ bodyEncrypted: '' }).where(inArray(callbacks.attemptId, payments));
  await tx.update(attempts).set({ payerMasked: 'erased' }).where(inArray(attempts.leaseId, theirs));

  const unknown = { payerEncrypted: null, payerHash: null, bodyEncrypted: null };
  const isFromHim = inArray(inbound.payerHash, await ownPhonesOf(tx, user));
  const isNobodys = and(isNull(inbound.leaseId), isFromHim);
  await tx
    .update(inbound)
    .set({ ...unknown, payerMasked: 'erased' })
    .where(or(inArray(inbound.leaseId, theirs), isNobodys));
  await tx
    .update(inbound)
    .set(unknown)
    .where(and(isNotNull(inbound.leaseId), isFromHim, notExists(payerHimself(tx))));
}

/** The customer of the lease that a payment is for, where he has the number that it came from himself. */
function payerHimself(tx: Transaction) {
  const isHis = and(eq(methods.userId, users.id), eq(methods.phoneHash, inbound.payerHash), isNull(methods.deletedAt));
  return tx
    .select({ id: leases.id })
    .from(leases)
    .innerJoin(users, eq(users.id, leases.customerId))
    .leftJoin(methods, isHis)
    .where(and(eq(leases.id, inbound.leaseId), or(eq(users.phoneHash, inbound.payerHash), isNotNull(methods.id))));
}

/** The hashes of a customer's phones, without those by which somebody else logs in: a friend's, whose money pays for him. */
async function ownPhonesOf(tx: Transaction, user: User): Promise<string[]> {
  const phones = await phonesOf(tx, user);
  const others = await tx
    .select({ hash: users.phoneHash })
    .from(users)
    .where(and(inArray(users.phoneHash, phones), ne(users.id, user.id)));
  return phones.filter((phone) => !others.some(({ hash }) => hash === phone));
}

/** A refund whose outcome is open, or that is not in the books. */
const isOpenRefund = and(
  eq(attempts.kind, 'refund'),
  isNull(attempts.transferId),
  inArray(attempts.status, ['pending', 'unknown', 'succeeded']),
);

/** What of a written-off lease is not paid, minor units. */
async function givenUpOf(tx: Transaction, row: LeaseRow, at: Date): Promise<number> {
  const lines = await scheduleOf(tx, row.id, row.scheduleVersion);
  const { outstanding, feesDue } = positionOn(localDateAt(at.getTime(), row.market), row, lines);
  return outstanding + feesDue;
}

/** The hashes of the phones that are known as a customer's. */
async function phonesOf(tx: Transaction, { id, phoneHash }: User): Promise<string[]> {
  const ways = await tx
    .select({ hash: methods.phoneHash })
    .from(methods)
    .where(and(eq(methods.userId, id), isNull(methods.deletedAt)));
  return [...ways.map(({ hash }) => hash), ...(phoneHash === null ? [] : [phoneHash])];
}
