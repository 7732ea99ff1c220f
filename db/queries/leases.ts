import { and, asc, desc, eq, getTableColumns, gte, inArray, not, sql, type SQL } from 'drizzle-orm';
import { localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { normalReference } from '#domain/payments/suggestions';
import { positionIfPaid, type Doubt } from '#domain/leases/doubt';
import { ownedPercent, positionOn, type Position, type ScheduleLine } from '#domain/leases/position';
import { isRunning, type LeaseStatus } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { prebuilt, prebuiltRows, rowOf } from '../prebuilt.ts';
import { audit, leases, scheduleLines } from '../schema/index.ts';
import { doubtsOf } from './doubts.ts';
import { olderThan, type Page } from './page.ts';
import { isOfFormer, ofErased } from './tenures.ts';
import { withoutWords } from './words.ts';

export type LeaseRow = typeof leases.$inferSelect;

/** The lease's own time now: the wall's, plus how far it has travelled in development. */
export function leaseClock(row: Pick<LeaseRow, 'clockOffsetMs'>, wall = Date.now()): Date {
  return new Date(wall + row.clockOffsetMs);
}

export async function findLease(db: Queryable, id: string): Promise<LeaseRow | undefined> {
  const [row] = await leaseOf(db, { id });
  return row;
}

const leaseOf = prebuiltRows(leases, (db, given) =>
  db
    .select()
    .from(leases)
    .where(eq(leases.id, given('id'))),
);

/** @param reference as references are written */
export async function leaseByReference(db: Queryable, reference: string): Promise<LeaseRow | undefined> {
  const [row] = await db.select().from(leases).where(eq(leases.reference, reference));
  return row;
}

interface LeaseFilter {
  readonly customerId?: string | undefined;
  readonly status?: LeaseStatus | undefined;
  readonly vehicleId?: string | undefined;
  readonly market?: LeaseRow['market'] | undefined;
  /** A reference, however it was typed. */
  readonly q?: string | undefined;
}

/** Newest first, after the lease that `before` names. */
export function listLeases(db: Queryable, filter: LeaseFilter, page: Page): Promise<LeaseRow[]> {
  const conditions: (SQL | undefined)[] = [
    filter.customerId === undefined ? undefined : eq(leases.customerId, filter.customerId),
    filter.status === undefined ? undefined : eq(leases.status, filter.status),
    filter.vehicleId === undefined ? undefined : eq(leases.vehicleId, filter.vehicleId),
    filter.market === undefined ? undefined : eq(leases.market, filter.market),
    filter.q === undefined ? undefined : eq(leases.reference, normalReference(filter.q)),
    olderThan(page.before, leases.createdAt, leases.id),
  ];
  return db
    .select()
    .from(leases)
    .where(and(...conditions))
    .orderBy(desc(leases.createdAt), desc(leases.id))
    .limit(page.limit);
}

/** The current schedules of several leases in one query. */
async function schedulesOf(db: Queryable, rows: readonly LeaseRow[]): Promise<Map<string, ScheduleLine[]>> {
  const found = new Map<string, ScheduleLine[]>(rows.map(({ id }) => [id, []]));
  if (rows.length === 0) return found;
  const lines = await db
    .select({ line: scheduleLines })
    .from(scheduleLines)
    .innerJoin(leases, and(eq(leases.id, scheduleLines.leaseId), eq(leases.scheduleVersion, scheduleLines.version)))
    .where(
      inArray(
        scheduleLines.leaseId,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(asc(scheduleLines.number));
  for (const { line } of lines) found.get(line.leaseId)?.push(scheduleLine(line));
  return found;
}

/** One version of a lease's schedule, in order: one value, since mapping hundreds of rows costs more than reading them. */
export async function scheduleOf(db: Queryable, leaseId: string, version: number): Promise<ScheduleLine[]> {
  const [found] = await linesOf(db, { leaseId, version });
  return found?.lines ?? [];
}

/** The lines of the version that is current when it is asked for: nobody has to know it before. */
export async function currentSchedule(db: Queryable, leaseId: string): Promise<ScheduleLine[]> {
  const [found] = await currentLinesOf(db, { leaseId });
  return found?.lines ?? [];
}

const { number, dueOn, amount, paid, waived, components, filled, matured, feeChargedOn } = scheduleLines;
const { pausedDays, pays, pausedPaid, pausedAfter } = scheduleLines;
const lines = sql`coalesce(json_agg(json_build_object(
  'number', ${number}, 'dueOn', ${dueOn}, 'amount', ${amount}, 'paid', ${paid}, 'waived', ${waived},
  'components', ${components}, 'filled', ${filled}, 'matured', ${matured}, 'feeChargedOn', ${feeChargedOn},
  'pausedDays', ${pausedDays}, 'pays', ${pays}, 'pausedPaid', ${pausedPaid}, 'pausedAfter', ${pausedAfter}) order by ${number}), '[]')`;
const linesOf = prebuilt<{ lines: ScheduleLine[] }>((db, given) =>
  db
    .select({ lines: lines.as('lines') })
    .from(scheduleLines)
    .where(and(eq(scheduleLines.leaseId, given('leaseId')), eq(scheduleLines.version, given('version')))),
);
const currentLinesOf = prebuilt<{ lines: ScheduleLine[] }>((db, given) => {
  const current = db
    .select({ version: leases.scheduleVersion })
    .from(leases)
    .where(eq(leases.id, given('leaseId')));
  return db
    .select({ lines: lines.as('lines') })
    .from(scheduleLines)
    .where(and(eq(scheduleLines.leaseId, given('leaseId')), eq(scheduleLines.version, current)));
});

/** A lease with its lines, as they stand together: one statement reads both, and nobody is held up. */
export async function leaseWithLines(
  db: Queryable,
  id: string,
): Promise<{ readonly row: LeaseRow; readonly lines: readonly ScheduleLine[] } | undefined> {
  const [found] = await withLines(db, { id });
  return found === undefined ? undefined : { row: readLease(found), lines: found.lines };
}

const readLease = rowOf(leases);
const withLines = prebuilt<Record<string, unknown> & { readonly lines: ScheduleLine[] }>((db, given) => {
  const its = db
    .select({ lines })
    .from(scheduleLines)
    .where(and(eq(scheduleLines.leaseId, leases.id), eq(scheduleLines.version, leases.scheduleVersion)));
  return db
    .select({ ...getTableColumns(leases), lines: sql`(${its})`.as('lines') })
    .from(leases)
    .where(eq(leases.id, given('id')));
});

/** A line as the rules know it. */
function scheduleLine(line: typeof scheduleLines.$inferSelect): ScheduleLine {
  const { dueOn, feeChargedOn, paysFrom: _from, paysUntil: _until, ...rest } = line;
  return {
    ...rest,
    dueOn: localDate(dueOn),
    feeChargedOn: feeChargedOn === null ? null : localDate(feeChargedOn),
  };
}

/** Where a lease stands on its own clock. */
export interface LeaseStand {
  readonly row: LeaseRow;
  readonly lines: readonly ScheduleLine[];
  readonly asOf: Date;
  readonly today: LocalDate;
  readonly position: Position;
  /**
   * Where it would stand if all money in doubt was paid: what is late then is late, by the same rule by which it is
   * charged late fees, reminded of and in arrears. A doubt keeps a lease out of arrears; those that it is in it does not hide.
   */
  readonly late: Position;
  readonly ownedPercent: number;
}

/** Where leases stand, in their order. */
export async function leaseStands(db: Queryable, rows: readonly LeaseRow[]): Promise<LeaseStand[]> {
  const wall = Date.now();
  const isLate = (row: LeaseRow) =>
    showsDoubts(row) && row.oldestUnpaidOn !== null && row.oldestUnpaidOn < todayOf(row, wall);
  const [lines, doubts] = await Promise.all([schedulesOf(db, rows), doubtsOf(db, rows.filter(isLate))]);
  return rows.map((row) => standOf(row, lines.get(row.id) ?? [], doubts.get(row.id) ?? [], wall));
}

const showsDoubts = ({ status }: LeaseRow) => isRunning(status) && status !== 'in_arrears' && status !== 'immobilised';
const todayOf = (row: LeaseRow, wall: number) => localDateAt(leaseClock(row, wall).getTime(), row.market);

function standOf(row: LeaseRow, lines: readonly ScheduleLine[], doubts: readonly Doubt[], wall: number): LeaseStand {
  const today = todayOf(row, wall);
  const { lineUnit: unit, leastAsked } = marketRules(row.market);
  const sums = { ...row, leastAsked };
  const position = positionOn(today, sums, lines);
  const late = showsDoubts(row)
    ? positionIfPaid(today, sums, lines, { doubts, lateFee: row.plan.lateFee?.amount ?? 0, unit })
    : position;
  return {
    row,
    lines,
    asOf: leaseClock(row, wall),
    today,
    position,
    late,
    ownedPercent: ownedPercent(row.status, position),
  };
}

/**
 * What happened to a lease, oldest first; without the words of people once its customer of then is erased.
 *
 * @param since what was before is left out, as is what becomes of his payments since: it was of another customer
 */
export function timelineOf(db: Queryable, leaseId: string, since: Date | null = null) {
  const { at, type, leaseStatus: status, actor } = audit;
  const said = since === null ? sql`${audit.detail}` : sql`${audit.detail} - 'from'`;
  const detail = sql<
    Record<string, unknown>
  >`case when ${ofErased(audit.leaseId, audit.at)} then ${withoutWords(said)} else ${said} end`;
  return db
    .select({ at, type, status, actor, detail })
    .from(audit)
    .where(and(eq(audit.leaseId, leaseId), since === null ? undefined : and(gte(audit.at, since), not(isOfFormer()))))
    .orderBy(asc(audit.at), asc(audit.number));
}
