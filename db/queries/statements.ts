import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { localDateAt } from '#domain/calendar';
import {
  openingEntry,
  statementEntries,
  type LedgerMovement,
  type Statement,
  type StatementEntry,
} from '#domain/leases/statement';
import { isGivenUp, isRunning } from '#domain/leases/status';
import { accounts as ledgerAccounts } from '#domain/ledger/ledger';
import { exact } from '#domain/money';
import type { Database, Queryable } from '../client.ts';
import { accounts, entries, statements, tenures, transfers, users, vehicles } from '../schema/index.ts';
import { findLease, leaseStands, type LeaseRow, type LeaseStand } from './leases.ts';
import { outer } from './outer.ts';

export type IssuedStatement = typeof statements.$inferSelect;

/** A statement with what its paper says about the agreement; the name is the customer's, for the customer. */
export interface StatementPaper extends Statement {
  readonly leaseId: string;
  readonly customer: string;
  /** Make, model, year and registration. */
  readonly vehicle: string;
  readonly plan: string;
  readonly handedOverOn: string | null;
  readonly totalPrice: number;
}

/** A transfer of a lease, and whether it is of somebody who had the lease before. */
type Movement = LedgerMovement & { readonly isFormer: boolean };

/** Every transfer of a lease with its entries in one query, in the order they were posted. */
async function movementsOf(db: Queryable, leaseId: string): Promise<Movement[]> {
  const rows = await db
    .select({
      at: transfers.at,
      on: transfers.businessDate,
      valueOn: transfers.valueOn,
      kind: transfers.kind,
      description: transfers.description,
      isFormer: sql<boolean>`(${wasFormer} or bool_or(${accounts.name} = ${ledgerAccounts.former(leaseId)}))`,
      names: sql<string[]>`array_agg(${accounts.name} order by ${entries.line})`,
      amounts: sql<string[]>`array_agg(${entries.amount}::text order by ${entries.line})`,
    })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(eq(transfers.leaseId, leaseId))
    .groupBy(transfers.id)
    .orderBy(asc(transfers.number));
  return rows.map(({ names, amounts, ...movement }) => ({
    ...movement,
    entries: names.map((account, i) => ({ account, amount: exact(Number(amounts[i])) })),
  }));
}

/** Of a time in which the lease was another's: until it was made over, and what becomes of a payment of that time since. */
const wasFormer = sql`exists (
  select from ${tenures} where ${tenures.leaseId} = ${outer(transfers.leaseId)} and (
    case when ${tenures.bookedUpTo} is null then ${outer(transfers.at)} < ${tenures.until} else ${outer(transfers.number)} <= ${tenures.bookedUpTo} end
    or exists (select from ledger.transfers undone
      where undone.id = ${outer(transfers.reverses)} and undone.number <= ${tenures.bookedUpTo})
    or exists (select from ledger.transfers paid
      where paid.lease_id = ${tenures.leaseId} and paid.number <= ${tenures.bookedUpTo} and paid.kind = 'receipt'
        and paid.cause ->> 'paymentId' = ${outer(transfers.cause)} ->> 'paymentId')))`;

/**
 * The statement of a lease on its own clock; undefined where there is no such lease. One snapshot: a payment
 * that comes meanwhile is in the totals and in the entries, or in neither.
 *
 * @param customerId for whom it is, whose the lease has to be: of who had it before he is told one line. Staff are told all.
 */
export function readLeaseStatement(
  db: Database,
  leaseId: string,
  customerId?: string,
): Promise<StatementPaper | undefined> {
  return db.transaction((tx) => statementIn(tx, leaseId, customerId), {
    isolationLevel: 'repeatable read',
    accessMode: 'read only',
  });
}

async function statementIn(
  db: Queryable,
  leaseId: string,
  customerId: string | undefined,
): Promise<StatementPaper | undefined> {
  const row = await findLease(db, leaseId);
  if (row === undefined || (customerId !== undefined && row.customerId !== customerId)) return undefined;
  const [[stand], movements, customer, vehicle] = await Promise.all([
    leaseStands(db, [row]),
    movementsOf(db, leaseId),
    db.select({ name: users.name }).from(users).where(eq(users.id, row.customerId)),
    db.select().from(vehicles).where(eq(vehicles.id, row.vehicleId)),
  ]);
  if (stand === undefined) return undefined;
  const { position, late, ownedPercent } = stand;
  return {
    leaseId,
    reference: row.reference,
    currency: row.currency,
    asOf: stand.today,
    ownedPercent,
    totals: {
      paid: position.paid,
      outstanding: position.outstanding,
      overdue: isRunning(row.status) ? late.overdue : 0,
      feesDue: position.feesDue,
      credit: position.credit,
    },
    entries: asItStands(
      stand,
      customerId === undefined ? statementEntries(leaseId, movements) : ownEntries(row, movements),
    ),
    customer: customer[0]?.name ?? '',
    vehicle: vehicle.map((one) => `${one.make} ${one.model} ${one.year}, ${one.registration}`).join(''),
    plan: row.plan.name,
    handedOverOn: handedOverOn(row),
    totalPrice: row.totalPrice,
  };
}

/**
 * Of a lease that was given up what its customer owes still is told by its row: what the law, or a rounding, has forgiven of it since
 * moves nothing in the books, which had lost it before, and is a line of its own.
 */
function asItStands({ row, position }: LeaseStand, own: readonly StatementEntry[]): readonly StatementEntry[] {
  const last = own.at(-1);
  if (last === undefined || !isGivenUp(row.status)) return own;
  const { outstanding, feesDue, credit } = position;
  const balance = outstanding + feesDue + row.disputed - credit;
  const less = last.balance - balance;
  if (less === 0) return own;
  const sums = { debit: Math.max(0, -less), credit: Math.max(0, less), balance };
  const split = [{ component: 'recovery', amount: Math.abs(less) }] as const;
  const { at, on, valueOn } = last;
  return [...own, { at, on, valueOn, kind: 'forgiven', description: 'not owed any more', ...sums, split }];
}

/** Of a lease that had another customer the one that it has sees what he paid himself, behind what was there before. */
function ownEntries({ id, transferredAt, market }: LeaseRow, movements: readonly Movement[]): StatementEntry[] {
  if (transferredAt === null) return statementEntries(id, movements);
  const [before, own] = [movements.filter((one) => one.isFormer), movements.filter((one) => !one.isFormer)];
  const on = localDateAt(transferredAt.getTime(), market);
  return statementEntries(id, own, openingEntry(id, before, { at: transferredAt, on }));
}

function handedOverOn({ handedOverAt, market }: LeaseRow): string | null {
  return handedOverAt === null ? null : localDateAt(handedOverAt.getTime(), market);
}

/** A statement that was given out, by its code. */
export async function findIssuedStatement(db: Queryable, code: string): Promise<IssuedStatement | undefined> {
  const [row] = await db.select().from(statements).where(eq(statements.code, code));
  return row;
}

/** The last one of a lease that was given out in a format. */
export async function lastIssuedStatement(
  db: Queryable,
  leaseId: string,
  format: IssuedStatement['format'],
): Promise<IssuedStatement | undefined> {
  const [row] = await db
    .select()
    .from(statements)
    .where(and(eq(statements.leaseId, leaseId), eq(statements.format, format)))
    .orderBy(desc(statements.issuedAt), desc(statements.id))
    .limit(1);
  return row;
}
