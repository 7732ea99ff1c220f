import type { Client } from '@temporalio/client';
import { booksChanged, leaseWorkflowId } from '#workflows/lease/messages';
import { signalWorkflow } from './signal-workflow.ts';

/**
 * The books of a lease were changed beside its workflow, which reads them again; one that is over has nothing to read.
 *
 * @returns whether one runs.
 */
export function tellBooksChanged({ temporal }: { readonly temporal: Client }, leaseId: string): Promise<boolean> {
  return signalWorkflow(temporal, leaseWorkflowId(leaseId), booksChanged);
}
