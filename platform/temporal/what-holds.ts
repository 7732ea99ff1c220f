import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';

const { WorkflowExecutionStatus } = protocol.temporal.api.enums.v1;

type Description = Awaited<ReturnType<Client['connection']['workflowService']['describeWorkflowExecution']>>;
type Facts = Pick<Description, 'workflowExecutionInfo' | 'pendingActivities' | 'pendingWorkflowTask'>;

/** Tries after which an activity counts as failing, not as slow. */
const FAILING = 3;

/** Why the clock of a workflow does not go on, in words for whoever moves it. */
export async function whatHolds(client: Client, workflowId: string): Promise<string> {
  const { namespace } = client.options;
  return holding(
    await client.connection.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } }),
  );
}

export function holding({ workflowExecutionInfo, pendingActivities, pendingWorkflowTask }: Partial<Facts>): string {
  if (workflowExecutionInfo?.status === WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED)
    return 'an operator has paused it';
  const activities = (pendingActivities ?? []).map(({ activityId, activityType, attempt, paused }) => ({
    isPayment: activityId?.startsWith('collect-') === true,
    name: activityType?.name ?? 'an activity',
    attempt: attempt ?? 0,
    paused: paused === true,
  }));
  const paused = activities.find((one) => one.paused);
  if (paused !== undefined) return `an operator has paused ${paused.name}`;
  const failing = activities.find(({ isPayment, attempt }) => !isPayment && attempt >= FAILING);
  if (failing !== undefined) return `${failing.name} fails, and was tried ${failing.attempt} times`;
  if (activities.some(({ isPayment }) => isPayment)) return "a payment in flight goes by the wall's clock";
  if ((pendingWorkflowTask?.attempt ?? 0) >= FAILING) return 'its workflow task fails';
  const [busy] = activities;
  return busy === undefined ? 'it is on its way still, or does a command: ask again' : `${busy.name} is under way`;
}
