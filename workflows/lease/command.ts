import type { UpdateDefinition } from '@temporalio/common';
import { currentUpdateInfo, setHandler, uuid4 } from '@temporalio/workflow';
import type { Actor } from '#domain/identity/roles';
import { mayBeGiven, type LeaseCommand } from '#domain/leases/admission';
import { holdBackUntil } from '../kit/hold-back.ts';
import { AGAIN } from '../kit/messages.ts';
import { refusal } from '../kit/refusal.ts';
import type { LeaseRun } from './run.ts';

/** A person's command: refused unless `allowed`, carried out to its end once it has begun. */
export function command<Result, Input>(
  lease: LeaseRun,
  definition: UpdateDefinition<Result, [Input]>,
  allowed: () => boolean,
  work: (input: Input) => Promise<Result>,
): void {
  const refuse = () => refusal('invalid_state', `this is not possible while the lease is ${lease.status}`);
  setHandler<Result, [Input], UpdateDefinition<Result, [Input]>>(
    definition,
    async (input, asked?: string) => {
      await holdBackUntil(() => allowed() || !lease.inTransition, 'the next status of the lease');
      if (!allowed()) throw refuse();
      return lease.carryOut(() => work(input), asked);
    },
    {
      validator: () => {
        lease.renewal.refuseBeyond();
        if (!allowed() && !lease.inTransition) throw refuse();
      },
    },
  );
}

/** Whether a command is taken in the status that the run knows; its use case asks again with the lease locked. */
export function takes(lease: LeaseRun, name: LeaseCommand): () => boolean {
  return () => mayBeGiven(name, lease.status);
}

/** What the use case of the command that is being carried out is told of it, besides what is asked. */
export function ofCommand(lease: LeaseRun, actor: Actor) {
  return { leaseId: lease.id, actor, commandId: commandId(), ...lease.now };
}

/** The id of the command that is being carried out: the caller's idempotency key, however often it was broken before. */
function commandId(): string {
  const [id = uuid4()] = currentUpdateInfo()?.id.split(AGAIN) ?? [];
  return id;
}
