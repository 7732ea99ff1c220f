import { defineSignal } from '@temporalio/workflow';

/**
 * The contract of a ticket's workflow. It is only told that something has changed, at least once: what, it reads. Names
 * and meanings here are never changed while tickets run; new ones are added.
 */
export const ticketWorkflowId = (ticketId: string) => `ticket-${ticketId}`;

export interface TicketInput {
  readonly ticketId: string;
}

/** Somebody has changed the ticket. */
export const changed = defineSignal('changed');
