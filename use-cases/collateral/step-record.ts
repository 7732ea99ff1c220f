import { eq } from 'drizzle-orm';
import type { StepRow } from '#db/queries/collateral';
import { collateralSteps } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { EventType } from '#domain/events/catalogue';
import { closeCaseAbout } from '../cases/close-case.ts';
import { emit, recordOnLease, type Context } from '../context.ts';
import { lockLease, type LeaseRow } from '../leases/lease-record.ts';

/** A step with its lease, both locked: the lease first. */
export interface StepRecord {
  readonly lease: LeaseRow;
  readonly row: StepRow;
}

/** @throws Problem not_found; invalid_state unless it is open */
export async function lockOpenStep({ tx }: Pick<Context, 'tx'>, id: string): Promise<StepRecord> {
  const [found] = await tx.select().from(collateralSteps).where(eq(collateralSteps.id, id));
  if (found === undefined) throw new Problem('not_found');
  const { row: lease } = await lockLease(tx, found.leaseId);
  const [row] = await tx.select().from(collateralSteps).where(eq(collateralSteps.id, id)).for('update');
  if (row === undefined) throw new Problem('not_found');
  if (row.status !== 'open') throw new Problem('invalid_state', `this is not possible while the step is ${row.status}`);
  return { lease, row };
}

/** Closes a step, with its entry, event, and the case that it was late. */
export async function closeStep(
  context: Context,
  { lease, row }: StepRecord,
  changes:
    | { readonly status: 'done'; readonly doneOn: string; readonly reference: string }
    | { readonly status: 'dropped'; readonly reason: string },
): Promise<StepRow> {
  const { at, actor, tx } = context;
  const [closed] = await tx
    .update(collateralSteps)
    .set({ ...changes, closedAt: at, closedBy: actor.id })
    .where(eq(collateralSteps.id, row.id))
    .returning();
  if (closed === undefined) throw new Error(`step ${row.id} vanished`);
  await tellOfStep(context, lease, closed, `collateral.${changes.status}`);
  await closeCaseAbout(context, 'collateral_overdue', row.id, `the step is ${changes.status}`);
  return closed;
}

/** Puts it on the lease's timeline, and emits its event. */
export async function tellOfStep(
  context: Context,
  { id: leaseId, customerId, status: leaseStatus }: LeaseRow,
  { id: stepId, kind, status, dueOn, doneOn }: StepRow,
  type: Extract<EventType, `collateral.${string}`>,
): Promise<void> {
  await recordOnLease(context, { id: leaseId, status: leaseStatus }, { type, detail: { stepId, kind, dueOn } });
  const days = { dueOn: localDate(dueOn), doneOn: doneOn === null ? null : localDate(doneOn) };
  await emit(context, {
    type,
    subject: leaseId,
    leaseId,
    data: { leaseId, customerId, stepId, kind, status, ...days },
  });
}
