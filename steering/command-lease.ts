import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findLease } from '#db/queries/leases';
import { Problem, TryLater } from '#domain/errors';
import { mayBeGiven, type Answer, type Asked, type LeaseCommand } from '#domain/leases/commands';
import { hasEnded } from '#domain/leases/status';
import { leaseWorkflowId, updateOf } from '#workflows/lease/messages';
import { keyOfItsOwn, type CommandKey } from './command-key.ts';
import { standingKnownTo } from './running-leases.ts';
import { answeredBy, sendCommand, type CommandAddress } from './send-command.ts';
import { uuidFor } from './uuid-for.ts';

/** For how long a workflow may hear of a payment later than people see it, and how long until it is asked again; milliseconds. */
const HEARS_MS = 5_000;
const PAUSE_MS = 250;

/**
 * Sends a person's command to a running lease and waits for its answer. The same actor, command and key again are the
 * same command: the lease is in the key, whose path names it, or what is its own: a payment, a case.
 *
 * @throws Problem invalid_state when the lease is over, unavailable when its workflow died, or does not hear of a payment
 * that the books have; otherwise as `sendCommand`.
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
  const [until, hears] = [answeredBy(), Date.now() + HEARS_MS];
  for (let isLast = false; ;) {
    try {
      return await sendCommand(temporal, command, updateOf(name), asked, until);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw await whyNot(db, leaseId);
      if (isLast || !isRefusedByStatus(error)) throw error;
      const hearing = await hearingOf({ db, temporal }, leaseId, name);
      if (hearing === 'refuses') throw error;
      if (hearing === 'behind' && Date.now() > hears)
        throw new TryLater(
          'unavailable',
          'The lease has not heard of a payment yet; send it again with the same key',
          1,
        );
      isLast = hearing === 'heard';
      if (!isLast) await sleep(PAUSE_MS);
    }
  }
}

async function whyNot(db: Database, leaseId: string): Promise<Problem> {
  const row = await findLease(db, leaseId);
  if (row === undefined || hasEnded(row.status))
    return new Problem('invalid_state', `this is not possible: the lease is ${row?.status ?? 'over'}`);
  return new TryLater('unavailable', 'The work on the lease has stopped; an operator has to restart it', 60);
}

const isRefusedByStatus = (error: unknown) => error instanceof Problem && error.code === 'invalid_state';

/**
 * What a workflow that refused a command knows of the payment after which the books let it be given: it is `behind`, or does
 * not say; it has `heard` of it by now; or the books refuse as well.
 */
async function hearingOf(
  { db, temporal }: { readonly db: Database; readonly temporal: Client },
  leaseId: string,
  name: LeaseCommand,
): Promise<'behind' | 'heard' | 'refuses'> {
  const row = await findLease(db, leaseId);
  if (row === undefined || !mayBeGiven(name, row.status)) return 'refuses';
  const known = await standingKnownTo(temporal, leaseId, PAUSE_MS * 4);
  if (known === null) return 'refuses';
  if (known === 'silent') return 'behind';
  if (mayBeGiven(name, known.status)) return 'heard';
  return known.version !== undefined && known.version < row.version ? 'behind' : 'refuses';
}
