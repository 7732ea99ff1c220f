import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { History } from './histories.ts';

type Event = NonNullable<History['events']>[number];

/**
 * What an operator does in the UI: the workflow goes on in a new run from a task of this one.
 *
 * @param place the task, by its event
 * @returns the new run
 */
export async function reset(
  { workflow, workflowService, options }: Client,
  workflowId: string,
  place: (events: readonly Event[]) => Event['eventId'] | undefined,
  runId = '',
): Promise<string> {
  const { events } = await workflow.getHandle(workflowId, runId === '' ? undefined : runId).fetchHistory();
  const answer = await workflowService.resetWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'an operator looks again',
    workflowTaskFinishEventId: place(events ?? []) ?? null,
    requestId: randomUUID(),
  });
  return answer.runId;
}

export const firstTask = (events: readonly Event[]) =>
  events.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;

export const resetToFirstTask = (temporal: Client, workflowId: string, runId?: string): Promise<string> =>
  reset(temporal, workflowId, firstTask, runId);
