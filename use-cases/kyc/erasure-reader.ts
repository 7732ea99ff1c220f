import type { Client } from '@temporalio/client';
import { typesTakenBy } from '#domain/events/catalogue';
import { terminateWorkflow } from '#steering/terminate-workflow';
import { kycWorkflowId } from '#workflows/kyc/messages';
import type { Reader } from '../events/read-batch.ts';

/**
 * Ends the identity check of a customer who was erased; ending it twice is harmless. What it does until then finds
 * nothing of his any more, and puts nothing new on record.
 */
export const erasureReader = (temporal: Client): Reader => ({
  name: 'kyc',
  types: typesTakenBy('kyc'),
  take: ({ subject }) => terminateWorkflow(temporal, kycWorkflowId(subject), 'the customer was erased'),
});
