import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { documentsOf, type SubmissionRow } from '#db/queries/kyc';
import type { LeaseRow } from '#db/queries/leases';
import { whileHeldBy } from '#db/queries/tenures';
import { attempts, audit, leases, scheduleLines, submissions, tenures, users, vehicles } from '#db/schema/index';
import type { deciding } from '#domain/audit';
import { daysBetween, localDate, localDateAt } from '#domain/calendar';
import type { CreditFacts, PaymentHistory, PlanFact } from '#domain/credit/scorecard';
import { forgeryReasons } from '#domain/kyc/decision';
import { missingDocuments } from '#domain/kyc/submission';
import { holdsVehicle, isRunning } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import { money } from '#domain/money';

/**
 * What the platform knows of a customer at `at`, for the scorecard. With a lease, what it asks for is
 * part of it, and its own course is not.
 */
export async function gatherFacts(
  db: Queryable,
  input: { readonly customerId: string; readonly lease: LeaseRow | null; readonly at: Date },
): Promise<CreditFacts> {
  const { customerId, lease, at } = input;
  const [customer] = await db
    .select({ market: users.market, income: users.monthlyIncome })
    .from(users)
    .where(eq(users.id, customerId));
  const market = lease?.market ?? customer?.market ?? null;
  if (market === null) throw new Error(`user ${customerId} is no customer of a market`);
  const submitted = await db.select().from(submissions).where(eq(submissions.userId, customerId));
  const approved = submitted.find(({ status }) => status === 'approved');
  const plan = lease === null ? null : await planOf(db, lease);
  return {
    identity: approved === undefined ? null : approved.decidedBy === null ? 'automated_check' : 'agent',
    forgedBefore: submitted.some(
      ({ status, verdict }) => status === 'rejected' && forgeryReasons.some((reason) => reason === verdict?.reason),
    ),
    writtenOffElsewhere: await writtenOffElsewhere(db, customerId, submitted),
    missingDocuments: approved === undefined || plan === null ? [] : await missingFor(db, approved, plan),
    market,
    monthlyIncome: customer?.income ?? null,
    history: await historyOf(db, { customerId, except: lease?.id ?? null, market, at }),
    plan,
  };
}

async function planOf(db: Queryable, lease: LeaseRow): Promise<PlanFact> {
  const [vehicle] = await db.select({ type: vehicles.type }).from(vehicles).where(eq(vehicles.id, lease.vehicleId));
  if (vehicle === undefined) throw new Error(`there is no vehicle ${lease.vehicleId}`);
  const instalment = money(lease.instalment, lease.currency);
  return {
    vehicleType: vehicle.type,
    frequency: lease.frequency,
    instalment,
    depositPercent: depositPercentOf(lease),
  };
}

/** What the deposit is of the price: where the plan asks for an amount, that may be more than its percentage. */
const depositPercentOf = ({ plan, deposit, price }: LeaseRow): number =>
  (plan.depositAmount ?? null) === null
    ? plan.depositPercent
    : Math.max(plan.depositPercent, Math.floor((100 * deposit) / price));

async function missingFor(db: Queryable, approved: SubmissionRow, { vehicleType }: PlanFact): Promise<string[]> {
  const present = await documentsOf(db, approved.userId, approved.documentIds);
  return missingDocuments(
    approved.documentType,
    present.map(({ kind }) => kind),
    vehicleType,
  );
}

/** The same identity document, under another account, lost us a vehicle. */
async function writtenOffElsewhere(
  db: Queryable,
  customerId: string,
  submitted: readonly SubmissionRow[],
): Promise<boolean> {
  const numbers = submitted
    .filter(({ status }) => status !== 'rejected')
    .map(({ documentNumberHash }) => documentNumberHash);
  if (numbers.length === 0) return false;
  const [found] = await db
    .select({ id: leases.id })
    .from(leases)
    .innerJoin(submissions, eq(submissions.userId, leases.customerId))
    .where(
      and(
        eq(leases.status, 'written_off'),
        ne(leases.customerId, customerId),
        inArray(submissions.documentNumberHash, numbers),
        ne(submissions.status, 'rejected'),
      ),
    )
    .limit(1);
  return found !== undefined;
}

/**
 * How the customer's other leases went while they were his. A line is late when a reminder had to be sent for it, or when it
 * is unpaid after its day now; the worst arrears are the highest that any reminder named, or today's. A reminder
 * of what was paid by then, and became known later, counts for nothing.
 */
async function historyOf(
  db: Queryable,
  { customerId, except, market, at }: { customerId: string; except: string | null; market: Market; at: Date },
): Promise<PaymentHistory> {
  const rows = await db.select().from(leases).where(eq(leases.customerId, customerId));
  const others = rows.filter(({ id }) => id !== except);
  const had = await db.select({ id: tenures.leaseId }).from(tenures).where(eq(tenures.customerId, customerId));
  const ids = [...others, ...had].flatMap(({ id }) => (id === except ? [] : [id]));
  const count = (status: LeaseRow['status'][]) => others.filter((lease) => status.includes(lease.status)).length;
  const none = {
    linesDue: 0,
    linesLate: 0,
    worstDaysPastDue: 0,
    completedLeases: 0,
    liveLeases: 0,
    repossessed: 0,
    writtenOff: 0,
  };
  if (ids.length === 0) return none;

  const today = localDateAt(at.getTime(), market);
  const [lines] = await db
    .select({
      due: sql<number>`count(*) filter (where ${scheduleLines.dueOn} < ${today}::date or ${scheduleLines.paid} + ${scheduleLines.waived} = ${scheduleLines.amount})::int`,
    })
    .from(scheduleLines)
    .innerJoin(leases, and(eq(leases.id, scheduleLines.leaseId), eq(leases.scheduleVersion, scheduleLines.version)))
    .where(
      and(inArray(scheduleLines.leaseId, ids), whileHeldBy(customerId, scheduleLines.leaseId, scheduleLines.dueOn)),
    );
  const reminders = await foundedReminders(db, customerId, ids);
  const late = new Set(reminders.map(({ leaseId, dueOn }) => `${leaseId} ${dueOn}`));
  const now = others
    .filter(({ status }) => isRunning(status))
    .map(({ oldestUnpaidOn }) => (oldestUnpaidOn === null ? 0 : daysBetween(localDate(oldestUnpaidOn), today)));
  return {
    linesDue: lines?.due ?? 0,
    linesLate: Math.min(lines?.due ?? 0, late.size),
    worstDaysPastDue: Math.max(0, ...reminders.map(({ daysPastDue }) => daysPastDue), ...now),
    completedLeases: count(['completed', 'settled_early', 'upgraded']),
    liveLeases: others.filter(({ status }) => isRunning(status) || holdsVehicle(status)).length,
    repossessed: count(['repossessed']),
    writtenOff: count(['written_off']),
  };
}

interface Reminder {
  readonly leaseId: string;
  /** Of the oldest line that was not paid, as was known then. */
  readonly dueOn: string;
  readonly daysPastDue: number;
}

const saidOf = (name: keyof (typeof deciding)['payment.overdue']['shape']) => sql`${audit.detail} ->> ${name}`;

/** Reminders whose line was, by value dates, not paid on the day before. */
async function foundedReminders(db: Queryable, customerId: string, leaseIds: readonly string[]): Promise<Reminder[]> {
  const isOfThese = and(eq(audit.type, 'payment.overdue'), inArray(audit.leaseId, [...leaseIds]));
  return db.execute<{ leaseId: string; dueOn: string; daysPastDue: number }>(sql`
    select reminder."leaseId", reminder."dueOn", reminder."daysPastDue"
    from (
      select ${audit.leaseId} as "leaseId", ${saidOf('oldestUnpaidOn')} as "dueOn", (${saidOf('daysPastDue')})::int as "daysPastDue"
      from ${audit}
      where ${and(isOfThese, whileHeldBy(customerId, audit.leaseId, audit.at))}
    ) as reminder
    -- The line as it was in the last schedule that had one due on that day.
    left join lateral (
      select version, number from ${scheduleLines}
      where lease_id = reminder."leaseId" and due_on = reminder."dueOn"::date
      order by version desc limit 1
    ) as line on true
    left join lateral (
      select sum(amount - waived) as up_to from ${scheduleLines}
      where lease_id = reminder."leaseId" and version = line.version and number <= line.number
    ) as owed on true
    where coalesce((
      select sum((part ->> 'amount')::bigint) from ${attempts}, jsonb_array_elements(allocation) as part
      where lease_id = reminder."leaseId" and status = 'succeeded' and kind <> 'refund'
        and value_on < reminder."dueOn"::date + reminder."daysPastDue"
        and part ->> 'component' not in ('deposit', 'fee', 'disputed', 'rounding')
    ), 0) < coalesce(owed.up_to, 1) or owed.up_to is null`);
}
