import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { and, asc, eq, exists, gt, inArray, isNotNull, isNull, notExists, notInArray, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { attempts, cases, leases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { hasEnded, leaseStatuses } from '#domain/leases/status';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { transact } from '../context.ts';
import { runsAgain } from '../leases/restart-lease.ts';
import { openCase } from '../payments/open-case.ts';

const actor = system('upkeep');
/** Leases that visibility is asked about at once. */
const BATCH = 100;

export interface DeadLeases {
  /** Leases that go on in the books while their workflow does not. */
  readonly dead: number;
  readonly runAgain: number;
  /** Workflows of any kind whose own code fails again and again. */
  readonly stuck?: number;
}

/**
 * Finds the leases whose workflow died: terminated, failed, timed out or cancelled while the lease goes on in the
 * books. Each is a case, once a death, until the workflow runs again. Visibility says in batches which run; it lags
 * behind, so that each one that is missing is looked at by itself.
 *
 * @param beat is called after each batch
 */
export async function findDeadLeases(
  { db, temporal }: { readonly db: Database; readonly temporal: Client },
  beat: () => void,
): Promise<DeadLeases> {
  const runAgain = await closeCases(db, temporal);
  let dead = 0;
  for (let after: string | null = null; ; beat()) {
    const batch = await goingOn(db, after);
    const running = await runningOf(temporal, batch);
    for (const id of batch) {
      if (running.has(id)) continue;
      const last = await lastRunOf(temporal, id);
      if (last === null || !(await goesOn(db, id))) continue;
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
    if (after === null || batch.length < BATCH) return { dead, runAgain };
  }
}

/**
 * What the workflow of must run: a lease that is not over, one that recovers after a write-off, one with money in
 * doubt or not in the books yet, and one that ended with credit which is neither given back nor a person's case.
 */
const mustRun = (db: Database) =>
  or(
    notInArray(leases.status, leaseStatuses.filter(hasEnded)),
    and(
      eq(leases.status, 'written_off'),
      isNotNull(leases.oldestUnpaidOn),
      sql`${leases.endedAt} > now() + ${leases.clockOffsetMs} * interval '1 ms' - interval '1094 days'`,
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

/** Cases that tell of a lease's credit; one that was closed tells of as much credit as there was. */
const toldOfCredit = (db: Database) =>
  db
    .select({ id: cases.id })
    .from(cases)
    .where(
      and(
        eq(cases.leaseId, leases.id),
        eq(cases.kind, 'refund_failed'),
        or(eq(cases.status, 'open'), sql`(${cases.detail} ->> 'credit')::bigint = ${leases.credit}`),
      ),
    );

async function goingOn(db: Database, after: string | null): Promise<string[]> {
  const rows = await db
    .select({ id: leases.id })
    .from(leases)
    .where(and(mustRun(db), after === null ? undefined : gt(leases.id, after)))
    .orderBy(asc(leases.id))
    .limit(BATCH);
  return rows.map(({ id }) => id);
}

async function goesOn(db: Database, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: leases.id })
    .from(leases)
    .where(and(mustRun(db), eq(leases.id, id)));
  return rows.length > 0;
}

async function runningOf(temporal: Client, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const names = ids.map((id) => `"${leaseWorkflowId(id)}"`).join(', ');
  const running = new Set<string>();
  const query = `WorkflowId IN (${names}) AND ExecutionStatus = "Running"`;
  for await (const { workflowId } of temporal.workflow.list({ query })) running.add(workflowId);
  return new Set(ids.filter((id) => running.has(leaseWorkflowId(id))));
}

/** How the last run of a lease ended; null while it runs. */
async function lastRunOf(temporal: Client, id: string): Promise<{ status: string; runId: string } | null> {
  try {
    const { status, runId } = await temporal.workflow.getHandle(leaseWorkflowId(id)).describe();
    return status.name === 'RUNNING' ? null : { status: status.name, runId };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { status: 'NOT_FOUND', runId: 'none' };
  }
}

async function closeCases(db: Database, temporal: Client): Promise<number> {
  const open = await db
    .selectDistinct({ leaseId: cases.leaseId })
    .from(cases)
    .where(and(eq(cases.kind, 'workflow_died'), eq(cases.status, 'open')));
  let closed = 0;
  for (const { leaseId } of open) {
    if (leaseId === null || (await lastRunOf(temporal, leaseId)) !== null) continue;
    await transact(db, actor, new Date(), (context) => runsAgain(context, leaseId));
    closed += 1;
  }
  return closed;
}
