import { and, eq, gte, inArray, like, lt, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { accounts, entries, giveBacks, inbound } from '#db/schema/index';
import type { Day } from '#domain/payments/wire';
import type { BookMovement } from '#domain/payments/book-movement';

interface Wanted {
  /** Of the statement's lines, in parts that one query takes. */
  readonly receipts: readonly string[][];
  readonly ids: readonly string[][];
  /** The receipts of what refunds on the statement give back. */
  readonly originals: readonly string[][];
  readonly from: Date;
  readonly to: Date;
}

/**
 * What was given back from suspense, of which a statement may speak: by its receipt, by our id, by the receipt that the
 * money came with, or of the time between two instants.
 */
export async function giveBackMovements(
  db: Queryable,
  { provider, market }: Day,
  { receipts, ids, originals, from, to }: Wanted,
): Promise<BookMovement[]> {
  const found = new Map<string, { row: typeof giveBacks.$inferSelect; item: typeof inbound.$inferSelect }>();
  const conditions = [
    and(gte(giveBacks.createdAt, from), lt(giveBacks.createdAt, to)),
    ...receipts.map((some) => inArray(giveBacks.providerReference, some)),
    ...ids.map((some) => inArray(giveBacks.id, some)),
    ...originals.map((some) => inArray(inbound.receipt, some)),
  ];
  for (const condition of conditions) {
    const some = await db
      .select({ row: giveBacks, item: inbound })
      .from(giveBacks)
      .innerJoin(inbound, eq(inbound.id, giveBacks.inboundId))
      .where(and(eq(inbound.provider, provider), eq(inbound.market, market), condition));
    for (const one of some) found.set(one.row.id, one);
  }
  const booked = await bookedOf(
    db,
    [...found.values()].map(({ row }) => row.transferId),
  );
  return [...found.values()].map(({ row, item }) => ({
    id: row.id,
    paymentId: null,
    leaseId: null,
    inboundId: item.id,
    direction: 'out',
    receipt: row.providerReference,
    originalReceipt: item.receipt,
    payer: null,
    account: item.account,
    // Less than it sent, where less waited by then: the statement has more, and that is a case.
    amount: booked.get(row.transferId ?? '') ?? row.amount ?? item.amount + item.wentBack,
    askedAt: (row.sentAt ?? row.createdAt).getTime(),
    settledAt: row.settledAt?.getTime() ?? null,
    state: row.status !== 'succeeded' ? 'open' : row.transferId === null ? 'settled' : 'booked',
    isSuspended: item.status === 'suspense' || item.status === 'returning',
  }));
}

/** By how much each transfer has lowered what a provider has. */
async function bookedOf(db: Queryable, transferIds: readonly (string | null)[]): Promise<ReadonlyMap<string, number>> {
  const ids = transferIds.filter((id) => id !== null);
  if (ids.length === 0) return new Map();
  const sums = await db
    .select({ id: entries.transferId, sum: sql<string>`sum(-${entries.amount})` })
    .from(entries)
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(and(inArray(entries.transferId, ids), like(accounts.name, 'clearing:%')))
    .groupBy(entries.transferId);
  return new Map(sums.map(({ id, sum }) => [id, Number(sum)]));
}
