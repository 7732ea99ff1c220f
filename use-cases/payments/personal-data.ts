import { and, asc, eq, inArray, isNotNull, isNull, ne, notExists, or } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { whileHeldBy } from '#db/queries/tenures';
import { attempts, callbacks, giveBacks, inbound, leases, methods, users } from '#db/schema/index';
import { untilBooked } from '#domain/payments/payment';
import type { Context } from '../context.ts';
import { list, type PersonalData, type User } from '../personal-data.ts';
import { paymentRetention } from './retention.ts';

export const paymentData: PersonalData = {
  holds: 'numbers that are charged, payments, what providers wrote of who paid',
  kept: 'payments and the ledger as long as the law on accounts wants; numbers until the customer is erased, and messages of providers too, or 400 days',
  retention: paymentRetention,

  export: {
    paymentMethods: list(async ({ tx, user, clear }) => {
      const ways = await tx.select().from(methods).where(eq(methods.userId, user.id));
      return ways.map(({ phoneEncrypted, phoneHash: _hash, ...way }) => ({ ...way, phone: clear(phoneEncrypted) }));
    }),
    payments: list(async ({ tx, user }) => {
      const isTheirs = whileHeldBy(user.id, attempts.leaseId, attempts.requestedAt);
      const paid = await tx.select().from(attempts).where(isTheirs).orderBy(asc(attempts.createdAt));
      return paid.map((one) => {
        const { callbackHash: _callback, transferId: _transfer, agentId: _agent, ...payment } = untilBooked(one);
        return payment;
      });
    }),
  },

  async open(tx, user) {
    const phones = await phonesOf(tx, user);
    const isWaiting = and(
      inArray(inbound.payerHash, phones),
      inArray(inbound.status, ['announced', 'suspense', 'returning']),
    );
    const [waiting] = await tx.select({ id: inbound.id }).from(inbound).where(isWaiting).limit(1);
    if (waiting === undefined) return [];
    return [{ path: 'phone', message: 'money from your number waits for its owner: an agent says whose it is' }];
  },

  async erase(context, user) {
    await erasePayer(context, user);
    await context.tx
      .update(methods)
      .set({ phoneEncrypted: '', phoneHash: '', masked: 'erased', deletedAt: context.at })
      .where(eq(methods.userId, user.id));
  },
};

/**
 * Payments for a lease of his keep their sums and receipts, and nobody's phone; what came by itself from a number of his and
 * is for no lease too. What he paid for somebody else's lease is in that one's books: it stays as it is shown there, without
 * the number in clear and what the provider wrote. A number that the other customer has himself is the other's, and stays.
 */
async function erasePayer({ tx }: Context, user: User): Promise<void> {
  const isPaidForHis = whileHeldBy(user.id, attempts.leaseId, attempts.requestedAt);
  const payments = tx.select({ id: attempts.id }).from(attempts).where(isPaidForHis);
  await tx.update(callbacks).set({ bodyEncrypted: '' }).where(inArray(callbacks.attemptId, payments));
  await tx.update(attempts).set({ payerMasked: 'erased' }).where(isPaidForHis);

  const isReceivedForHis = whileHeldBy(user.id, inbound.leaseId, inbound.receivedAt);
  const isFromHim = inArray(inbound.payerHash, await ownPhonesOf(tx, user));
  const received = tx.select({ id: inbound.id }).from(inbound).where(or(isReceivedForHis, isFromHim));
  await tx.update(giveBacks).set({ reason: 'erased' }).where(inArray(giveBacks.inboundId, received));

  const unknown = { payerEncrypted: null, payerHash: null, bodyEncrypted: null };
  const isNobodys = and(isNull(inbound.leaseId), isFromHim);
  await tx
    .update(inbound)
    .set({ ...unknown, payerMasked: 'erased', account: 'erased' })
    .where(or(isReceivedForHis, isNobodys));
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

/** The hashes of the phones that are known as a customer's. */
async function phonesOf(tx: Transaction, { id, phoneHash }: User): Promise<string[]> {
  const ways = await tx
    .select({ hash: methods.phoneHash })
    .from(methods)
    .where(and(eq(methods.userId, id), isNull(methods.deletedAt)));
  return [...ways.map(({ hash }) => hash), ...(phoneHash === null ? [] : [phoneHash])];
}
