import { defineSignal } from '@temporalio/workflow';

/**
 * The contract of a notification's workflow. It is only told to look again: at what, it reads. Names and meanings here are
 * never changed while notifications run; new ones are added.
 */
export const notificationWorkflowId = (notificationId: string) => `notification-${notificationId}`;

/** It is there, a channel said what became of it, or somebody wants it tried again. */
export const look = defineSignal('look');
