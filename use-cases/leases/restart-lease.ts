import type { Client } from '@temporalio/client';
import { and, eq, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import type { LeaseRow } from '#db/queries/leases';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { Config } from '#platform/config';
import { recordOnLease, transact, type Context } from '../context.ts';
import { closeCasesOf } from '../cases/close-case.ts';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { startLease, type LeaseStartConfig } from '#steering/start-lease';
import { catchUp } from './catch-up.ts';
import { stateFromBooks } from './state-from-books.ts';

export interface RestartDependencies {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: LeaseStartConfig & Pick<Config, 'EMBEDDED'>;
}

/**
 * The books of a lease were changed beside its workflow, which is to look at them: of a lease that is over one is
 * started where none runs; a lease that goes on although its workflow died waits for an admin.
 */
export async function lookAtBooks(
  deps: RestartDependencies,
  actor: Actor,
  { id, status }: Pick<LeaseRow, 'id' | 'status'>,
): Promise<void> {
  if (hasEnded(status)) await restartFromBooks(deps, actor, id);
  else await tellBooksChanged(deps, id);
}

/**
 * Has the books of a lease looked at: a workflow that runs reads them again; where none runs, because it died or
 * the lease is over, one is started from them. On a lease that is over it asks about money in doubt, gives credit
 * back and ends again. Any number of callers may do so at once; the audit names the one who started it.
 *
 * @throws Problem not_found
 */
export async function restartFromBooks(deps: RestartDependencies, actor: Actor, leaseId: string): Promise<void> {
  for (;;) {
    // One that runs may come to its end before it is told.
    if ((await startFromBooks(deps, actor, leaseId)) || (await tellBooksChanged(deps, leaseId))) return;
  }
}

/**
 * An operator starts a workflow that died again, from the books.
 *
 * @throws Problem not_found, or invalid_state while it runs.
 */
export async function restartLease(deps: RestartDependencies, actor: Actor, leaseId: string): Promise<void> {
  if (!(await startFromBooks(deps, actor, leaseId)))
    throw new Problem('invalid_state', 'the workflow of the lease runs');
}

/** @returns false while one runs. @throws Problem not_found */
async function startFromBooks(deps: RestartDependencies, actor: Actor, leaseId: string): Promise<boolean> {
  const { row, state, asOf } = await stateFromBooks(deps.db, deps.config, leaseId);
  if (!(await startLease(deps, row, { state }))) return false;
  await transact(deps.db, actor, new Date(asOf), async (context) => {
    await recordOnLease(context, row, {
      type: 'lease.restarted',
      detail: { payments: state.restart?.orphans ?? [] },
    });
    await closeDeaths(context, leaseId, 'it runs again');
  });
  // In development a lease is ahead of the wall: a new run waits for the time that the lease had reached.
  if (deps.config.EMBEDDED) await catchUp(deps, row, asOf);
  return true;
}

/** Nobody has to look any more at a lease whose workflow had died, nor at what failed in the run that is gone. */
export async function closeDeaths(context: Context, leaseId: string, resolution: string): Promise<void> {
  const wasFailing = and(eq(cases.kind, 'activity_failing'), sql`not ${cases.detail} ? 'givenUp'`);
  const areIts = and(eq(cases.leaseId, leaseId), or(eq(cases.kind, 'workflow_died'), wasFailing));
  await closeCasesOf(context, areIts, resolution);
}
