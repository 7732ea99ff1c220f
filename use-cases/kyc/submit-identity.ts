import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findSubmissionLike } from '#db/queries/kyc';
import { isStaff, type Actor } from '#domain/identity/roles';
import type { KycStatus } from '#domain/kyc/submission';
import type { Encryption } from '#platform/encryption';
import { keyOfItsOwn, type CommandKey } from '#steering/command-key';
import { startWithCommand } from '#steering/send-command';
import { timedUuidFor, uuidFor } from '#steering/uuid-for';
import { kycStart, type KycStartConfig } from '#steering/start-kyc';
import { submit } from '#workflows/kyc/messages';
import { prepareSubmission, type SubmissionRequest } from './prepare-submission.ts';

/** What steering an identity check needs: the workflow to talk to, and Postgres to read. */
interface SubmitDependencies {
  readonly config: KycStartConfig;
  readonly db: Database;
  readonly temporal: Client;
  readonly encryption: Encryption;
}

/**
 * Hands a submission to the customer's identity check, starting it where none runs, and waits until it is
 * on record.
 *
 * @param actor the customer, or staff to whom he gave his papers: they are on record, and do not decide
 * @param key the request's idempotency key
 * @throws Problem naming what is wrong, or conflict while another is looked at or an approval holds.
 */
export async function submitIdentity(
  deps: SubmitDependencies,
  actor: Actor,
  userId: string,
  request: SubmissionRequest,
  key: CommandKey = keyOfItsOwn(),
): Promise<{ readonly id: string; readonly status: KycStatus }> {
  const at = new Date();
  const submissionId = timedUuidFor(at, 'submission', userId, key);
  // Said again after a lost answer, by when its check may be over and another run would refuse it.
  const made = await findSubmissionLike(deps.db, userId, submissionId);
  if (made !== null) return { id: made.id, status: made.status };
  const { market, order: prepared } = await prepareSubmission(deps, { userId, at, request });
  const handedInBy = isStaff(actor.role) ? { handedInBy: actor } : {};
  const order = { ...prepared, submissionId, ...handedInBy };
  const start = kycStart(deps.config, { userId, market });
  const command = { updateId: uuidFor('submit', userId, key), lookAt: '/v1/kyc/submissions' };
  const taken = await startWithCommand(deps, command, submit, [order], start);
  return { id: taken.submissionId, status: taken.status };
}
