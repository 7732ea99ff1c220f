import { defineSignal } from '@temporalio/workflow';

export const deliveryWorkflowId = (deliveryId: string) => `webhook-${deliveryId}`;

/** Nothing stands before the delivery any more, or it is due earlier than it was: it looks whether it is its turn. */
export const due = defineSignal('due');
