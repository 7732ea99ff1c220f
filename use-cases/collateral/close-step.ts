import type { StepRow } from '#db/queries/collateral';
import type { LocalDate } from '#domain/calendar';
import { isOwedToCustomer, isUnregistered } from '#domain/collateral/step';
import { Problem } from '#domain/errors';
import { formatMoney, money } from '#domain/money';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRow } from '../leases/lease-record.ts';
import { refuseWhileTitleWaits } from '../leases/refuse-while-said-gone.ts';
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
 * @throws Problem invalid_state unless it is open, and for what is owed to the customer while money that has paid for it is
 * in dispute, or a case says that it has gone, or that nobody has confirmed it; unprocessable for a day that is to come, or before the lease
 */
export async function completeStep(context: Context, { stepId, on, reference }: Done): Promise<StepRow> {
  const found = await lockOpenStep(context, stepId);
  if (isOwedToCustomer(found.row.kind)) await refuseWhileDisputed(context, found.lease);
  // Nothing of a lease is done before somebody applied for it, on whichever clock.
  const first = businessDate(found.lease, found.lease.createdAt);
  const today = businessDate(found.lease, context.at);
  if (on > today) refuseDay(`must be at most ${today}, today on the clock of the lease`);
  if (on < first) refuseDay(`must be at least ${first}: before that there was no lease`);
  const row = await closeStep(context, found, { status: 'done', doneOn: on, reference });
  if (row.kind === 'registration' && isUnregistered(found.lease.status))
    await openSteps(context, found.lease, { kinds: ['discharge'], cause: row.id });
  return row;
}

function refuseDay(message: string): never {
  throw new Problem('unprocessable', message, [{ path: 'on', message }]);
}

/** Nobody is given a vehicle by a register whose last payment was taken back. @throws Problem invalid_state */
async function refuseWhileDisputed(context: Context, { id, disputed, currency }: LeaseRow): Promise<void> {
  if (disputed > 0)
    throw new Problem(
      'invalid_state',
      `${formatMoney(money(disputed, currency))} that have paid for it were taken back: it waits until they are paid, or given up`,
    );
  await refuseWhileTitleWaits(context, id);
}

/** Nothing has to be done: an admin says why. @throws Problem invalid_state unless it is open */
export async function dropStep(
  context: Context,
  { stepId, reason }: { readonly stepId: string; readonly reason: string },
): Promise<StepRow> {
  return closeStep(context, await lockOpenStep(context, stepId), { status: 'dropped', reason });
}
