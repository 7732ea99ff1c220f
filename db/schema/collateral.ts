import { sql } from 'drizzle-orm';
import { check, date, index, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { stepKinds, stepStatuses, type StepKind, type StepStatus } from '../../domain/collateral/step.ts';
import { id, instant } from './columns.ts';
import { leases, leasesSchema } from './leases.ts';

const oneOf = (words: readonly string[]) => sql.raw(words.map((word) => `'${word}'`).join(', '));

/** What has to be done at a public register for a lease, by when, and that it is done. Times are on the clock of the lease. */
export const collateralSteps = leasesSchema.table(
  'collateral_steps',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    kind: text('kind').$type<StepKind>().notNull(),
    /** The id of the event, or of the step, that it comes of: one step of a kind each. */
    cause: uuid('cause').notNull(),
    status: text('status').$type<StepStatus>().notNull(),
    openedAt: instant('opened_at').notNull(),
    /** Local days of the market. */
    dueOn: date('due_on', { mode: 'string' }).notNull(),
    doneOn: date('done_on', { mode: 'string' }),
    /** What the register calls it. */
    reference: text('reference'),
    /** Why nothing has to be done. */
    reason: text('reason'),
    /** When somebody was told last that it is late. */
    toldOn: date('told_on', { mode: 'string' }),
    closedAt: instant('closed_at'),
    closedBy: text('closed_by'),
  },
  (t) => [
    uniqueIndex('collateral_steps_cause').on(t.cause, t.kind),
    index('collateral_steps_lease').on(t.leaseId),
    index('collateral_steps_list').on(t.openedAt, t.id),
    index('collateral_steps_due')
      .on(t.dueOn)
      .where(sql`${t.status} = 'open'`),
    check('collateral_steps_kind', sql`${t.kind} in (${oneOf(stepKinds)})`),
    check('collateral_steps_status', sql`${t.status} in (${oneOf(stepStatuses)})`),
    check('collateral_steps_done', sql`(${t.status} = 'done') = (${t.doneOn} is not null)`),
  ],
);
