import { and, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { accounts as accountRows, attempts, entries, transfers } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { sumOf } from '#domain/leases/lease-credit';
import { lateFeeLine } from '#domain/ledger/keys';
import { accounts } from '#domain/ledger/ledger';
import type { Context } from '../context.ts';
import { leftOf } from './credit-shares.ts';
import { lineNames } from './fee-lines.ts';
import { businessDate, type LeaseRecord } from './lease-record.ts';
import type { Claims } from './open-claims.ts';

/** What a lease's books hold, each with its number in them, so that a quote can tell what came after it. */

/** Late fees that were charged, each with the name of its line and by which number it was undone, and what was waived of them. Minor units. */
export async function readFees(context: Pick<Context, 'tx'>, { row }: LeaseRecord) {
  if (row.feesCharged === 0) return [];
  const undone = alias(transfers, 'undone');
  const ofKey = (part: number) =>
    sql<number>`case ${transfers.kind} when 'late_fee' then split_part(${transfers.key}, ':', ${part}::int)::int else 0 end`;
  const moves = await context.tx
    .select({
      kind: sql<'late_fee' | 'fee_waiver'>`${transfers.kind}`,
      number: transfers.number,
      undone: undone.number,
      version: ofKey(lateFeeLine.version),
      instalment: ofKey(lateFeeLine.instalment),
      amount: sql<number>`sum(${entries.amount})::float8`,
    })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .leftJoin(undone, eq(undone.reverses, transfers.id))
    .where(
      and(
        eq(transfers.leaseId, row.id),
        inArray(transfers.kind, ['late_fee', 'fee_waiver']),
        sql`${entries.amount} > 0`,
      ),
    )
    .groupBy(transfers.id, undone.id);
  const lineOf = await lineNames(context, row.id);
  return moves.map(({ version, instalment, ...move }) => ({ ...move, line: lineOf(version, instalment) }));
}

export type FeeRow = Awaited<ReturnType<typeof readFees>>[number];

type Identified = Pick<typeof attempts.$inferSelect, 'id' | 'kind' | 'provider' | 'providerReference'>;

/** What a customer paid by himself is the same money in each payment that it became. */
const nameOf = ({ id, kind, provider, providerReference }: Identified) =>
  kind === 'inbound' && providerReference !== null ? `${provider}:${providerReference}` : id;

/**
 * What came into a lease's books of each money, and left them again: by a slip, also into suspense, or since its day was confirmed. What
 * stands in for what was taken back is that money.
 */
export async function readMoney({ tx }: Pick<Context, 'tx'>, leaseId: string) {
  const own = [accounts.former(leaseId), accounts.sale(leaseId), accounts.insurance];
  const isSource = or(
    sql`${accountRows.name} ~ '^(clearing|suspense|float|cash|stock):'`,
    inArray(accountRows.name, own),
  );
  const rows = await tx
    .select({
      id: attempts.id,
      kind: attempts.kind,
      provider: attempts.provider,
      providerReference: attempts.providerReference,
      takenBackOf: sql<string | null>`${transfers.cause} ->> 'takenBackOf'`,
      number: transfers.number,
      amount: entries.amount,
    })
    .from(transfers)
    .innerJoin(attempts, eq(attempts.id, sql`(${transfers.cause} ->> 'paymentId')::uuid`))
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accountRows, eq(accountRows.id, entries.accountId))
    .where(and(eq(transfers.leaseId, leaseId), inArray(transfers.kind, ['receipt', 'reversal']), isSource));
  const names = new Map(rows.map((row) => [row.id, nameOf(row)]));
  const standsIn = new Map(rows.flatMap(({ id, takenBackOf }) => (takenBackOf === null ? [] : [[id, takenBackOf]])));
  const moneyOf = (payment: Identified) => {
    const id = standsIn.get(payment.id);
    return id === undefined ? nameOf(payment) : (names.get(id) ?? id);
  };
  const moves = rows.map((row) => ({ money: moneyOf(row), number: row.number, amount: row.amount }));
  return {
    moneyOf,
    /** What of it was in the books when they had come to a number, minor units. */
    upTo: (money: string, number: number) =>
      moves.reduce((sum, one) => sum + (one.money === money && one.number <= number ? one.amount : 0), 0),
    /** By which number it was in the books first. */
    first: (money: string) =>
      moves.reduce((least, one) => (one.money === money ? Math.min(least, one.number) : least), Infinity),
  };
}

export type MoneyRead = Awaited<ReturnType<typeof readMoney>>;

/** What the payments in a lease's books paid of what was owed, of which fees, in minor units, by their numbers in the book. */
export async function readPayments(
  { tx }: Pick<Context, 'tx'>,
  { row }: LeaseRecord,
  claims: Claims,
  money: MoneyRead,
  exceptId?: string,
) {
  const rows = await tx
    .select({
      id: attempts.id,
      kind: attempts.kind,
      due: attempts.due,
      provider: attempts.provider,
      providerReference: attempts.providerReference,
      settledAmount: attempts.settledAmount,
      amount: attempts.amount,
      takenBack: attempts.takenBack,
      requestedAt: attempts.requestedAt,
      valueOn: attempts.valueOn,
      allocation: attempts.allocation,
      number: transfers.number,
    })
    .from(attempts)
    .innerJoin(transfers, eq(transfers.id, attempts.transferId))
    .where(
      and(
        eq(attempts.leaseId, row.id),
        eq(attempts.status, 'succeeded'),
        ne(attempts.kind, 'refund'),
        isNotNull(attempts.valueOn),
        exceptId === undefined ? undefined : ne(attempts.id, exceptId),
      ),
    );
  return rows.map(({ allocation, valueOn, ...payment }) => ({
    id: payment.id,
    due: payment.due,
    provider: payment.provider,
    requestedAt: payment.requestedAt,
    valueOn: claims.get(payment.id) ?? localDate(valueOn ?? businessDate(row, payment.requestedAt)),
    number: Math.min(payment.number, money.first(money.moneyOf(payment))),
    money: money.moneyOf(payment),
    /** What it brought, and is there still. */
    left: leftOf(payment),
    amount:
      allocation.reduce((sum, { amount }) => sum + amount, 0) -
      sumOf(allocation, 'credit') -
      sumOf(allocation, 'disputed') -
      sumOf(allocation, 'rounding'),
    fees: sumOf(allocation, 'fee'),
    lines: allocation.reduce((sum, part) => sum + (part.instalment === null ? 0 : part.amount), 0),
    credit: sumOf(allocation, 'credit'),
  }));
}
