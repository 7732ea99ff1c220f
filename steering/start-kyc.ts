import type { Market } from '#domain/markets';
import type { Config } from '#platform/config';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { kycWorkflowId, type KycInput } from '#workflows/kyc/messages';
import { startWorkflow, type Start, type Steering } from './start-workflow.ts';

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
): Start<'kyc'> {
  return {
    type: 'kyc',
    id: kycWorkflowId(userId),
    args: [input],
    summary: 'identity check of a customer',
    searchAttributes: [
      { key: searchAttributes.customer, value: userId },
      { key: searchAttributes.market, value: market },
    ],
  };
}

/** Starts the identity check of a customer that died, from the books. @returns false while one runs. */
export function startKyc(
  steering: Steering & { readonly config: KycStartConfig },
  checked: Checked,
  books: Pick<Extract<KycInput, { state: unknown }>['state'], 'open' | 'approval'>,
): Promise<boolean> {
  const { userId, market } = checked;
  const { config } = steering;
  const state = {
    version: 1,
    userId,
    market,
    checkSeconds: config.IDENTITY_CHECK_SECONDS,
    seen: [],
    ...books,
  } as const;
  return startWorkflow(steering, kycStart(config, checked, { state: { ...state, seen: [] } }));
}
