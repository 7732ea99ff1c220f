import { eq, sql, type Placeholder } from 'drizzle-orm';
import type { Queryable, Transaction } from '#db/client';
import { prebuiltRows, prebuiltSql, prebuiltUpdate } from '#db/prebuilt';
import { currentSchedule, type LeaseRow } from '#db/queries/leases';
import { clockMoves, leases, scheduleLines } from '#db/schema/index';
import { localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { mayBeGiven, mayGive, type LeaseCommand } from '#domain/leases/commands';
import {
  levelled,
  nextOwed,
  positionOn,
  type LeaseMoney,
  type Position,
  type ScheduleLine,
} from '#domain/leases/position';
import { nextLateFeeOn, signedInstalments } from '#domain/leases/late-fee';
import type { Standing } from '#domain/leases/standing';
import { paceOf, type LeaseStatus } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import { sideBySide, type Context } from '../context.ts';
import { creditFell, disputeIsOver } from './credit-cases.ts';
import { liftWhereOver } from './lift-immobilisation.ts';

export type { LeaseRow };

/** A lease as a use case holds it: its row locked, its current schedule. */
export interface LeaseRecord {
  readonly row: LeaseRow;
  readonly lines: readonly ScheduleLine[];
}

const lockRow = prebuiltRows(leases, (db, given) =>
  db
    .select()
    .from(leases)
    .where(eq(leases.id, given('leaseId')))
    .for('update'),
);

/** Loads a lease and locks it until the transaction ends: everything about one lease happens in turn. */
export async function lockLease(tx: Transaction, leaseId: string): Promise<LeaseRecord> {
  // The lines behind the row: they are read once the lock is had, and are what the one before left.
  const [[row], lines] = await sideBySide(lockRow(tx, { leaseId }), currentSchedule(tx, leaseId));
  if (row === undefined) throw new Error(`there is no lease ${leaseId}`);
  return { row, lines };
}

/** As `lockLease`, for a person's command. @throws Problem as `admit`. */
export async function lockLeaseFor(command: LeaseCommand, context: Context, leaseId: string): Promise<LeaseRecord> {
  const lease = await lockLease(context.tx, leaseId);
  admit(command, context, lease.row);
  return lease;
}

/**
 * Call it with the lease locked.
 *
 * @throws Problem as `admitBy` and `requireOwn`; invalid_state where the lease does not take it any more.
 */
export function admit(
  command: LeaseCommand,
  { actor }: Pick<Context, 'actor'>,
  { status, customerId }: LeaseRow,
): void {
  admitBy(command, { actor });
  requireOwn({ actor }, { customerId });
  if (!mayBeGiven(command, status))
    throw new Problem('invalid_state', `this is not possible while the lease is ${status}`);
}

/**
 * For what a customer does with a lease beside its commands. Call it with the lease locked.
 *
 * @throws Problem not_found for a customer whose lease it is not any more: it may have been made over on the way from the route's
 * guard to the lock.
 */
export function requireOwn({ actor }: Pick<Context, 'actor'>, { customerId }: Pick<LeaseRow, 'customerId'>): void {
  if (actor.role === 'customer' && actor.id !== customerId) throw new Problem('not_found');
}

/** For a command of staff that its use case takes by rules of its own. @throws Problem forbidden for another role than may give it. */
export function admitBy(command: LeaseCommand, { actor }: Pick<Context, 'actor'>): void {
  if (!mayGive(command, actor.role)) throw new Problem('forbidden');
}

export function moneyOf(row: LeaseRow): LeaseMoney {
  return { ...row, leastAsked: leastAskedOf(row) };
}

export function positionAt({ row, lines }: LeaseRecord, at: Date): Position {
  return positionOn(businessDate(row, at), moneyOf(row), lines);
}

/** The smallest amount that the market's providers collect, in minor units. */
export function unitOf({ market }: Pick<LeaseRow, 'market'>): number {
  return marketRules(market).lineUnit;
}

/** What nobody is late by, or asked for by himself, in minor units. */
export function leastAskedOf({ market }: Pick<LeaseRow, 'market'>): number {
  return marketRules(market).leastAsked;
}

/** The local date of the lease's market on the lease's clock. */
export function businessDate(row: LeaseRow, at: Date): LocalDate {
  return localDateAt(at.getTime(), row.market);
}

/** Where a lease stands, with every field: what is optional in it is so for what was read before it was there. */
export function standingOf(record: LeaseRecord, at: Date): Required<Standing> {
  const { row } = record;
  const { depositDue, outstanding, feesDue, credit, nextDue, instalmentsPaid } = positionAt(record, at);
  return {
    version: row.version,
    status: row.status,
    depositDue,
    outstanding,
    feesDue,
    credit,
    nextDue,
    instalmentsPaid,
    lateFeeOn: nextLateFeeOn(feeFacts(record), { unit: unitOf(row), leastAsked: leastAskedOf(row) }),
    // Only a pause has an end that is waited for, of the customer's or for a stolen vehicle.
    pausedUntil: paceOf(row) !== 'paused' || row.pausedUntil === null ? null : localDate(row.pausedUntil),
    promisedOn: row.promisedOn === null ? null : localDate(row.promisedOn),
    immobilisationId: row.immobilisationId,
    stopsAfter: row.plan.immobiliseAfterDaysPastDue,
    holdExtendedUntil: row.holdExtendedUntil?.toISOString() ?? null,
    methods: 1 + row.backupMethodIds.length,
  };
}

/** By what its late fees are charged. */
export function feeFacts({ row, lines }: LeaseRecord) {
  const { lateFee, graceDays } = row.plan;
  const { feesCharged, frequency } = row;
  return { lateFee, graceDays, feesCharged, lines, ...signedInstalments(row.plan, frequency, lines) };
}

/** A lease in arrears whose days past due are within grace is in arrears no more. */
export function statusWithinGrace(record: LeaseRecord, at: Date): LeaseStatus {
  const { status, plan } = record.row;
  if (status !== 'in_arrears') return status;
  return positionAt(record, at).daysPastDue <= plan.graceDays ? 'active' : status;
}

/** A clock that is ahead by less than this has not travelled: it is the time that a message took. */
const TRAVELLED_MS = 60_000;

const updateRow = prebuiltUpdate(leases, (db, set, given) =>
  db
    .update(leases)
    .set({ ...set, version: sql`${leases.version} + 1`, clockOffsetMs: furtherWhereTravelled(given('ahead')) })
    .where(eq(leases.id, given('leaseId')))
    .returning(),
);

/**
 * Writes changes to the lease's row, with the time and, where leases travel, how far its clock is ahead of the wall. Cases of
 * its credit and of what is in dispute follow, and its vehicle moves again where there is no reason to stop it any more.
 */
export async function updateLease(context: Context, row: LeaseRow, changes: Partial<LeaseRow>): Promise<LeaseRow> {
  const { tx, at } = context;
  const ahead = at.getTime() - Date.now();
  const [updated] = await updateRow(tx, { ...changes, updatedAt: at }, { leaseId: row.id, ahead });
  if (updated === undefined) throw new Error(`lease ${row.id} vanished`);
  if (updated.credit < row.credit) await creditFell(context, updated);
  if (row.disputed > 0 && updated.disputed === 0) await disputeIsOver(context, updated);
  const after = updated.immobilisationId === null ? updated : await liftWhereOver(context, updated);
  if (updated.clockOffsetMs - row.clockOffsetMs > TRAVELLED_MS) await noteClock(tx, row.id, updated.clockOffsetMs);
  return after;
}

/** See `connectDatabase`: elsewhere whoever is ahead has a wrong clock. */
const furtherWhereTravelled = (ahead: Placeholder) => sql`
  case when ${ahead}::bigint > ${sql.raw(String(TRAVELLED_MS))} and current_setting('leases.travel', true) = 'on'
  then greatest(${leases.clockOffsetMs}, ${ahead}::bigint) else ${leases.clockOffsetMs} end`;

/** Keeps since when a lease's clock is so far ahead of the wall. */
export async function noteClock(db: Queryable, leaseId: string, offsetMs: number): Promise<void> {
  await db.insert(clockMoves).values({ leaseId, movedAt: new Date(), offsetMs }).onConflictDoNothing();
}

/** What every money movement stores on the row for reports: the first day that is not paid in full (`nextOwed`). */
export function oldestUnpaid(row: Pick<LeaseRow, 'market'>, lines: readonly ScheduleLine[]): LocalDate | null {
  return nextOwed(levelled(lines), leastAskedOf(row))?.on ?? null;
}

/** Writes a new version of the schedule; the old one is kept as it was. */
export async function reschedule(
  context: Context,
  { row }: LeaseRecord,
  lines: readonly ScheduleLine[],
  changes: Partial<LeaseRow> = {},
): Promise<LeaseRecord> {
  const version = row.scheduleVersion + 1;
  await context.tx.insert(scheduleLines).values(lines.map((line) => ({ ...line, leaseId: row.id, version })));
  const updated = await updateLease(context, row, {
    ...changes,
    scheduleVersion: version,
    oldestUnpaidOn: oldestUnpaid(row, lines),
  });
  return { row: updated, lines };
}

/** Writes changed lines of the current version, in one statement. */
export async function updateLines(
  { tx }: Context,
  row: LeaseRow,
  changed: readonly Pick<ScheduleLine, 'number' | 'paid' | 'waived' | 'filled' | 'feeChargedOn'>[],
): Promise<void> {
  if (changed.length === 0) return;
  const facts = changed.map(({ number, paid, waived, filled, feeChargedOn }) => ({
    number,
    paid,
    waived,
    filled,
    fee_charged_on: feeChargedOn,
  }));
  await writeLines(tx, { facts: JSON.stringify(facts), leaseId: row.id, version: row.scheduleVersion });
}

const writeLines = prebuiltSql(
  (given) => sql`
    update ${scheduleLines} as line
    set paid = changed.paid, waived = changed.waived, filled = changed.filled, fee_charged_on = changed.fee_charged_on
    from jsonb_to_recordset(${given('facts')}::jsonb)
      as changed(number int, paid bigint, waived bigint, filled jsonb, fee_charged_on date)
    where line.lease_id = ${given('leaseId')} and line.version = ${given('version')} and line.number = changed.number`,
);
