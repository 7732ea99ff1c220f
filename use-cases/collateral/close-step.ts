import type { StepRow } from '#db/queries/collateral';
import type { LocalDate } from '#domain/calendar';
import { isUnregistered } from '#domain/collateral/step';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';
import { businessDate } from '../leases/lease-record.ts';
import { openSteps } from './open-steps.ts';
import { closeStep, lockOpenStep } from './step-record.ts';

interface Done {
  readonly stepId: string;
  /** The local day on which the register has it. */
  readonly on: LocalDate;
  /** What the register calls it. */
  readonly reference: string;
}

/**
 * It is done at the register. A registration that is done after the lease's end is discharged as one of before.
 *
 * @throws Problem invalid_state unless it is open; unprocessable for a day that is to come
 */
export async function completeStep(context: Context, { stepId, on, reference }: Done): Promise<StepRow> {
  const found = await lockOpenStep(context, stepId);
  const today = businessDate(found.lease, context.at);
  if (on > today) {
    const message = `must be at most ${today}, today on the clock of the lease`;
    throw new Problem('unprocessable', message, [{ path: 'on', message }]);
  }
  const row = await closeStep(context, found, { status: 'done', doneOn: on, reference });
  if (row.kind === 'registration' && isUnregistered(found.lease.status))
    await openSteps(context, found.lease, { kinds: ['discharge'], cause: row.id });
  return row;
}

/** Nothing has to be done: an admin says why. @throws Problem invalid_state unless it is open */
export async function dropStep(
  context: Context,
  { stepId, reason }: { readonly stepId: string; readonly reason: string },
): Promise<StepRow> {
  return closeStep(context, await lockOpenStep(context, stepId), { status: 'dropped', reason });
}
