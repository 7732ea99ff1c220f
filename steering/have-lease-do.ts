import { randomUUID } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { REFUSAL } from '#domain/failures';
import type { Asked, LeaseCommand } from '#domain/leases/commands';
import { AGAIN } from '#workflows/kit/messages';
import { leaseWorkflowId } from '#workflows/lease/messages';

/**
 * Has a running lease do something, once for each `id`; of activities only. A worker that stops does not wait
 * for a lease that perhaps nobody runs any more: the activity is tried again elsewhere, with the same id. A command
 * that is broken was neither done nor refused: the activity fails, and its next try sends it again.
 *
 * @returns false when it refuses, or is over.
 */
export async function haveLeaseDo<Name extends LeaseCommand>(
  { temporal }: { readonly temporal: Client },
  leaseId: string,
  { command, asked: order, id }: { readonly command: Name; readonly asked: Asked<Name>; readonly id: string },
): Promise<boolean> {
  const lease = temporal.workflow.getHandle(leaseWorkflowId(leaseId));
  const asked = randomUUID();
  for (let times = 1; ; times += 1) {
    const updateId = times === 1 ? id : `${id}${AGAIN}${times}`;
    try {
      await temporal.connection.withAbortSignal(cancellationSignal(), () =>
        lease.executeUpdate(command, { args: [order, asked], updateId }),
      );
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      const refused = refusalIn(error);
      if (refused === null) throw error;
      if (refused.code !== 'internal') return false;
      // The outcome of an earlier try, which the server keeps for its id: it may be mended by now.
      if (refused.by === asked || refused.by === null) throw error;
    }
  }
}

/** What the lease answered that did not do it, and whose request met it where it was broken. */
function refusalIn(error: unknown): { readonly code: unknown; readonly by: string | null } | null {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== REFUSAL) return null;
  const [code, , , , by] = cause.details ?? [];
  return { code, by: typeof by === 'string' ? by : null };
}
