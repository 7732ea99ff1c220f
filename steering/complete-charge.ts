import { ActivityNotFoundError, type Client } from '@temporalio/client';
import type { Settled } from '#domain/payments/wire';
import { chargeActivityId, leaseWorkflowId } from '#workflows/lease/messages';

/** Completes the activity with which a lease waits for what becomes of a charge. @returns false where none waits any more. */
export async function completeCharge(temporal: Client, leaseId: string, outcome: Settled): Promise<boolean> {
  const waiting = { workflowId: leaseWorkflowId(leaseId), activityId: chargeActivityId(outcome.attemptId) };
  try {
    await temporal.activity.complete(waiting, outcome);
    return true;
  } catch (error) {
    if (!(error instanceof ActivityNotFoundError)) throw error;
    return false;
  }
}
