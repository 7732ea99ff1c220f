import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { booksChanged, leaseWorkflowId } from '#workflows/lease/messages';

/**
 * The books of a lease were changed beside its workflow, which reads them again; one that is over has nothing to read.
 *
 * @returns whether one runs.
 */
export async function tellLease({ temporal }: { readonly temporal: Client }, leaseId: string): Promise<boolean> {
  try {
    await temporal.workflow.getHandle(leaseWorkflowId(leaseId)).signal(booksChanged);
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return false;
  }
}
