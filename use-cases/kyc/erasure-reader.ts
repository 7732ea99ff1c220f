import type { Client } from '@temporalio/client';
import { terminateWorkflow } from '#steering/terminate-workflow';
import { kycWorkflowId } from '#workflows/kyc/messages';
import type { Reader } from '../events/read-batch.ts';
import { readerOf } from '../events/reader-of.ts';

/**
 * Ends the identity check of a customer who was erased; ending it twice is harmless. What it does until then finds
 * nothing of his any more, and puts nothing new on record.
 */
export const erasureReader = (temporal: Client): Reader =>
  readerOf('kyc', {
    'user.erased': ({ subject }) => terminateWorkflow(temporal, kycWorkflowId(subject), 'the customer was erased'),
  });
