import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Problem } from '#domain/errors';
import { decide, kycWorkflowId, type KycDecision } from '#workflows/kyc/messages';
import type { CommandKey } from './command-key.ts';
import { sendCommand } from './send-command.ts';
import { uuidFor } from './uuid-for.ts';

/** Sends an agent's decision to the identity check of a customer. @throws Problem invalid_state where none runs; otherwise as `sendCommand`. */
export async function decideKyc(
  temporal: Client,
  userId: string,
  decision: KycDecision,
  key: CommandKey,
): Promise<void> {
  const command = {
    workflowId: kycWorkflowId(userId),
    updateId: uuidFor('decide', decision.actor.id, key),
    lookAt: `/v1/kyc/submissions/${decision.submissionId}`,
  };
  try {
    await sendCommand(temporal, command, decide, decision);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new Problem('invalid_state', 'the submission is not in review');
  }
}
