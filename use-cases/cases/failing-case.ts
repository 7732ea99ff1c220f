import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { transact } from '../context.ts';
import { closeCasesOf } from './close-case.ts';
import { insertCase } from './open-case.ts';

/** An activity of a workflow, as people tell one from another. */
export interface FailingActivity {
  readonly workflowId: string;
  /** What the runs of a schedule share; the workflow's id where there is no schedule. */
  readonly series: string;
  readonly activity: string;
  /** Tells it from others of its kind in the workflow; the code of the workflow itself has none. */
  readonly activityId?: string;
}

const actor = system('workers');

/** The workflow as people know it: without the moment at which its schedule started it. */
export const seriesOf = (workflowId: string) => workflowId.replace(/-\d{4}-\d\d-\d\dT[\d:.]+Z$/, '');

/** What works closes the case of what failed, and of nothing beside it. The runs of a schedule number theirs anew. */
function keyOf({ workflowId, series, activity, activityId }: FailingActivity): string {
  const isOne = activityId !== undefined && series === workflowId;
  return ['activity_failing', series, activity, ...(isOne ? [activityId] : [])].join(':');
}

export interface Fault {
  /** `defect`, `provider` or `outage`. */
  readonly kind: string;
  /** SQLSTATE, a word of the system, or the name of the error. */
  readonly code: string;
  /** Failures in a row. */
  readonly tries: number;
  /** It is not tried again: what it had to do is left to a person. */
  readonly givenUp?: boolean;
}

/** An activity fails again and again: a case, one for each, that says how often. Closed too early, another opens. */
export async function noteFailing(db: Database, { series, ...detail }: FailingActivity & Fault): Promise<void> {
  const key = keyOf({ series, ...detail });
  const leaseId = /^lease-([\da-f-]{36})$/.exec(series)?.[1] ?? null;
  // What was given up is not done by what works later.
  const told = sql`${cases.detail} || excluded.detail`;
  await transact(db, actor, new Date(), (context) =>
    insertCase(context, { key, kind: 'activity_failing', leaseId, paymentId: null, detail }, told),
  );
}

/**
 * It works again, or whoever asked has another answer: nobody has to look any more. Without an open case this changes nothing, nor where something was
 * given up.
 */
export async function closeFailing(db: Database, activity: FailingActivity): Promise<void> {
  const isIts = and(eq(cases.key, keyOf(activity)), sql`not ${cases.detail} ? 'givenUp'`);
  const [open] = await db
    .select({ id: cases.id })
    .from(cases)
    .where(and(isIts, eq(cases.status, 'open')));
  if (open === undefined) return;
  await transact(db, actor, new Date(), (context) =>
    closeCasesOf(context, isIts, 'the activity works again, or whoever asked was told'),
  );
}
