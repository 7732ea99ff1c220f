import { saidGone } from '#db/queries/said-gone';
import { and, eq, lte } from 'drizzle-orm';
import { openDeathOf } from '#db/queries/deaths';
import { goesElsewhere } from '#db/queries/payment-states';
import { findAttempt, attemptsFor } from '#db/queries/payments';
import type { Queryable } from '#db/client';
import { prebuiltRows } from '#db/prebuilt';
import { paidQuote, settlementUnderWay } from '#db/queries/quotes';
import { attempts, leases, methods } from '#db/schema/index';
import { dueFor, parseDue, partOf } from '#domain/leases/due';
import type { Position } from '#domain/leases/position';
import { dueBy } from '#domain/leases/settlement';
import { paceOf, takesPrompts } from '#domain/leases/status';
import { marketRules, type Market, type PaymentProvider } from '#domain/markets';
import type { PaymentKind } from '#domain/payments/payment';
import type { AttemptOrder } from '#domain/payments/wire';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import { sideBySide, type Context } from '../../context.ts';
import { businessDate, lockLease, positionAt, type LeaseRecord, type LeaseRow } from '../../leases/lease-record.ts';
import { creditShares } from '../../leases/credit-shares.ts';
import { debtAt, sumOfDebt } from '../../leases/debt.ts';
import { providerOf, type AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { positionInDoubt } from '../../leases/in-doubt.ts';
import { lacksReceipt, refundable } from '../refunds/refunds.ts';
import type { PaymentMethodRow } from '../methods/payment-methods.ts';
import { settlementDue } from './settlement-due.ts';

interface Charge {
  readonly kind: PaymentKind;
  readonly due: string;
  readonly attempt: number;
  readonly from: Payer;
  readonly amount: number;
  readonly refundOf?: string;
}

/** Where money comes from, or goes back to: null is no payment method but the number that paid by itself. */
interface Payer {
  readonly paymentMethodId: string | null;
  readonly provider: AttemptRow['provider'];
  readonly payerMasked: string;
}

const payerBy = ({ id: paymentMethodId, provider, masked: payerMasked }: PaymentMethodRow): Payer => ({
  paymentMethodId,
  provider,
  payerMasked,
});

/**
 * Stores an attempt before anything is sent for it. The same id again gives the row that is there;
 * null means that nothing is due, that what is due waits for an unknown outcome, or that the lease takes no such
 * charge any more.
 *
 * The callback's secret is an HMAC of the attempt's id, so that every try of the activity sends the
 * same URL and nobody without the key can guess it; only its hash is stored.
 */
export async function openAttempt(
  context: Context,
  deps: Pick<PaymentDependencies, 'encryption' | 'mobileMoney'>,
  order: AttemptOrder,
): Promise<AttemptRow | null> {
  const { tx, at } = context;
  // The lease is locked first: what is asked side by side goes down the connection in this order.
  const [record, existing] = await sideBySide(lockLease(tx, order.leaseId), findAttempt(tx, order.attemptId));
  if (existing !== undefined) return existing;
  const charge = await chargeFor(context, deps, record, order);
  if (charge === null) return null;
  const { from, ...facts } = charge;
  const [row] = await tx
    .insert(attempts)
    .values({
      id: order.attemptId,
      leaseId: order.leaseId,
      ...facts,
      ...from,
      currency: record.row.currency,
      status: 'pending',
      dueThen: dueBy(record.lines, businessDate(record.row, at)),
      callbackHash: callbackHash(deps.encryption, callbackSecret(deps.encryption, order.attemptId)),
      requestedAt: at,
      createdAt: new Date(),
      plannedAt: plannedAt(order, at),
    })
    .returning();
  if (row === undefined) throw new Error(`payment ${order.attemptId} was not stored`);
  return row;
}

/** On the wall: as long ago as it is on the lease's clock. */
const plannedAt = (order: AttemptOrder, at: Date): Date | null =>
  'planned' in order && order.planned !== undefined
    ? new Date(Date.now() - Math.max(0, at.getTime() - Date.parse(order.planned)))
    : null;

async function chargeFor(
  context: Context,
  deps: Pick<PaymentDependencies, 'mobileMoney'>,
  record: LeaseRecord,
  order: AttemptOrder,
): Promise<Charge | null> {
  const { row } = record;
  if (order.kind !== 'refund' && !takesPrompts(order.kind, paceOf(row))) return null;
  switch (order.kind) {
    case 'pay': {
      const kind = row.status === 'awaiting_deposit' ? 'deposit' : 'instalment';
      const method = await methodOf(context.tx, order.paymentMethodId);
      if (!isOfCustomer(row, method)) return null;
      return { kind, due: dueFor('own', order.attemptId), attempt: 1, from: payerBy(method), amount: order.amount };
    }
    case 'refund':
      return refundCharge(context, deps, record, order);
    case 'settlement': {
      const { quoteId, paymentMethodId } = order;
      if ((await settlementUnderWay(context.tx, row.id)) || (await paidQuote(context.tx, row.id)) !== undefined)
        return null;
      const due = dueFor('settlement', quoteId);
      if (await isOfTheDead(context, record, { kind: order.kind, due })) return null;
      const method = await methodOf(context.tx, paymentMethodId);
      if (method.deletedAt !== null || !isOfCustomer(row, method)) return null;
      const amount = chargeable(deps, method, await settlementDue(context, record, quoteId), row.market);
      if (amount <= 0) return null;
      const attempt = (await attemptsFor(context.tx, row.id, due)).length + 1;
      return { kind: 'settlement', due, attempt, from: payerBy(method), amount };
    }
    case 'deposit':
    case 'instalment': {
      if (await isOfTheDead(context, record, { kind: order.kind, due: dueFor('deposit') })) return null;
      const position = await positionInDoubt(context, record);
      const base = order.kind === 'deposit' ? dueFor('deposit') : dueFor('instalment', position.lastDue);
      const inOrder = [row.paymentMethodId, ...row.backupMethodIds];
      const paymentMethodId = inOrder[order.method] ?? row.paymentMethodId;
      const [method, tries] = await sideBySide(
        methodOf(context.tx, paymentMethodId),
        attemptsFor(context.tx, row.id, base),
      );
      if (method.deletedAt !== null || !isOfCustomer(row, method)) return null;
      const amount = chargeable(deps, method, promptedFor(order.kind, row, position), row.market);
      if (amount <= 0) return null;
      const parts = tries.filter(({ status }) => status === 'succeeded').length;
      const due = partOf(base, parts + 1);
      const attempt = tries.filter((one) => one.due === due).length + 1;
      return { kind: order.kind, due, attempt, from: payerBy(method), amount };
    }
  }
}

/**
 * What a lease itself asks for, in minor units: what is due, filled up from what is owed later to the least sum that anybody
 * is asked for. What an application is asked for beyond its deposit is credit, which pays the first line.
 */
function promptedFor(kind: 'deposit' | 'instalment', { market }: LeaseRow, position: Position): number {
  const { depositDue, feesDue, dueNow, outstanding } = position;
  const due = kind === 'deposit' ? depositDue : depositDue + feesDue + dueNow;
  return due === 0 ? 0 : Math.max(due, Math.min(marketRules(market).leastAsked, outstanding + feesDue));
}

/** Nobody is asked for a lease that is another's: it may have been made over since his phone was chosen. */
const isOfCustomer = ({ customerId }: LeaseRow, { userId }: PaymentMethodRow): boolean => userId === customerId;

/**
 * Whether it is asked of somebody who is said to have died: the deposit of an application, and a settlement that was begun before
 * that was said. What his estate settles is asked for; what falls due by itself is paused.
 */
async function isOfTheDead(
  { tx }: Context,
  { row }: LeaseRecord,
  { kind, due }: Pick<AttemptRow, 'kind' | 'due'>,
): Promise<boolean> {
  if (kind !== 'deposit' && kind !== 'settlement') return false;
  const death = await openDeathOf(tx, row.customerId);
  if (death === undefined || kind === 'deposit') return death !== undefined;
  const isBefore = and(
    eq(attempts.leaseId, row.id),
    eq(attempts.due, due),
    lte(attempts.requestedAt, death.reportedAt),
  );
  return (await tx.$count(attempts, isBefore)) > 0;
}

/**
 * Whether an attempt is still for what is due, or may be given back, at the moment at which it is sent: where less is
 * due by now it is not sent for more. What a person pays by himself is as much as he likes, while anything is owed
 * that it can pay. Call it with the lease locked.
 */
export async function isStillDue(
  context: Context,
  deps: Pick<PaymentDependencies, 'mobileMoney'>,
  record: LeaseRecord,
  attempt: AttemptRow,
): Promise<boolean> {
  const { row } = record;
  const { id, kind, due, amount, refundOf } = attempt;
  if (refundOf !== null) {
    // His credit pays what is owed first.
    if (sumOfDebt(await debtAt(context, record)) > 0 || (await saidGone(context.tx, row.id)) !== null) return false;
    const { shares } = await creditShares(context, row, id);
    const share = shares.find(({ payment }) => payment.id === refundOf);
    if (share === undefined) return false;
    const left = Math.min(amount, share.left);
    if (goesElsewhere(attempt, share.payment)) return left === amount;
    return (await refundable(context, deps, row, { ...share, left })) === amount;
  }
  const { paymentMethodId } = attempt;
  if (row.transferredAt !== null && paymentMethodId !== null)
    if (!isOfCustomer(row, await methodOf(context.tx, paymentMethodId))) return false;
  const isOwn = parseDue(due).kind === 'own';
  const isPersons = isOwn || kind === 'settlement';
  if (isPersons && (await paidQuote(context.tx, row.id)) !== undefined) return false;
  if (isOwn) {
    if (!takesPrompts('pay', row.status)) return false;
    const { depositDue, outstanding, feesDue } = positionAt(record, context.at);
    const owed = kind === 'deposit' ? depositDue : outstanding + feesDue;
    return owed > 0 || (kind === 'instalment' && row.status === 'awaiting_handover');
  }
  if (kind !== 'deposit' && kind !== 'instalment' && kind !== 'settlement') return false;
  if (!takesPrompts(kind, paceOf(row)) || (await isOfTheDead(context, record, { kind, due }))) return false;
  const wanted =
    kind === 'settlement'
      ? await settlementDue(context, record, parseDue(due).of)
      : promptedFor(kind, row, await positionInDoubt(context, record, id));
  return chargeable(deps, { provider: providerOf(attempt) }, wanted, row.market) >= amount;
}

/**
 * What may still be given back of a charge is read again here, whatever the order says: a second order for the
 * same money finds nothing due. Nothing is given back before the receipt is known that it is given back by, or while a case
 * says that money of the lease has gone already.
 */
async function refundCharge(
  context: Context,
  deps: Pick<PaymentDependencies, 'mobileMoney'>,
  { row }: LeaseRecord,
  order: Extract<AttemptOrder, { kind: 'refund' }>,
): Promise<Charge | null> {
  if ((await saidGone(context.tx, row.id)) !== null) return null;
  const { shares } = await creditShares(context, row);
  const share = shares.find(({ payment }) => payment.id === order.refundOf);
  if (share === undefined) return null;
  const amount = await refundable(context, deps, row, { ...share, left: Math.min(order.amount, share.left) });
  if (amount === 0 || lacksReceipt(deps, share.payment)) return null;
  const due = dueFor('refund', order.refundOf);
  const attempt = (await attemptsFor(context.tx, row.id, due)).length + 1;
  const { paymentMethodId, provider, payerMasked } = share.payment;
  const from = { paymentMethodId, provider, payerMasked };
  return { kind: 'refund', due, attempt, from, amount, refundOf: order.refundOf };
}

/**
 * What of `wanted` one prompt can take: whole units, at most the provider's maximum. What is left of less than a
 * unit is forgiven when it is paid; where there is no more than that, it is asked for as one.
 */
function chargeable(
  deps: Pick<PaymentDependencies, 'mobileMoney'>,
  { provider }: Pick<PaymentMethodRow, 'provider'>,
  wanted: number,
  market: Market,
): number {
  const most = deps.mobileMoney.get(provider).mostAtOnce[market] ?? Number.MAX_SAFE_INTEGER;
  const { lineUnit, leastAsked } = marketRules(market);
  if (wanted <= 0) return 0;
  const whole = Math.max(lineUnit, wanted - (wanted % lineUnit));
  // What is left for the next prompt is enough for one.
  return whole > most && whole - most < leastAsked ? whole - leastAsked : Math.min(most, whole);
}

/** The provider that an order would charge; null when the lease is not there, and for a refund. */
export async function providerToCharge(db: Queryable, order: AttemptOrder): Promise<PaymentProvider | null> {
  if ('paymentMethodId' in order) return (await methodOf(db, order.paymentMethodId)).provider;
  const [row] = await db.select().from(leases).where(eq(leases.id, order.leaseId));
  if (row === undefined || !('method' in order)) return null;
  const id = [row.paymentMethodId, ...row.backupMethodIds][order.method] ?? row.paymentMethodId;
  return (await methodOf(db, id)).provider;
}

async function methodOf(db: Queryable, paymentMethodId: string): Promise<PaymentMethodRow> {
  const [method] = await methodById(db, { paymentMethodId });
  if (method === undefined) throw new Error(`there is no payment method ${paymentMethodId}`);
  return method;
}

const methodById = prebuiltRows(methods, (db, given) =>
  db
    .select()
    .from(methods)
    .where(eq(methods.id, given('paymentMethodId'))),
);
