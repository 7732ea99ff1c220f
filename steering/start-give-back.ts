import { startWorkflow, type Steering } from './start-workflow.ts';

/** Starts the workflow of money that goes back from suspense; one that runs already is enough. */
export async function startGiveBack(steering: Steering, giveBackId: string): Promise<void> {
  await startWorkflow(steering, {
    type: 'giveBack',
    id: `${steering.config.TASK_QUEUE_PREFIX}give-back-${giveBackId}`,
    args: [{ giveBackId }],
    summary: 'money in suspense on its way back to whoever paid it',
  });
}
