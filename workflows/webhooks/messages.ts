import { defineSignal } from '@temporalio/workflow';

export const deliveryWorkflowId = (deliveryId: string) => `webhook-${deliveryId}`;

/** Nothing stands before the delivery any more, or somebody wants it tried now. */
export const due = defineSignal('due');
