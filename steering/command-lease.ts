import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findLease, leaseClock } from '#db/queries/leases';
import { Problem, TryLater } from '#domain/errors';
import { mayBeGiven, type Answer, type Asked, type LeaseCommand } from '#domain/leases/commands';
import { hasEnded } from '#domain/leases/status';
import { leaseWorkflowId, updateOf } from '#workflows/lease/messages';
import { keyOfItsOwn, type CommandKey } from './command-key.ts';
import { standingKnownTo } from './running-leases.ts';
import { answeredBy, sendCommand, type CommandAddress } from './send-command.ts';
import { uuidFor } from './uuid-for.ts';
import { lastRunOf } from './workflow-runs.ts';

/** For how long a workflow may begin, or hear of a payment, later than people see it, and until it is asked again; milliseconds. */
const HEARS_MS = 5_000;
const PAUSE_MS = 250;
/** How old a lease is at most whose workflow has still to begin, milliseconds: that of an exchange does after the swap. */
const BEGINS_MS = 5 * 60_000;

/**
 * Sends a person's command to a running lease and waits for its answer. The same actor, command and key again are the
 * same command: the lease is in the key, whose path names it, or what is its own: a payment, a case.
 *
 * @throws Problem invalid_state when the lease is over, unavailable when its workflow died, does not begin, or does not
 * hear of a payment that the books have; otherwise as `sendCommand`.
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
      const hasBegun = !(error instanceof WorkflowNotFoundError);
      if (!hasBegun) await refuseUnlessItBegins({ db, temporal }, leaseId);
      else if (isLast || !isRefusedByStatus(error)) throw error;
      const hearing = hasBegun ? await hearingOf({ db, temporal }, leaseId, name) : 'behind';
      if (hearing === 'refuses') throw error;
      if (hearing === 'behind' && Date.now() > hears) {
        const what = hasBegun ? 'heard of a payment' : 'begun';
        throw new TryLater('unavailable', `The lease has not ${what} yet; send it again with the same key`, 1);
      }
      isLast = hearing === 'heard';
      if (!isLast) await sleep(PAUSE_MS);
    }
  }
}

/** Where no workflow of a lease runs. @throws Problem unless it is about to begin */
async function refuseUnlessItBegins(
  { db, temporal }: { readonly db: Database; readonly temporal: Client },
  leaseId: string,
): Promise<void> {
  const row = await findLease(db, leaseId);
  if (row === undefined || hasEnded(row.status))
    throw new Problem('invalid_state', `this is not possible: the lease is ${row?.status ?? 'over'}`);
  if (leaseClock(row).getTime() - row.createdAt.getTime() < BEGINS_MS) {
    const last = await lastRunOf(temporal, leaseWorkflowId(leaseId));
    if (last === null || last.status === 'NOT_FOUND') return;
  }
  throw new TryLater('unavailable', 'The work on the lease has stopped; an operator has to restart it', 60);
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
