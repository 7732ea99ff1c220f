import { changed, ticketWorkflowId } from '#workflows/ticket/messages';
import { startOrSignal, type Steering } from './start-workflow.ts';

/** Tells the workflow of a ticket that it has changed; starts it where none runs. */
export function wakeTicket(steering: Steering, ticketId: string): Promise<void> {
  const start = { type: 'ticket', id: ticketWorkflowId(ticketId), summary: 'deadlines of a ticket' } as const;
  return startOrSignal(steering, { ...start, args: [{ ticketId }] }, changed);
}
