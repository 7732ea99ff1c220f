import { cancellationSignal } from '@temporalio/activity';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { PaymentDependencies } from './dependencies.ts';

/**
 * Has a running lease do something, once for each `id`; of activities only. A worker that stops does not wait
 * for a lease that perhaps nobody runs any more: the activity is tried again elsewhere, with the same id.
 *
 * @returns false when it refuses, or is over.
 */
export async function commandLease(
  { temporal }: Pick<PaymentDependencies, 'temporal'>,
  leaseId: string,
  { update, input, id }: { readonly update: string; readonly input: object; readonly id: string },
): Promise<boolean> {
  try {
    const lease = temporal.workflow.getHandle(`lease-${leaseId}`);
    await temporal.connection.withAbortSignal(cancellationSignal(), () =>
      lease.executeUpdate(update, { args: [input], updateId: id }),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isRefusal(error)) return false;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'Problem'
  );
}
