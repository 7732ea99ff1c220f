import { and, eq, gte, lte, or } from 'drizzle-orm';
import { attemptsFor } from '#db/queries/payments';
import type { Queryable } from '#db/client';
import { findLease, leaseClock } from '#db/queries/leases';
import { bearingReceipts, givenBackBy, havingReceipt } from '#db/queries/receipts';
import type { InboundRow } from '#db/queries/suspense';
import { attempts, giveBacks, inbound, leases, methods } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { dueFor } from '#domain/leases/due';
import { keys } from '#domain/ledger/keys';
import { marketRules } from '#domain/markets';
import type { Wall } from '#domain/payments/wire';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import { record, recordOnLease, transact, type Context } from '../../context.ts';
import { creditShares } from '../../leases/credit-shares.ts';
import { lockLease } from '../../leases/lease-record.ts';
import type { AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { openDifferenceCase } from '../lines/difference-cases.ts';
import type { StatedLine } from '../lines/stated-line.ts';
import { keepTakenBackLine } from '../lines/taken-back-line.ts';

type Dependencies = Pick<PaymentDependencies, 'db' | 'encryption'>;

const actor = system('recovery');

/**
 * Money that went back in the time that is lost, and that the books do not know: written down as sent, under the id that the
 * statement names, as a refund of the payment or a give-back of the money in suspense whose receipt it names, or else of the
 * only one that it can be of. Its provider is asked about it then, and nothing else goes back of that money. What nobody can
 * say of, as what a provider took back by itself, is a case at once: nothing goes out of its lease while that is open.
 *
 * @param id that the line names, where it is one of ours
 * @param booked receipts of lines of its day that the books answer for, as reconciliation sees it: also what was taken back by a
 * person's word, in parts too, and what went back from suspense
 */
export async function recoverRefund(
  deps: Dependencies,
  wall: Wall,
  line: StatedLine,
  { id, booked }: { readonly id: string | null; readonly booked: () => Promise<ReadonlySet<string>> },
): Promise<'known' | 'recovered' | 'left'> {
  if ((await isKnown(deps.db, wall, line, id)) || (await booked()).has(line.receipt)) return 'known';
  const charge = await chargeOf(deps.db, wall, line);
  if (id !== null) {
    const item = charge === undefined ? await waitingItem(deps.db, wall, line) : undefined;
    if (item !== undefined) return writeGiveBack(deps, item, line, id);
    const of = charge ?? (await onlyPayment(deps.db, wall, line));
    if (of !== undefined && (await writeRefund(deps, of, line, id))) return 'recovered';
  }
  await transact(deps.db, actor, new Date(line.at), async (context) => {
    await openCaseOf(context, wall, line, charge);
    if (id === null) await keepTakenBackLine(context, wall, line, null);
  });
  return 'left';
}

/** By its receipt, or by our id. */
async function isKnown(db: Queryable, wall: Wall, { receipt }: StatedLine, id: string | null): Promise<boolean> {
  const isRefund = and(
    eq(attempts.kind, 'refund'),
    or(bearingReceipts(wall, [receipt]), id === null ? undefined : eq(attempts.id, id)),
  );
  const isGiveBack = or(givenBackBy(db, wall, [receipt]), id === null ? undefined : eq(giveBacks.id, id));
  return (await db.$count(attempts, isRefund)) + (await db.$count(giveBacks, isGiveBack)) > 0;
}

async function chargeOf(db: Queryable, { provider, market }: Wall, { originalReceipt }: StatedLine) {
  if (originalReceipt === null) return undefined;
  const { currency } = marketRules(market);
  const [charge] = await db
    .select()
    .from(attempts)
    .where(havingReceipt({ provider, currency, receipt: originalReceipt }));
  return charge;
}

/** The money in suspense whose receipt it names, or the only one of its payer and sum. */
async function waitingItem(
  db: Queryable,
  { provider, market }: Wall,
  { originalReceipt, payer, amount, at }: StatedLine,
): Promise<InboundRow | undefined> {
  if (originalReceipt === null && payer === null) return undefined;
  const isHis = and(eq(inbound.payerHash, payer ?? ''), eq(inbound.amount, amount), lte(inbound.paidAt, new Date(at)));
  const isIts = originalReceipt === null ? isHis : eq(inbound.receipt, originalReceipt);
  const isWaiting = and(eq(inbound.provider, provider), eq(inbound.market, market), eq(inbound.status, 'suspense'));
  const [item, ...others] = await db.select().from(inbound).where(and(isWaiting, isIts)).limit(2);
  return others.length === 0 ? item : undefined;
}

/** Of what names no receipt: the payment that had come from its payer, of the only lease of whose credit it can be. */
async function onlyPayment(
  db: Queryable,
  { provider, market }: Wall,
  { originalReceipt, payer, amount }: StatedLine,
): Promise<AttemptRow | undefined> {
  if (originalReceipt !== null || payer === null) return undefined;
  const isHis = or(eq(inbound.payerHash, payer), eq(methods.phoneHash, payer));
  const rows = await db
    .selectDistinct({ lease: leases })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .leftJoin(methods, and(eq(methods.userId, leases.customerId), eq(methods.provider, provider)))
    .leftJoin(inbound, eq(inbound.paymentId, attempts.id))
    .where(and(isHis, eq(leases.market, market), gte(leases.credit, amount)));
  const [only, ...others] = rows;
  if (only === undefined || others.length > 0) return undefined;
  return db.transaction(async (tx) => {
    const { shares } = await creditShares({ tx }, (await lockLease(tx, only.lease.id)).row);
    return shares.find(({ left, payment }) => left >= amount && payment.provider === provider)?.payment;
  });
}

function writeGiveBack(deps: Dependencies, item: InboundRow, line: StatedLine, id: string): Promise<'recovered'> {
  return transact(deps.db, actor, new Date(line.at), async (context) => {
    const { tx, at: sentAt } = context;
    await tx.insert(giveBacks).values({
      id,
      inboundId: item.id,
      amount: line.amount,
      status: 'pending',
      reason: 'on the statement, and lost by a restore',
      sent: true,
      sentAt,
      callbackHash: callbackHash(deps.encryption, callbackSecret(deps.encryption, id)),
      createdAt: sentAt,
    });
    await tx.update(inbound).set({ status: 'returning' }).where(eq(inbound.id, item.id));
    await record(context, {
      key: `inbound.give_back_recovered:${id}`,
      type: 'inbound.give_back_recovered',
      subject: item.id,
      detail: { giveBackId: id, receipt: line.receipt },
    });
    return 'recovered' as const;
  });
}

/** @returns false where the lease has no such credit of the payment: nobody can say what it was of. */
function writeRefund(deps: Dependencies, of: AttemptRow, line: StatedLine, id: string): Promise<boolean> {
  return transact(deps.db, actor, new Date(line.at), async (context) => {
    const { row: lease } = await lockLease(context.tx, of.leaseId);
    const { shares } = await creditShares(context, lease);
    const left = shares.find(({ payment }) => payment.id === of.id)?.left ?? 0;
    if (left < line.amount) return false;
    const known = await findLease(context.tx, lease.id);
    const due = dueFor('refund', of.id);
    const sentAt = new Date(line.at);
    await context.tx.insert(attempts).values({
      id,
      leaseId: lease.id,
      kind: 'refund',
      due,
      attempt: (await attemptsFor(context.tx, lease.id, due)).length + 1,
      provider: of.provider,
      paymentMethodId: of.paymentMethodId,
      payerMasked: of.payerMasked,
      amount: line.amount,
      currency: lease.currency,
      refundOf: of.id,
      status: 'pending',
      sent: true,
      sentAt,
      callbackHash: callbackHash(deps.encryption, callbackSecret(deps.encryption, id)),
      requestedAt: known === undefined ? sentAt : leaseClock(known, line.at),
      createdAt: sentAt,
    });
    await recordOnLease(context, lease, {
      key: keys.paymentRecovered(id),
      type: 'payment.recovered',
      detail: { paymentId: id, refundOf: of.id, provider: of.provider, receipt: line.receipt },
    });
    return true;
  });
}

/** The case that reconciliation finds again, and closes when it is booked. */
async function openCaseOf(context: Context, wall: Wall, line: StatedLine, charge: AttemptRow | undefined) {
  const { market } = wall;
  const day = { ...wall, date: localDateAt(line.at, market) };
  await openDifferenceCase(context, day, 'recovery', {
    kind: 'missing_here',
    market,
    currency: marketRules(market).currency,
    receipt: line.receipt,
    originalReceipt: line.originalReceipt,
    paymentId: charge?.id ?? null,
    leaseId: charge?.leaseId ?? null,
    statementAmount: line.amount,
    ledgerAmount: null,
    paidAt: new Date(line.at).toISOString(),
    remedy: null,
  });
}
