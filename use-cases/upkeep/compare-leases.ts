import { eq } from 'drizzle-orm';
import { leases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { lastRunOf, runningWorkflows } from '#steering/workflow-runs';
import { runningLeases, standingKnownTo } from '#steering/running-leases';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { terminateWorkflow } from '#steering/terminate-workflow';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { restartFromBooks, type RestartDependencies } from '../leases/restart-lease.ts';
import { BATCH, leasesThatMustRun } from './find-dead-leases.ts';

/**
 * How a lease and its workflow differ. `without_workflow`: the lease goes on in the books and nothing runs.
 * `without_lease`: a workflow runs and the books know no such lease. `behind`: the workflow does not know yet what is in the
 * books. `ahead`: it knows what is in the books no more, since they were restored to an earlier moment. `silent`: it does
 * not say where it stands.
 */
type LeaseDifference = 'without_workflow' | 'without_lease' | 'behind' | 'ahead' | 'silent';

interface FoundDifference {
  readonly leaseId: string;
  readonly difference: LeaseDifference;
  /** What was done about it; null where a person has to. */
  readonly mended: string | null;
}

export interface LeasesCompared {
  /** That must run by the books. */
  readonly leases: number;
  /** That run in Temporal. */
  readonly workflows: number;
  readonly found: readonly FoundDifference[];
}

const actor = system('operations');
/** Workflows that are asked at once, and milliseconds in which one may still hear what was just booked. */
const AT_ONCE = 20;
const HEARS_WITHIN = 2_000;

/**
 * Compares the leases in the books with their workflows in Temporal, both ways. Workers have to run: a workflow says by
 * itself what it knows.
 *
 * @param mend does what is safe: what is missing is started from the books, what is behind reads them again, what is ahead is
 * ended and started from the books, which then asks the providers about all money in doubt.
 */
export async function compareLeases(deps: RestartDependencies, mend: boolean): Promise<LeasesCompared> {
  const missing = await withoutWorkflow(deps);
  const running: string[] = [];
  for await (const leaseId of runningLeases(deps.temporal, deps.config.TASK_QUEUE_PREFIX)) running.push(leaseId);
  const found: FoundDifference[] = [];
  const note = async (leaseId: string, difference: LeaseDifference) =>
    found.push({ leaseId, difference, mended: mend ? await mendOne(deps, leaseId, difference) : null });
  for (const leaseId of missing.leases) await note(leaseId, 'without_workflow');
  for (let i = 0; i < running.length; i += AT_ONCE) {
    const some = running.slice(i, i + AT_ONCE);
    const differences = await Promise.all(some.map((leaseId) => differenceOf(deps, leaseId)));
    for (const [j, leaseId] of some.entries()) {
      const difference = differences[j];
      if (difference != null) await note(leaseId, difference);
    }
  }
  return { leases: missing.of, workflows: running.length, found };
}

async function withoutWorkflow({ db, temporal }: RestartDependencies) {
  const missing: string[] = [];
  let of = 0;
  for (let after: string | null = null; ;) {
    const batch: string[] = await leasesThatMustRun(db, after);
    const running = await runningWorkflows(temporal, batch.map(leaseWorkflowId));
    for (const id of batch) {
      const workflowId = leaseWorkflowId(id);
      if (!running.has(workflowId) && (await lastRunOf(temporal, workflowId)) !== null) missing.push(id);
    }
    of += batch.length;
    after = batch.at(-1) ?? null;
    if (after === null || batch.length < BATCH) return { of, leases: missing };
  }
}

/** The workflow is asked first: the books are never behind what it has heard of them. */
async function differenceOf(deps: RestartDependencies, leaseId: string): Promise<LeaseDifference | null> {
  const look = async () => {
    if ((await versionOf(deps, leaseId)) === null) return 'without_lease';
    const knows = await standingKnownTo(deps.temporal, leaseId);
    const version = await versionOf(deps, leaseId);
    if (version === null) return 'without_lease';
    if (knows === 'silent') return 'silent';
    // It has only begun, or knows its lease since before versions were counted.
    if (knows === null || knows.version === undefined || knows.version === version) return null;
    return knows.version > version ? 'ahead' : 'behind';
  };
  const first = await look();
  // Of an application the workflow is there before its lease, and what was just booked it hears a moment later.
  if (first !== 'behind' && first !== 'without_lease') return first;
  await new Promise((resolve) => setTimeout(resolve, HEARS_WITHIN));
  return look();
}

async function versionOf({ db }: RestartDependencies, leaseId: string): Promise<number | null> {
  const [row] = await db.select({ version: leases.version }).from(leases).where(eq(leases.id, leaseId));
  return row?.version ?? null;
}

async function mendOne(
  deps: RestartDependencies,
  leaseId: string,
  difference: LeaseDifference,
): Promise<string | null> {
  switch (difference) {
    case 'without_workflow':
      await restartFromBooks(deps, actor, leaseId);
      return 'started from the books';
    case 'behind':
      await tellBooksChanged(deps, leaseId);
      return 'told to read the books';
    case 'ahead':
      await terminateWorkflow(deps.temporal, leaseWorkflowId(leaseId), 'the books were restored to an earlier moment');
      await restartFromBooks(deps, actor, leaseId);
      return 'ended, and started from the books';
    case 'without_lease':
    case 'silent':
      return null;
  }
}
