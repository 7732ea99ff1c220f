import { and, asc, eq, isNull, not, or, sql } from 'drizzle-orm';
import type { Wall } from '#domain/payments/wire';
import type { Queryable } from '../client.ts';
import { attempts, transfers } from '../schema/index.ts';
import { outer } from './outer.ts';
import { bearingReceipts } from './receipts.ts';

/**
 * What a provider took back by the transfer that a query of payments joins: minor units, null where it took nothing. It is less
 * than the payment where a part had gone back before, or it took a part.
 */
export const takenBackSum = sql<string | null>`(select -sum(e.amount) from ledger.entries e
  join ledger.accounts a on a.id = e.account_id
  where e.transfer_id = ${outer(transfers.id)} and a.name = 'clearing:' || ${outer(attempts.provider)})`;

/**
 * The transfer that payments of a query were booked by when parts began to be taken of them: one that was booked again since
 * names it in its cause. Each part names it too.
 */
const bookedFirst = sql<string>`coalesce((select booked.cause ->> 'transferId' from ledger.transfers booked
  where booked.id = ${outer(attempts.transferId)}), ${outer(attempts.transferId)}::text)`;

/** The same of a payment that is in the books. */
export async function bookedFirstOf(db: Queryable, paymentId: string): Promise<string> {
  const [found] = await db.select({ id: bookedFirst }).from(attempts).where(eq(attempts.id, paymentId));
  if (found === undefined) throw new Error(`there is no payment ${paymentId}`);
  return found.id;
}

/** What took the rest of a payment of which a part alone was booked again, without it: that waited in suspense, and went back from there. */
const isGone = sql`exists (select from ledger.transfers booked where booked.lease_id = ${outer(transfers.leaseId)}
  and booked.cause ->> 'without' = ${outer(transfers.id)}::text)`;

/**
 * Joins the transfers that took a payment back as it is booked: parts of it, and the one that undid what was left; but none that
 * was booked again alone, by a transfer that reverses it.
 */
export const isReversal = and(
  and(eq(transfers.leaseId, attempts.leaseId), eq(transfers.kind, 'reversal')),
  or(eq(transfers.reverses, attempts.transferId), eq(sql`${transfers.cause} ->> 'transferId'`, bookedFirst)),
  sql`not exists (select from ledger.transfers undone where undone.reverses = ${outer(transfers.id)})`,
  or(isNull(transfers.reverses), eq(transfers.reverses, attempts.transferId), not(isGone)),
);

/** Whether such a transfer undid what was left of the payment as it is booked: no part of it stands then. */
export const isOfRest = sql<boolean>`coalesce(${transfers.reverses} = ${attempts.transferId}, false)`;

/** The receipts of the lines that such a transfer answers for. */
export const linesOfTransfer = sql<string[]>`(select coalesce(json_agg(line.receipt order by line.place), '[]')
  from payments.taken_back_lines line where line.transfer_id = ${outer(transfers.id)})`;

export interface TakenBack {
  /** Of the transfer. */
  readonly id: string;
  readonly createdAt: Date;
  /** The id of who booked it. */
  readonly by: string | null;
  /** Minor units; null where the provider took nothing. */
  readonly takenBack: number | null;
  /** It undid what was left of the payment. */
  readonly isRest: boolean;
}

/** What took a payment back since it was booked, and stands, in the order in which it was booked. */
export async function standingReversals(db: Queryable, paymentId: string): Promise<TakenBack[]> {
  const found = await db
    .select({
      id: transfers.id,
      createdAt: transfers.createdAt,
      by: sql<string | null>`${transfers.actor} ->> 'id'`,
      takenBack: takenBackSum,
      isRest: isOfRest,
    })
    .from(attempts)
    .innerJoin(transfers, isReversal)
    .where(eq(attempts.id, paymentId))
    .orderBy(asc(transfers.number));
  return found.map((one) => ({ ...one, takenBack: one.takenBack === null ? null : Number(one.takenBack) }));
}

/** The id of who has booked a part of a payment again alone; undefined where nobody has. */
export async function bookedAgainBy(db: Queryable, paymentId: string, partId: string): Promise<string | undefined> {
  const isIt = and(eq(transfers.reverses, partId), eq(sql`${transfers.cause} ->> 'paymentId'`, paymentId));
  const [found] = await db.select({ actor: transfers.actor }).from(transfers).where(isIt);
  return found?.actor.id ?? undefined;
}

/** What a provider took back of what a customer paid by himself, whichever leases had it, as it is booked: minor units. */
export async function takenOfReceipt(db: Queryable, wall: Wall, receipt: string) {
  const rows = await db
    .select({
      id: transfers.id,
      createdAt: transfers.createdAt,
      amount: takenBackSum,
      answersFor: linesOfTransfer,
      isRest: isOfRest,
    })
    .from(attempts)
    .innerJoin(transfers, isReversal)
    .where(
      and(
        and(eq(attempts.kind, 'inbound'), bearingReceipts(wall, [receipt])),
        // What was left of it may have been put into suspense instead.
        or(not(isOfRest), isNull(attempts.source)),
      ),
    );
  return rows.flatMap(({ amount, ...one }) => (amount === null ? [] : [{ ...one, amount: Number(amount) }]));
}
