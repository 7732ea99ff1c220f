import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, like, lt, lte, ne, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { localDateAt } from '#domain/calendar';
import type { Doubt } from '#domain/leases/doubt';
import { anyDue, dueFor, laterParts } from '#domain/leases/due';
import type { PaymentStatus } from '#domain/payments/payment';
import { PROMPT_MS, SKEW_MS } from '#domain/payments/reconciliation';
import { normalReference } from '#domain/payments/suggestions';
import type { Queryable } from '../client.ts';
import { capitalsAndDigits } from '../schema/columns.ts';
import { attempts, clockMoves, giveBacks, inbound, leases, methods, settlementQuotes } from '../schema/index.ts';
import { askedByPeople, unbooked } from './payment-states.ts';

type Lease = Pick<typeof leases.$inferSelect, 'id' | 'reference' | 'market' | 'currency'>;

/**
 * `moneyInDoubt`: until it is known it counts as paid for what is late, for fees, reminders and arrears, and is not
 * prompted for again, as far as `owedIfPaid` goes. So do the credit and the saving of a settlement that is paid and
 * waits for days of cash: by one or the other way they pay what is owed.
 *
 * @param except a charge that is about to be sent, and no doubt to itself
 */
export async function doubtsOf(
  db: Queryable,
  leases: readonly Lease[],
  except?: string,
): Promise<ReadonlyMap<string, Doubt[]>> {
  const found = await moneyInDoubt(db, leases, except);
  const markets = new Map(leases.map(({ id, market }) => [id, market]));
  for (const { leaseId, paidAt, amount } of await settlementsThatWait(db, [...markets.keys()])) {
    const market = markets.get(leaseId);
    if (paidAt !== null && market !== undefined)
      found.get(leaseId)?.push({ on: localDateAt(paidAt.getTime(), market), amount, isThere: true });
  }
  return found;
}

/**
 * Money of leases of which nobody knows yet whether it was paid, or that is paid and not booked yet: charges, and what
 * a customer paid by himself with the lease's reference. By the day from which it would count, in minor units. What is announced
 * and may be a charge that is in doubt counts once, for that charge: it counts by itself as soon as the charge came to nothing.
 *
 * @param except a charge that is about to be sent, and no doubt to itself
 */
export async function moneyInDoubt(
  db: Queryable,
  leases: readonly Lease[],
  except?: string,
): Promise<Map<string, Doubt[]>> {
  const found = new Map<string, Doubt[]>(leases.map(({ id }) => [id, []]));
  if (leases.length === 0) return found;
  const markets = new Map(leases.map(({ id, market }) => [id, market]));
  const add = (leaseId: string, at: Date, doubt: Omit<Doubt, 'on'>) => {
    const market = markets.get(leaseId);
    if (market !== undefined) found.get(leaseId)?.push({ on: localDateAt(at.getTime(), market), ...doubt });
  };
  const charges = await chargesInDoubt(db, [...markets.keys()], except);
  for (const { leaseId, requestedAt, doubt } of charges) add(leaseId, requestedAt, { ...doubt, isThere: false });
  const free = new Set(charges);
  for (const one of await announcedFor(db, leases)) {
    const { leaseId, paidAt, amount, status } = one;
    const same = status === 'announced' ? [...free].find((charge) => mayBeCharge(one, charge)) : undefined;
    if (same !== undefined) free.delete(same);
    else add(leaseId, await leaseClockAt(db, leaseId, paidAt), { amount, isThere: status === 'suspense' });
  }
  return found;
}

/** Whether an announcement may tell of a charge: of its sum, without a receipt, asked for about its time, and by no other payer. */
function mayBeCharge(
  said: Awaited<ReturnType<typeof announcedFor>>[number],
  { leaseId, doubt, sent }: Awaited<ReturnType<typeof chargesInDoubt>>[number],
): boolean {
  const waited = said.paidAt.getTime() - sent.at.getTime();
  const isItsPayer = said.payerHash === null || said.payerHash === sent.payer;
  const isLike =
    said.leaseId === leaseId && said.amount === doubt.amount && said.provider === sent.provider && isItsPayer;
  return isLike && sent.receipt === null && waited >= -SKEW_MS && waited <= PROMPT_MS;
}

/** What is not owed any more once the lease is settled by a quote that is paid: its saving, fees after it, and what the credit pays. */
function settlementsThatWait(db: Queryable, ids: readonly string[]) {
  const { leaseId, paidAt, usedAt, saved } = settlementQuotes;
  return db
    .select({
      leaseId,
      paidAt,
      amount: sql<number>`(${leases.credit} + ${saved} + ${leases.feesCharged} - ${leases.feesPaid} - ${leases.feesWaived})::float8`,
    })
    .from(settlementQuotes)
    .innerJoin(leases, eq(leases.id, leaseId))
    .where(and(inArray(leaseId, [...ids]), isNotNull(paidAt), isNull(usedAt)));
}

function chargesInDoubt(db: Queryable, ids: readonly string[], except: string | undefined) {
  const before = alias(attempts, 'before');
  const isUnheard = (one: typeof attempts | typeof before, ...statuses: PaymentStatus[]) =>
    and(askedByPeople(one), inArray(one.status, statuses));
  const unheardBefore = db
    .select({ count: sql<number>`count(*)::int` })
    .from(before)
    .where(
      and(
        eq(before.leaseId, attempts.leaseId),
        isUnheard(before, 'pending', 'unknown', 'failed'),
        lt(before.requestedAt, attempts.requestedAt),
        gt(before.requestedAt, sql`${attempts.requestedAt} - interval '30 days'`),
      ),
    );
  return db
    .select({
      leaseId: attempts.leaseId,
      requestedAt: attempts.requestedAt,
      doubt: {
        amount: attempts.amount,
        dueThen: attempts.dueThen,
        isOwn: sql<boolean>`${attempts.due} like ${anyDue('own')} and ${attempts.status} in ('pending', 'unknown')`,
        isPaid: sql<boolean>`${attempts.status} = 'succeeded'`,
        isPending: sql<boolean>`${attempts.status} = 'pending'`,
        unheardBefore: sql<
          number | null
        >`case when ${isUnheard(attempts, 'pending', 'unknown')} then (${unheardBefore}) end`,
      },
      sent: {
        at: attempts.createdAt,
        provider: attempts.provider,
        receipt: attempts.providerReference,
        payer: methods.phoneHash,
      },
    })
    .from(attempts)
    .leftJoin(methods, eq(methods.id, attempts.paymentMethodId))
    .where(
      and(
        inArray(attempts.leaseId, [...ids]),
        or(inArray(attempts.status, ['pending', 'unknown']), unbooked),
        ne(attempts.kind, 'refund'),
        except === undefined ? undefined : ne(attempts.id, except),
      ),
    );
}

/**
 * What a lease has asked for of its deposit by itself: how many such charges are unknown, and when the last one was paid, on
 * the lease's clock. While one is unknown it asks for no more.
 */
export async function depositAskedFor(db: Queryable, leaseId: string) {
  const isOwn = or(eq(attempts.due, dueFor('deposit')), like(attempts.due, laterParts(dueFor('deposit'))));
  const charges = await db
    .select({ status: attempts.status, settledAt: attempts.settledAt })
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), isOwn, inArray(attempts.status, ['unknown', 'succeeded'])));
  const paid = charges.flatMap(({ status, settledAt }) => (status === 'succeeded' && settledAt ? [settledAt] : []));
  return {
    unknown: charges.filter(({ status }) => status === 'unknown').length,
    lastPaidAt: paid.toSorted((a, b) => a.getTime() - b.getTime()).at(-1) ?? null,
  };
}

const typedReference = capitalsAndDigits(inbound.account);

/** The lease whose reference was typed with a payment that a customer made by himself: it was in doubt for it. */
export async function leaseTypedFor(db: Queryable, paymentId: string): Promise<string | undefined> {
  const [lease] = await db
    .select({ id: leases.id })
    .from(inbound)
    .innerJoin(leases, eq(leases.reference, typedReference))
    .where(eq(inbound.paymentId, paymentId));
  return lease?.id;
}

/**
 * What waits in suspense with the reference of a lease, the first that was paid first. What the lease has given back is
 * another's, and what somebody has tried to send back is a person's.
 */
export async function suspendedFor(db: Queryable, lease: Lease): Promise<string[]> {
  const found = await announcedFor(db, [lease]);
  const ids = found.flatMap(({ id, status }) => (status === 'suspense' ? [id] : []));
  if (ids.length === 0) return [];
  const tried = await db
    .select({ inboundId: giveBacks.inboundId })
    .from(giveBacks)
    .where(inArray(giveBacks.inboundId, ids));
  return ids.filter((id) => !tried.some(({ inboundId }) => inboundId === id));
}

/** What was announced or waits in suspense for leases; what one gave back is another's. */
async function announcedFor(db: Queryable, leases: readonly Lease[]) {
  const ofReference = new Map(leases.map((lease) => [lease.reference, lease]));
  const { id, provider, receipt, currency, paidAt, payerHash, amount, status } = inbound;
  const rows = await db
    .select({ id, typed: typedReference, provider, receipt, currency, paidAt, payerHash, amount, status })
    .from(inbound)
    .where(and(inArray(status, ['announced', 'suspense']), inArray(typedReference, [...ofReference.keys()])))
    .orderBy(asc(paidAt), asc(id));
  const ids = leases.map(({ id }) => id);
  const givenBack = await givenBackBy(db, ids, rows);
  return rows.flatMap((row) => {
    const lease = ofReference.get(row.typed);
    if (lease === undefined || lease.currency !== row.currency) return [];
    return givenBack.has(`${lease.id} ${row.provider} ${row.receipt}`) ? [] : [{ ...row, leaseId: lease.id }];
  });
}

/** What was announced with the reference of one in the thirty days before it, and no statement has listed. */
export function unprovenBefore(
  db: Queryable,
  { id, account, currency, receivedAt }: typeof inbound.$inferSelect,
): Promise<{ readonly receivedAt: Date; readonly amount: number }[]> {
  const isBefore = and(
    inArray(inbound.status, ['announced', 'refuted']),
    gt(inbound.receivedAt, sql`${receivedAt.toISOString()}::timestamptz - interval '30 days'`),
    lte(inbound.receivedAt, receivedAt),
    ne(inbound.id, id),
    eq(typedReference, normalReference(account)),
    eq(inbound.currency, currency),
  );
  return db.select({ receivedAt: inbound.receivedAt, amount: inbound.amount }).from(inbound).where(isBefore);
}

async function givenBackBy(
  db: Queryable,
  ids: readonly string[],
  rows: readonly { readonly receipt: string }[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const receipts = rows.map(({ receipt }) => receipt);
  const isBack = and(
    inArray(attempts.leaseId, [...ids]),
    eq(attempts.status, 'reversed'),
    inArray(attempts.providerReference, receipts),
  );
  const back = await db
    .select({ leaseId: attempts.leaseId, provider: attempts.provider, receipt: attempts.providerReference })
    .from(attempts)
    .where(isBack);
  return new Set(back.map(({ leaseId, provider, receipt }) => `${leaseId} ${provider} ${receipt}`));
}

/** What a lease's own clock showed when the wall showed `wall`. */
export async function leaseClockAt(db: Queryable, leaseId: string, wall: Date): Promise<Date> {
  const [moved] = await db
    .select({ offsetMs: clockMoves.offsetMs })
    .from(clockMoves)
    .where(and(eq(clockMoves.leaseId, leaseId), lte(clockMoves.movedAt, wall)))
    .orderBy(desc(clockMoves.offsetMs))
    .limit(1);
  return new Date(wall.getTime() + (moved?.offsetMs ?? 0));
}
