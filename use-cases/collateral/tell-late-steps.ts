import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leaseClock } from '#db/queries/leases';
import { titleWaits } from '#db/queries/said-gone';
import { collateralSteps, leases } from '#db/schema/index';
import { daysBetween, localDate } from '#domain/calendar';
import { isOwedToCustomer, TOLD_AGAIN_DAYS } from '#domain/collateral/step';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { doEach } from '#platform/attempt-each';
import { openCase } from '../cases/open-case.ts';
import { transact, type Context } from '../context.ts';
import { businessDate } from '../leases/lease-record.ts';
import { lockOpenStep, tellOfStep } from './step-record.ts';

/**
 * Has somebody told of what is not done in time at a register, again a week later where he has closed the case and it still is
 * not done. What is owed to a customer waits while money that has paid for it is in dispute, or a case says that it has
 * gone, or waits for who confirms it. Upkeep looks every few minutes.
 *
 * @param wall the wall's time; each is late on the clock of its lease
 */
export async function tellLateSteps(db: Database, wall: Date, beat: () => void): Promise<void> {
  // By days of UTC, which are one off at most: the step itself goes by its market's.
  const today = sql`(${wall.toISOString()}::timestamptz + ${leases.clockOffsetMs} * interval '1 millisecond')::date + 1`;
  const isToTell = or(
    isNull(collateralSteps.toldOn),
    sql`${collateralSteps.toldOn} + ${sql.raw(String(TOLD_AGAIN_DAYS))} <= ${today}`,
  );
  const late = await db
    .select({ id: collateralSteps.id, clockOffsetMs: leases.clockOffsetMs })
    .from(collateralSteps)
    .innerJoin(leases, eq(leases.id, collateralSteps.leaseId))
    .where(and(eq(collateralSteps.status, 'open'), lt(collateralSteps.dueOn, today), isToTell));
  await doEach(late, async ({ id, clockOffsetMs }) => {
    beat();
    const at = leaseClock({ clockOffsetMs }, wall.getTime());
    await transact(db, system('collateral'), at, (context) => tellLateStep(context, id));
  });
}

async function tellLateStep(context: Context, stepId: string): Promise<void> {
  const found = await lockOpenStep(context, stepId).catch((error: unknown) => {
    if (error instanceof Problem) return null;
    throw error;
  });
  if (found === null) return;
  const { lease, row } = found;
  if (isOwedToCustomer(row.kind) && (lease.disputed > 0 || (await titleWaits(context.tx, lease.id)) !== null)) return;
  const today = businessDate(lease, context.at);
  const toldDays = row.toldOn === null ? null : daysBetween(localDate(row.toldOn), today);
  if (row.dueOn >= today || (toldDays !== null && toldDays < TOLD_AGAIN_DAYS)) return;
  await context.tx.update(collateralSteps).set({ toldOn: today }).where(eq(collateralSteps.id, stepId));
  const { kind, dueOn, leaseId } = row;
  const detail = { stepId, kind, dueOn };
  await openCase(context, { kind: 'collateral_overdue', leaseId, paymentId: null, about: stepId, detail });
  if (row.toldOn === null) await tellOfStep(context, lease, row, 'collateral.overdue');
}
