import { and, asc, desc, eq, inArray, lt, or, sql, type SQL } from 'drizzle-orm';
import { localDate, localDateAt } from '#domain/calendar';
import { positionIfPaid, type Doubt } from '#domain/leases/doubt';
import { bucketOf, lineStatus, positionOn, unpaid, type ScheduleLine } from '#domain/leases/position';
import { hasEnded, isRunning, type LeaseStatus } from '#domain/leases/status';
import { money } from '#domain/money';
import type { Queryable } from '../client.ts';
import { audit, leases, scheduleLines } from '../schema/index.ts';
import { doubtsOf } from './doubts.ts';

export type LeaseRow = typeof leases.$inferSelect;

/** The lease's own time now: the wall's, plus how far it has travelled in development. */
export function leaseClock(row: LeaseRow, wall = Date.now()): Date {
  return new Date(wall + row.clockOffsetMs);
}

export async function findLease(db: Queryable, id: string): Promise<LeaseRow | undefined> {
  const [row] = await db.select().from(leases).where(eq(leases.id, id));
  return row;
}

/** @param reference as references are written */
export async function leaseByReference(db: Queryable, reference: string): Promise<LeaseRow | undefined> {
  const [row] = await db.select().from(leases).where(eq(leases.reference, reference));
  return row;
}

export interface LeaseFilter {
  readonly customerId?: string | undefined;
  readonly status?: LeaseStatus | undefined;
  readonly vehicleId?: string | undefined;
  readonly market?: LeaseRow['market'] | undefined;
}

/** Newest first, after the lease that `before` names. */
export function listLeases(
  db: Queryable,
  filter: LeaseFilter,
  page: { limit: number; before?: { createdAt: Date; id: string } | undefined },
): Promise<LeaseRow[]> {
  const conditions: (SQL | undefined)[] = [
    filter.customerId === undefined ? undefined : eq(leases.customerId, filter.customerId),
    filter.status === undefined ? undefined : eq(leases.status, filter.status),
    filter.vehicleId === undefined ? undefined : eq(leases.vehicleId, filter.vehicleId),
    filter.market === undefined ? undefined : eq(leases.market, filter.market),
    page.before === undefined
      ? undefined
      : or(
          lt(leases.createdAt, page.before.createdAt),
          and(eq(leases.createdAt, page.before.createdAt), lt(leases.id, page.before.id)),
        ),
  ];
  return db
    .select()
    .from(leases)
    .where(and(...conditions))
    .orderBy(desc(leases.createdAt), desc(leases.id))
    .limit(page.limit);
}

/** The current schedules of several leases in one query. */
export async function schedulesOf(db: Queryable, rows: readonly LeaseRow[]): Promise<Map<string, ScheduleLine[]>> {
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
  const { number, dueOn, amount, paid, waived, components, filled, matured, feeChargedOn, pausedDays } = scheduleLines;
  const [found] = await db
    .select({
      lines: sql<ScheduleLine[]>`coalesce(json_agg(json_build_object(
        'number', ${number}, 'dueOn', ${dueOn}, 'amount', ${amount}, 'paid', ${paid}, 'waived', ${waived},
        'components', ${components}, 'filled', ${filled}, 'matured', ${matured}, 'feeChargedOn', ${feeChargedOn},
        'pausedDays', ${pausedDays}) order by ${number}), '[]')`,
    })
    .from(scheduleLines)
    .where(and(eq(scheduleLines.leaseId, leaseId), eq(scheduleLines.version, version)));
  return found?.lines ?? [];
}

/** A line as the rules know it. */
function scheduleLine(line: typeof scheduleLines.$inferSelect): ScheduleLine {
  const { dueOn, feeChargedOn } = line;
  return {
    ...line,
    dueOn: localDate(dueOn),
    feeChargedOn: feeChargedOn === null ? null : localDate(feeChargedOn),
  };
}

export type LeaseView = ReturnType<typeof presentLease>;

/** Leases as the contract shows them, in their order. */
export async function viewLeases(db: Queryable, rows: readonly LeaseRow[]): Promise<LeaseView[]> {
  const wall = Date.now();
  const isLate = (row: LeaseRow) =>
    isRunning(row.status) && row.oldestUnpaidOn !== null && row.oldestUnpaidOn < todayOf(row, wall);
  const [lines, doubts] = await Promise.all([schedulesOf(db, rows), doubtsOf(db, rows.filter(isLate))]);
  return rows.map((row) => presentLease(row, lines.get(row.id) ?? [], doubts.get(row.id) ?? [], wall));
}

const todayOf = (row: LeaseRow, wall: number) => localDateAt(leaseClock(row, wall).getTime(), row.market);

/**
 * A lease on its own clock. What is late is what would be late if all money in doubt was paid: by the same rule it is
 * charged late fees, reminded of and in arrears.
 */
function presentLease(row: LeaseRow, lines: readonly ScheduleLine[], doubts: readonly Doubt[], wall: number) {
  const asOf = leaseClock(row, wall);
  const today = todayOf(row, wall);
  const position = positionOn(today, row, lines);
  const late = positionIfPaid(today, row, lines, { doubts, lateFee: row.plan.lateFee?.amount ?? 0 });
  const sum = (amount: number) => money(amount, row.currency);
  const owes = isRunning(row.status);
  const complete = row.status === 'completed' || row.status === 'settled_early';
  return {
    id: row.id,
    reference: row.reference,
    status: row.status,
    customerId: row.customerId,
    vehicleId: row.vehicleId,
    paymentMethodId: row.paymentMethodId,
    backupMethodIds: row.backupMethodIds,
    quietHours: row.quietHours,
    pausedUntil: row.pausedUntil,
    promisedOn: row.promisedOn,
    plan: { ...row.plan, vehicleTypes: [...row.plan.vehicleTypes] },
    market: row.market,
    currency: row.currency,
    price: sum(row.price),
    deposit: sum(row.deposit),
    instalment: sum(row.instalment),
    frequency: row.frequency,
    instalmentsTotal: row.instalmentsTotal,
    instalmentsPaid: position.instalmentsPaid,
    totalPrice: sum(row.totalPrice),
    paid: sum(position.paid),
    outstanding: sum(position.outstanding),
    overdue: sum(owes ? late.overdue : 0),
    feesDue: sum(position.feesDue),
    credit: sum(position.credit),
    disputed: sum(row.disputed),
    daysPastDue: owes ? late.daysPastDue : 0,
    bucket: bucketOf(owes ? late.daysPastDue : 0),
    ownedPercent: complete ? 100 : Math.min(99, position.ownedPercent),
    twoThirdsPaid: position.twoThirdsPaid,
    nextDue:
      owes && position.nextDue !== null ? { on: position.nextDue.on, amount: sum(position.nextDue.amount) } : null,
    agreementSignedAt: row.agreementSignedAt,
    handedOverAt: row.handedOverAt,
    completedAt: row.completedAt,
    endedAt: row.endedAt,
    createdAt: row.createdAt,
    asOf,
  };
}

export function presentLine(row: LeaseRow, line: ScheduleLine, wall = Date.now()) {
  const today = localDateAt(leaseClock(row, wall).getTime(), row.market);
  const sum = (amount: number) => money(amount, row.currency);
  return {
    number: line.number,
    dueOn: line.dueOn,
    amount: sum(line.amount),
    paid: sum(line.paid),
    waived: sum(line.waived),
    outstanding: sum(unpaid(line)),
    status: hasEnded(row.status) && unpaid(line) === 0 ? ('paid' as const) : lineStatus(line, today),
    components: Object.fromEntries(Object.entries(line.components).map(([name, amount]) => [name, sum(amount)])),
  };
}

/** What happened to a lease, oldest first. */
export function timelineOf(db: Queryable, leaseId: string) {
  return db
    .select({ at: audit.at, type: audit.type, status: audit.leaseStatus, actor: audit.actor, detail: audit.detail })
    .from(audit)
    .where(eq(audit.leaseId, leaseId))
    .orderBy(asc(audit.at), asc(audit.number));
}
