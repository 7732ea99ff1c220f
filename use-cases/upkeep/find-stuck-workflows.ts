import type { Client } from '@temporalio/client';
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { cases } from '#db/schema/index';
import { stuckWorkflows } from '#steering/stuck-workflows';
import { closeFailing, noteFailing, seriesOf } from '../cases/failing-case.ts';

/** How the case names it: no activity, but the code of the workflow itself. */
const WORKFLOW_TASK = 'workflow_task';

/**
 * Finds the workflows that stand still because their own code fails: a workflow's error is tried again until the code
 * is mended, and nobody who waits hears of it. Each is a case `activity_failing` until it goes on.
 *
 * @returns how many stand still.
 */
export async function findStuckWorkflows({
  db,
  temporal,
  prefix,
}: {
  readonly db: Database;
  readonly temporal: Client;
  readonly prefix: string;
}): Promise<number> {
  const stuck = new Set<string>();
  for await (const { workflowId, tries } of stuckWorkflows(temporal, prefix)) {
    stuck.add(workflowId);
    const fault = { kind: 'defect', code: 'workflow_task_failed', tries };
    await noteFailing(db, { workflowId, series: seriesOf(workflowId), activity: WORKFLOW_TASK, ...fault });
  }
  for (const workflowId of await told(db)) {
    if (stuck.has(workflowId)) continue;
    await closeFailing(db, { workflowId, series: seriesOf(workflowId), activity: WORKFLOW_TASK });
  }
  return stuck.size;
}

async function told(db: Database): Promise<string[]> {
  const rows = await db
    .select({ workflowId: sql<string>`${cases.detail}->>'workflowId'` })
    .from(cases)
    .where(
      and(
        eq(cases.kind, 'activity_failing'),
        eq(cases.status, 'open'),
        eq(sql`${cases.detail}->>'activity'`, WORKFLOW_TASK),
      ),
    );
  return rows.map(({ workflowId }) => workflowId);
}
