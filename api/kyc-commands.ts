import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { prepareSubmission, type SubmissionRequest } from '#use-cases/kyc/prepare-submission';
import type { Database } from '#db/client';
import { findSubmission } from '#db/queries/kyc';
import { Problem } from '#domain/errors';
import type { KycStatus } from '#domain/kyc/submission';
import { workflowQueue } from '#domain/task-queues';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import * as messages from '#workflows/kyc/messages';
import { kycWorkflowId, type KycDecision } from '#workflows/kyc/messages';
import { keyOfItsOwn, type CommandKey } from './command-key.ts';
import { sendCommand, startWithCommand, uuidFor } from './send-command.ts';

/** What steering an identity check needs: the workflow to talk to, and Postgres to read. */
export interface KycCommandDependencies {
  readonly config: Pick<Config, 'TASK_QUEUE_PREFIX' | 'IDENTITY_CHECK_SECONDS'>;
  readonly db: Database;
  readonly temporal: Client;
  readonly encryption: Encryption;
}

const customerKey = defineSearchAttributeKey('CustomerId', SearchAttributeType.KEYWORD);
const marketKey = defineSearchAttributeKey('Market', SearchAttributeType.KEYWORD);

/**
 * Hands a submission to the customer's identity check, starting it where none runs, and waits until it is
 * on record.
 *
 * @param key the request's idempotency key
 * @throws Problem naming what is wrong, or conflict while another is looked at or an approval holds.
 */
export async function submitIdentity(
  deps: KycCommandDependencies,
  userId: string,
  request: SubmissionRequest,
  key: CommandKey = keyOfItsOwn(),
): Promise<{ readonly id: string; readonly status: KycStatus }> {
  const { config, temporal } = deps;
  const { market, order } = await prepareSubmission(deps, { userId, at: new Date(), request });
  const workflowId = kycWorkflowId(userId);
  const options = {
    workflowId,
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    args: [{ userId, market, checkSeconds: config.IDENTITY_CHECK_SECONDS }],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: customerKey, value: userId },
      { key: marketKey, value: market },
    ]),
    staticSummary: 'identity check of a customer',
  };
  const command = { workflowId, updateId: uuidFor('submit', userId, key), lookAt: '/v1/kyc/submissions' };
  const start = () => new WithStartWorkflowOperation('kyc', options);
  const { submissionId, status } = await startWithCommand(temporal, command, messages.submit, [order], start);
  return { id: submissionId, status };
}

/**
 * An agent decides a submission that is in review.
 *
 * @param key the request's idempotency key
 * @throws Problem not_found, or invalid_state when it is not in review.
 */
export async function decideIdentity(
  deps: Pick<KycCommandDependencies, 'db' | 'temporal'>,
  decision: KycDecision,
  key: CommandKey = keyOfItsOwn(),
): Promise<void> {
  const row = await findSubmission(deps.db, decision.submissionId);
  if (row === null) throw new Problem('not_found');
  const command = {
    workflowId: kycWorkflowId(row.userId),
    updateId: uuidFor('decide', decision.actor.id, key),
    lookAt: `/v1/kyc/submissions/${row.id}`,
  };
  try {
    await sendCommand(deps.temporal, command, messages.decide, decision);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new Problem('invalid_state', 'the submission is not in review');
  }
}
