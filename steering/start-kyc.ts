import type { Client } from '@temporalio/client';
import type { Market } from '#domain/markets';
import { workflowQueue } from '#domain/task-queues';
import type { Config } from '#platform/config';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { kycWorkflowId, type KycInput } from '#workflows/kyc/messages';
import { startWorkflow } from './start-workflow.ts';

export type KycStartConfig = Pick<Config, 'TASK_QUEUE_PREFIX' | 'IDENTITY_CHECK_SECONDS'>;

interface Checked {
  readonly userId: string;
  readonly market: Market;
}

/** How a customer's identity check is started; without a state it begins anew. */
export function kycStart(
  config: KycStartConfig,
  { userId, market }: Checked,
  input: KycInput = { userId, market, checkSeconds: config.IDENTITY_CHECK_SECONDS },
) {
  return {
    workflowId: kycWorkflowId(userId),
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args: [input] as [KycInput],
    typedSearchAttributes: [
      { key: searchAttributes.customer, value: userId },
      { key: searchAttributes.market, value: market },
    ],
    staticSummary: 'identity check of a customer',
  };
}

/** Starts the identity check of a customer that died, from the books. @returns false while one runs. */
export function startKyc(
  { temporal, config }: { readonly temporal: Pick<Client, 'workflow'>; readonly config: KycStartConfig },
  checked: Checked,
  books: Pick<Extract<KycInput, { state: unknown }>['state'], 'open' | 'approval'>,
): Promise<boolean> {
  const { userId, market } = checked;
  const state = {
    version: 1,
    userId,
    market,
    checkSeconds: config.IDENTITY_CHECK_SECONDS,
    seen: [],
    ...books,
  } as const;
  return startWorkflow(temporal, 'kyc', kycStart(config, checked, { state: { ...state, seen: [] } }));
}
