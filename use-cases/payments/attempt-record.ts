import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { type Encryption, clearOf } from '#platform/encryption';
import type { Transaction, Queryable } from '#db/client';
import { prebuiltRows } from '#db/prebuilt';
import type { AttemptRow } from '#db/queries/payments';
import { accounts, attempts, callbacks, entries, transfers, inbound, methods, leases } from '#db/schema/index';
import { localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { keys } from '#domain/ledger/keys';
import { marketOf, type PaymentProvider } from '#domain/markets';
import { isByProvider } from '#domain/payments/payment';
import type { Settled } from '#domain/payments/wire';

export type { AttemptRow };

const lockRow = prebuiltRows(attempts, (db, given) =>
  db
    .select()
    .from(attempts)
    .where(eq(attempts.id, given('attemptId')))
    .for('update'),
);

export async function lockAttempt(tx: Transaction, attemptId: string): Promise<AttemptRow> {
  const [row] = await lockRow(tx, { attemptId });
  if (row === undefined) throw new Error(`there is no payment ${attemptId}`);
  return row;
}

/** The id of the newest callback about an attempt, or null where the provider was only asked. */
export async function lastCallbackOf(tx: Transaction, attemptId: string): Promise<string | null> {
  const [newest] = await newestCallback(tx, { attemptId });
  return newest?.id ?? null;
}

const newestCallback = prebuiltRows(callbacks, (db, given) =>
  db
    .select()
    .from(callbacks)
    .where(eq(callbacks.attemptId, given('attemptId')))
    .orderBy(desc(callbacks.receivedAt))
    .limit(1),
);

/** The outcome of a settled attempt, or null while it is pending or unknown. */
export function outcomeOf(row: AttemptRow): Settled | null {
  switch (row.status) {
    case 'succeeded':
    case 'reversed':
      return { status: 'succeeded', attemptId: row.id };
    case 'failed':
      return { status: 'failed', attemptId: row.id, reason: row.reason ?? 'provider_error' };
    case 'pending':
    case 'unknown':
      return null;
  }
}

/** @throws Error for what no provider knows of. */
export function providerOf({ id, provider }: AttemptRow): PaymentProvider {
  if (!isByProvider(provider)) throw new Error(`no provider knows of payment ${id}: it came as ${provider}`);
  return provider;
}

/** The local day of the market, on the lease's clock, on which it was asked for: a charge that succeeds was paid on it. */
export function requestedOn({ requestedAt, currency }: Pick<AttemptRow, 'requestedAt' | 'currency'>): LocalDate {
  return localDateAt(requestedAt.getTime(), marketOf(currency));
}

/** The day from which a payment counts; what was settled before days were kept counts from when it was asked for. */
export function valueOnOf(attempt: AttemptRow): LocalDate {
  return attempt.valueOn === null ? requestedOn(attempt) : localDate(attempt.valueOn);
}

/** The day from which it counts where it is booked for a lease that is over: by an agent's word alone, the day of its booking. */
export function bookedAfterEnd(attempt: AttemptRow): LocalDate {
  return attempt.claimedOn === null ? valueOnOf(attempt) : requestedOn(attempt);
}

/**
 * From which days so much of a payment counts for a lease that was over when it was booked: what was booked anew as of a day that
 * somebody else has confirmed from that day, the rest as it was booked. What is booked, decided and taken back ask the same.
 */
export async function countedAfterEnd({ tx }: { readonly tx: Transaction }, attempt: AttemptRow, amount: number) {
  const { requestedAt } = attempt;
  const anew = attempt.claimedOn === null ? 0 : Math.min(amount, await bookedAnew(tx, attempt));
  return [
    { amount: anew, valueOn: valueOnOf(attempt), requestedAt },
    { amount: amount - anew, valueOn: bookedAfterEnd(attempt), requestedAt },
  ].filter((one) => one.amount > 0);
}

/** What of cash was booked once more, as of its day: minor units. */
async function bookedAnew(tx: Transaction, attempt: AttemptRow): Promise<number> {
  const [found] = await tx
    .select({ amount: sql<string>`coalesce(sum(${entries.amount}), 0)` })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(
      and(eq(transfers.key, keys.payment(attempt.id, valueOnOf(attempt))), eq(accounts.name, attempt.source ?? '')),
    );
  return Number(found?.amount ?? 0);
}

/** The wall time of something that happens to this attempt now, moved onto the lease's clock. */
export function onLeaseClock(row: AttemptRow, wall: Date): Date {
  return new Date(wall.getTime() + (row.requestedAt.getTime() - row.createdAt.getTime()));
}

/** Milliseconds for which a request that no provider has seen may be on its way. */
export const LOST_AFTER = 24 * 3_600_000;

/** Whether what was sent may still reach a provider that has not seen it, by the wall, or by the clock of a lease that has travelled. */
export function mayBeOnItsWay(
  sent: { readonly sentAt: Date | null; readonly createdAt: Date; readonly requestedAt?: Date },
  at?: Date,
): boolean {
  const { sentAt, createdAt, requestedAt = createdAt } = sent;
  const ahead = at === undefined ? 0 : at.getTime() - requestedAt.getTime() - (Date.now() - createdAt.getTime());
  return Date.now() + Math.max(0, ahead) - (sentAt ?? createdAt).getTime() < LOST_AFTER;
}

/**
 * Phone to charge or to give back to, in clear, and the reference the customer sees. The phone is null where the
 * provider hides who paid by himself, and of somebody who was erased.
 */
export async function payerOf(db: Queryable, encryption: Encryption, row: AttemptRow) {
  // Of what went back out of suspense a part may be the lease's again.
  const paidBy = and(eq(inbound.paymentId, attempts.refundOf), inArray(inbound.status, ['posted', 'returned']));
  const [found] = await db
    .select({
      phone: methods.phoneEncrypted,
      told: inbound.payerEncrypted,
      market: leases.market,
      reference: leases.reference,
    })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .leftJoin(methods, eq(methods.id, attempts.paymentMethodId))
    .leftJoin(inbound, paidBy)
    .where(eq(attempts.id, row.id));
  if (found === undefined) throw new Error(`there is no payment ${row.id}`);
  const { market, reference } = found;
  return { market, reference, phone: clearOf(encryption, found.phone ?? found.told) };
}

/** The provider has never seen it: nobody was asked for money, and the next try waits for no other day. */
export const neverTaken = { state: 'failed', reason: 'not_sent', detail: 'the provider never took it' } as const;
