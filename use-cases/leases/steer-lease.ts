import type { Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { Database } from '#db/client';
import { findLease, viewLeases, type LeaseView } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';

/** What steering a lease needs: the workflow to talk to, and Postgres to read. */
export interface SteeringDependencies {
  readonly db: Database;
  readonly temporal: Client;
}

/** A command after which people look at the lease. @returns it as it is then. @throws as `commandLease` */
export async function steerLease<Input extends { readonly actor: Actor }>(
  deps: SteeringDependencies,
  leaseId: string,
  definition: UpdateDefinition<unknown, [Input]>,
  input: Input,
  key?: CommandKey,
): Promise<LeaseView> {
  await commandLease(deps, leaseId, definition, input, key);
  return readLease(deps.db, leaseId);
}

/** @throws Problem not_found */
export async function readLease(db: Database, leaseId: string): Promise<LeaseView> {
  const row = await findLease(db, leaseId);
  const [lease] = row === undefined ? [] : await viewLeases(db, [row]);
  if (lease === undefined) throw new Problem('not_found');
  return lease;
}
