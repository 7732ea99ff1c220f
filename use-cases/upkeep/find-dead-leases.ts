import type { Client } from '@temporalio/client';
import { and, asc, eq, exists, gt, inArray, isNotNull, isNull, notExists, notInArray, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { attempts, cases, leases } from '#db/schema/index';
import { creditCases } from '#domain/cases';
import { system } from '#domain/identity/roles';
import { RECOVERY_DAYS } from '#domain/leases/recovery';
import { hasEnded, isGivenUp, leaseStatuses, type LeaseStatus } from '#domain/leases/status';
import { lastRunOf, runningWorkflows } from '#steering/workflow-runs';
import { leaseWorkflowId } from '#workflows/lease/messages';
import type { DeadLeases } from '#domain/upkeep/wire';
import { transact } from '../context.ts';
import { closeDeaths, restartFromBooks, type RestartDependencies } from '../leases/restart-lease.ts';
import { toldCredit } from '../leases/credit-cases.ts';
import { openCase } from '../cases/open-case.ts';

const actor = system('upkeep');
/** Leases that visibility is asked about at once. */
export const BATCH = 100;

/**
 * Finds the leases whose workflow died: terminated, failed, timed out or cancelled while the lease goes on in the
 * books. One that an operator has paused has not. Each is a case, once a death, until the workflow runs again or has
 * nothing left to do. Visibility says in batches which run; it lags behind, so that each one that is missing is looked
 * at by itself. A lease that is over, and whose workflow came to its end, has not died: whoever booked money for it did
 * not come to wake it, which is done here.
 *
 * @param beat is called after each batch
 */
export async function findDeadLeases(deps: RestartDependencies, beat: () => void): Promise<DeadLeases> {
  const { db, temporal } = deps;
  const runAgain = await closeCases(db, temporal);
  let [dead, woken] = [0, 0];
  for (let after: string | null = null; ; beat()) {
    const batch = await leasesThatMustRun(db, after);
    const running = await runningWorkflows(temporal, batch.map(leaseWorkflowId));
    for (const id of batch) {
      if (running.has(leaseWorkflowId(id))) continue;
      const last = await lastRunOf(temporal, leaseWorkflowId(id));
      const open = last === null ? null : await openOf(db, id);
      if (last === null || open === null) continue;
      if (last.status === 'COMPLETED' && hasEnded(open.status) && !open.recovers) {
        await restartFromBooks(deps, actor, id);
        woken += 1;
        continue;
      }
      dead += 1;
      await transact(db, actor, new Date(), (context) =>
        openCase(context, {
          kind: 'workflow_died',
          leaseId: id,
          paymentId: null,
          about: `${id}:${last.runId}`,
          detail: { ended: last.status, runId: last.runId },
        }),
      );
    }
    after = batch.at(-1) ?? null;
    if (after === null || batch.length < BATCH) return { dead, runAgain, woken };
  }
}

/**
 * The leases whose workflow must run: those that are not over; those of which what was given up is still recovered (but for
 * the last day, on which the workflow may end at any moment); those with money in doubt or not in the books yet; and those
 * that ended with more credit than their cases tell of.
 */
const mustRun = (db: Database) =>
  or(
    notInArray(leases.status, leaseStatuses.filter(hasEnded)),
    and(
      inArray(leases.status, leaseStatuses.filter(isGivenUp)),
      isNotNull(leases.oldestUnpaidOn),
      sql`${leases.endedAt} > now() + ${leases.clockOffsetMs} * interval '1 ms' - ${RECOVERY_DAYS - 1} * interval '1 day'`,
    ),
    exists(
      db
        .select({ id: attempts.id })
        .from(attempts)
        .where(
          and(
            eq(attempts.leaseId, leases.id),
            or(
              inArray(attempts.status, ['pending', 'unknown']),
              and(eq(attempts.status, 'succeeded'), isNull(attempts.transferId)),
            ),
          ),
        ),
    ),
    and(gt(leases.credit, 0), notExists(toldOfCredit(db))),
  );

/** Cases that tell of all of a lease's credit; one that was closed, of as much as there still is. */
const toldOfCredit = (db: Database) =>
  db
    .select({ id: cases.id })
    .from(cases)
    .where(
      and(
        eq(cases.leaseId, leases.id),
        inArray(cases.kind, [...creditCases]),
        or(eq(toldCredit, leases.credit), and(eq(cases.status, 'open'), gt(toldCredit, leases.credit))),
      ),
    );

/** Ids of leases whose workflow must run, from the one after `after` on, `BATCH` at most. */
export async function leasesThatMustRun(db: Database, after: string | null): Promise<string[]> {
  const rows = await db
    .select({ id: leases.id })
    .from(leases)
    .where(and(mustRun(db), after === null ? undefined : gt(leases.id, after)))
    .orderBy(asc(leases.id))
    .limit(BATCH);
  return rows.map(({ id }) => id);
}

/** A lease whose workflow must run, and whether it recovers what was given up; null where it need not. */
async function openOf(db: Database, id: string): Promise<{ status: LeaseStatus; recovers: boolean } | null> {
  const [row] = await db
    .select({ status: leases.status, oldestUnpaidOn: leases.oldestUnpaidOn })
    .from(leases)
    .where(and(mustRun(db), eq(leases.id, id)));
  return row === undefined
    ? null
    : { status: row.status, recovers: isGivenUp(row.status) && row.oldestUnpaidOn !== null };
}

async function closeCases(db: Database, temporal: Client): Promise<number> {
  const open = await db
    .selectDistinct({ leaseId: cases.leaseId })
    .from(cases)
    .where(and(eq(cases.kind, 'workflow_died'), eq(cases.status, 'open')));
  let closed = 0;
  for (const { leaseId } of open) {
    if (leaseId === null) continue;
    const runs = (await lastRunOf(temporal, leaseWorkflowId(leaseId))) === null;
    if (!runs && (await openOf(db, leaseId)) !== null) continue;
    const resolution = runs ? 'it runs again' : 'nothing is left for it to do';
    await transact(db, actor, new Date(), (context) => closeDeaths(context, leaseId, resolution));
    closed += 1;
  }
  return closed;
}
