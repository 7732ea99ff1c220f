import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { record, transact } from '../context.ts';

/** An activity of a workflow, as people tell one from another. */
export interface FailingActivity {
  readonly workflowId: string;
  /** What the runs of a schedule share; the workflow's id where there is no schedule. */
  readonly series: string;
  readonly activity: string;
}

const actor = system('workers');
const keyOf = ({ series, activity }: FailingActivity) => `activity_failing:${series}:${activity}`;

/** An activity fails again and again: a case, one for each, that says how often. Closed too early, it opens again. */
export async function noteFailing(
  db: Database,
  { series, ...detail }: FailingActivity & { readonly kind: string; readonly code: string; readonly tries: number },
): Promise<void> {
  const key = keyOf({ series, ...detail });
  const leaseId = /^lease-([\da-f-]{36})$/.exec(series)?.[1] ?? null;
  const openedAt = new Date();
  await db
    .insert(cases)
    .values({ id: uuidv7(), key, kind: 'activity_failing', leaseId, paymentId: null, detail, openedAt })
    .onConflictDoUpdate({
      target: cases.key,
      set: {
        detail,
        status: 'open',
        openedAt: sql`case when ${cases.status} = 'open' then ${cases.openedAt} else excluded.opened_at end`,
        closedAt: null,
        closedBy: null,
        resolution: null,
      },
    });
}

/** It works again: nobody has to look any more. Without an open case this changes nothing. */
export async function closeFailing(db: Database, activity: FailingActivity): Promise<void> {
  const isOpen = and(eq(cases.key, keyOf(activity)), eq(cases.status, 'open'));
  const [open] = await db.select({ id: cases.id, leaseId: cases.leaseId }).from(cases).where(isOpen);
  if (open === undefined) return;
  await transact(db, actor, new Date(), async (context) => {
    await context.tx
      .update(cases)
      .set({ status: 'closed', closedAt: context.at, resolution: 'the activity works again' })
      .where(isOpen);
    const { id, leaseId } = open;
    const detail = { caseId: id, kind: 'activity_failing', paymentId: null };
    await record(context, { type: 'case.closed', subject: id, leaseId, detail });
  });
}
