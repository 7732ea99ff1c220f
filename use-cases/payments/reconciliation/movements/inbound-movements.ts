import { and, eq, isNotNull, sql, type SQL } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { linesOfTransfer } from '#db/queries/reversals';
import { attempts, inbound, transfers } from '#db/schema/index';
import { keys } from '#domain/ledger/keys';
import type { Movement } from '#domain/payments/reconciliation';
import type { Wall } from '#domain/payments/wire';
import type { AttemptRow } from '../../attempt-record.ts';
import type { BookMovement } from '#domain/payments/book-movement';

/** A payment that a customer made by himself. */
export interface Inbound {
  readonly row: typeof inbound.$inferSelect;
  readonly payment: AttemptRow['status'] | null;
  /** The transfer by which it went back from suspense, and the lines of statements that told of it. */
  readonly returnId: string | null;
  readonly answersFor: readonly string[];
}

/** Those of a wall that meet any of the conditions. */
export async function inboundOf(db: Queryable, { provider, market }: Wall, conditions: readonly (SQL | undefined)[]) {
  const found = new Map<string, Inbound>();
  const isOurs = and(eq(inbound.provider, provider), eq(inbound.market, market));
  for (const condition of conditions) {
    const some = await db
      .select({
        row: inbound,
        payment: attempts.status,
        returnId: transfers.id,
        answersFor: linesOfTransfer,
      })
      .from(inbound)
      .leftJoin(attempts, eq(attempts.id, inbound.paymentId))
      .leftJoin(transfers, isReturn)
      .where(and(isOurs, condition));
    for (const one of some) found.set(one.row.id, one);
  }
  return [...found.values()];
}

/** Joins what a query of payments by themselves went back from suspense by, as they waited there last. */
const isReturn = and(
  isNotNull(inbound.returnedAt),
  eq(
    transfers.key,
    sql`concat(${keys.suspenseReturned('')}::text, ${inbound.id}::text, ':', ${inbound.suspenseTransferId}::text)`,
  ),
);

const booked: ReadonlySet<string> = new Set(['posted', 'suspense', 'returning', 'returned']);
export const isBooked = ({ status }: Inbound['row']) => booked.has(status);

/** False for an announcement that speaks of a charge, which is a movement by itself. */
export function isInbound(row: Inbound['row'], charges: ReadonlySet<string | null>): boolean {
  return isBooked(row) || (row.status !== 'charge' && !charges.has(row.receipt));
}

/** What came by itself, and that it went back from suspense. */
export function inboundMovements({ row, payment, returnId, answersFor }: Inbound): BookMovement[] {
  const came: BookMovement = {
    id: row.id,
    paymentId: row.paymentId,
    leaseId: row.leaseId,
    direction: 'in',
    receipt: row.receipt,
    originalReceipt: null,
    payer: row.payerHash,
    account: row.account,
    amount: row.amount + row.wentBack + row.claimed,
    askedAt: row.paidAt.getTime(),
    settledAt: row.paidAt.getTime(),
    state: inboundState(row, payment),
    isSuspended: row.status === 'suspense' || row.status === 'returning',
    waits: row.amount,
    inboundId: row.id,
  };
  if (row.returnedAt === null) return [came];
  const at = row.returnedAt.getTime();
  const back = {
    amount: row.amount,
    receipt: null,
    originalReceipt: row.receipt,
    payer: null,
    askedAt: at,
    settledAt: at,
    answersFor,
    ...(returnId !== null && { transferId: returnId }),
  } as const;
  const went = { direction: 'out', state: 'booked', isTakenBack: true, isRest: true } as const;
  return [came, { ...came, ...back, ...went, id: `${row.id}:return` }];
}

function inboundState(row: Inbound['row'], payment: Inbound['payment']): Movement['state'] {
  if (!isBooked(row)) return 'open';
  return payment === 'reversed' ? 'undone' : 'booked';
}
