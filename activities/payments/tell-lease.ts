import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { booksChanged, leaseWorkflowId } from '#workflows/lease/messages';

/** The books of a lease were changed beside its workflow, which reads them again; one that is over has nothing to read. */
export async function tellLease({ temporal }: { readonly temporal: Client }, leaseId: string): Promise<void> {
  try {
    await temporal.workflow.getHandle(leaseWorkflowId(leaseId)).signal(booksChanged);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
