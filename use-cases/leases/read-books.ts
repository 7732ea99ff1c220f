import { and, eq, inArray, isNotNull, ne, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { attempts, entries, transfers } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { sumOf } from '#domain/leases/lease-credit';
import { keys, lateFeeLine } from '#domain/ledger/keys';
import type { Context } from '../context.ts';
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

/**
 * By which number the money of a payment was in its lease's books first. It was there before where its day was confirmed, where a slip took
 * it out, also into suspense, and where what it is stands in for what was taken back.
 */
const firstBooked = sql`(select min(first.number) from ${attempts} one
  join ${attempts} had on had.lease_id = one.lease_id and (had.id = one.id or (
    one.kind = 'inbound' and had.kind = 'inbound' and one.provider = had.provider
    and one.provider_reference = had.provider_reference))
  join ledger.transfers first on first.key = ${keys.payment('')} || had.id
  where one.id in (${attempts.id}, (${transfers.cause} ->> 'takenBackOf')::uuid))`;

/** What the payments in a lease's books paid of what was owed, of which fees, in minor units, by their numbers in the book. */
export async function readPayments(
  { tx }: Pick<Context, 'tx'>,
  { row }: LeaseRecord,
  claims: Claims,
  exceptId?: string,
) {
  const rows = await tx
    .select({
      id: attempts.id,
      due: attempts.due,
      provider: attempts.provider,
      requestedAt: attempts.requestedAt,
      valueOn: attempts.valueOn,
      allocation: attempts.allocation,
      number: sql<number>`least(${transfers.number}, ${firstBooked})::float8`,
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
  return rows.map(({ id, due, provider, requestedAt, valueOn, allocation, number }) => ({
    id,
    due,
    provider,
    requestedAt,
    valueOn: claims.get(id) ?? localDate(valueOn ?? businessDate(row, requestedAt)),
    number,
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
