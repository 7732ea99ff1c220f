import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { and, eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import type { LeaseRow } from '#db/queries/leases';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { clockOf, fastForward } from '#platform/temporal/fast-forward';
import { booksChanged, leaseWorkflowId } from '#workflows/lease/messages';
import { record, transact, type Context } from '../context.ts';
import { closeCasesOf } from '../payments/close-case.ts';
import { leaseStart, type LeaseStartConfig } from './start-lease.ts';
import { stateFromBooks } from './state-from-books.ts';

export interface RestartDependencies {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: LeaseStartConfig;
}

/**
 * Has the books of a lease looked at: a workflow that runs reads them again; where none runs, because it died or
 * the lease is over, one is started from them. On a lease that is over it asks about money in doubt, gives credit
 * back and ends again. Any number of callers may do so at once.
 *
 * @throws Problem not_found
 */
export async function restartFromBooks(deps: RestartDependencies, leaseId: string): Promise<void> {
  const { row, state, asOf } = await stateFromBooks(deps.db, deps.config, leaseId);
  await deps.temporal.workflow.signalWithStart('lease', {
    ...leaseStart(deps.config, row, { state }),
    signal: booksChanged,
    signalArgs: [],
  });
  await travel(deps, row, asOf);
}

/**
 * An operator starts a workflow that died again, from the books.
 *
 * @throws Problem not_found, or invalid_state while it runs.
 */
export async function restartLease(deps: RestartDependencies, actor: Actor, leaseId: string): Promise<void> {
  const { row, state, asOf } = await stateFromBooks(deps.db, deps.config, leaseId);
  try {
    await deps.temporal.workflow.start('lease', leaseStart(deps.config, row, { state }));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new Problem('invalid_state', 'the workflow of the lease runs');
  }
  await transact(deps.db, actor, new Date(asOf), async (context) => {
    await record(context, {
      type: 'lease.restarted',
      subject: leaseId,
      leaseId,
      leaseStatus: row.status,
      detail: { payments: state.restart?.orphans ?? [] },
    });
    await runsAgain(context, leaseId);
  });
  await travel(deps, row, asOf);
}

/** Nobody has to look any more: the workflow of the lease is there. */
export async function runsAgain(context: Context, leaseId: string): Promise<void> {
  await closeCasesOf(context, and(eq(cases.leaseId, leaseId), eq(cases.kind, 'workflow_died')), 'it runs again');
}

/** A clock that is behind by less than this has not to be moved, milliseconds. */
const MINUTE = 60_000;

/** In development a lease is ahead of the wall: a new run waits for the time that the lease had reached. */
async function travel({ temporal }: RestartDependencies, { id, clockOffsetMs }: LeaseRow, asOf: number): Promise<void> {
  if (clockOffsetMs < MINUTE) return;
  const behind = asOf - (await clockOf(temporal, leaseWorkflowId(id))).getTime();
  if (behind > MINUTE) await fastForward(temporal, leaseWorkflowId(id), behind);
}
