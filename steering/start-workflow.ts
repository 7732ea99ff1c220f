import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowStartOptions } from '@temporalio/client';

/**
 * Starts a workflow; beside it stand those who know what each takes.
 *
 * @param type as `workflows/index.ts` exports it
 * @returns false where one of its id runs already.
 */
export async function startWorkflow(
  temporal: Pick<Client, 'workflow'>,
  type: string,
  options: WorkflowStartOptions,
): Promise<boolean> {
  try {
    await temporal.workflow.start(type, options);
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}
