import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findLease } from '#db/queries/leases';
import { Problem, TryLater } from '#domain/errors';
import type { Answer, Asked, LeaseCommand } from '#domain/leases/commands';
import { hasEnded } from '#domain/leases/status';
import { leaseWorkflowId, updateOf } from '#workflows/lease/messages';
import { keyOfItsOwn, type CommandKey } from './command-key.ts';
import { sendCommand, uuidFor, type CommandAddress } from './send-command.ts';

/**
 * Sends a person's command to a running lease and waits for its answer. The same actor, command and key again are the
 * same command: the lease is in the key, whose path names it, or what is its own: a payment, a case.
 *
 * @throws Problem invalid_state when the lease is over, unavailable when its workflow died; otherwise as `sendCommand`.
 */
export async function commandLease<Name extends LeaseCommand>(
  { db, temporal }: { readonly db: Database; readonly temporal: Client },
  leaseId: string,
  name: Name,
  asked: Asked<Name>,
  key: CommandKey = keyOfItsOwn(),
): Promise<Answer<Name>> {
  const command: CommandAddress = {
    workflowId: leaseWorkflowId(leaseId),
    updateId: uuidFor('update', asked.actor.id, name, key),
    lookAt: `/v1/leases/${leaseId}`,
  };
  try {
    return await sendCommand(temporal, command, updateOf(name), asked);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const row = await findLease(db, leaseId);
    if (row === undefined || hasEnded(row.status))
      throw new Problem('invalid_state', `this is not possible: the lease is ${row?.status ?? 'over'}`);
    throw new TryLater('unavailable', 'The work on the lease has stopped; an operator has to restart it', 60);
  }
}
