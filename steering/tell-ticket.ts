import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import { changed, ticketWorkflowId } from '#workflows/ticket/messages';

/** Tells the workflow of a ticket that it has changed; starts it where none runs. */
export async function tellTicket(
  { temporal, config }: { readonly temporal: Client; readonly config: { readonly TASK_QUEUE_PREFIX: string } },
  ticketId: string,
): Promise<void> {
  await temporal.workflow.signalWithStart('ticket', {
    workflowId: ticketWorkflowId(ticketId),
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args: [{ ticketId }],
    signal: changed,
    staticSummary: 'deadlines of a ticket',
  });
}
