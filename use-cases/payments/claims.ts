import { z } from 'zod';
import { system } from '#domain/identity/roles';
import type { Market, PaymentProvider } from '#domain/markets';
import { money, type Currency } from '#domain/money';
import { declineReasons } from '#domain/payments/decline';
import type { CallbackClaim } from '#providers/mobile-money/provider';
import { openCase } from '../cases/open-case.ts';
import { transact } from '../context.ts';
import type { PaymentDependencies } from './dependencies.ts';

/** A callback as it came. */
export interface Callback {
  readonly provider: PaymentProvider;
  readonly secret: string;
  readonly body: string;
  readonly headers: Headers;
  /** The message of a time-out in a queue claims nothing, whatever it says: what waited there may be done all the same. */
  readonly isTimeOut: boolean;
  /** The answer to a question about it, at a URL of its own. */
  readonly isStatus?: boolean;
}

export const claimShape = z.object({
  state: z.enum(['succeeded', 'failed', 'unclear']),
  reason: z.enum(declineReasons).nullable(),
  receipt: z.string().nullable(),
  amount: z.int().nullable(),
  authentic: z.boolean(),
  providerRequestId: z.string().nullable(),
});

/**
 * The request that a callback names, which is all that is ever taken from one: where its provider can be asked by nothing
 * else, since the answer that named it was lost. What that request came to is asked.
 */
export function requestNamedBy(
  { mobileMoney }: Pick<PaymentDependencies, 'mobileMoney'>,
  provider: PaymentProvider,
  claim: CallbackClaim | null,
): string | null {
  if (claim === null || !claim.authentic) return null;
  return mobileMoney.get(provider).settlesWithin === undefined ? null : claim.providerRequestId;
}

/** What a callback claims; null where it claims nothing, or nothing that its provider would. */
export function readClaim(
  deps: Pick<PaymentDependencies, 'mobileMoney'>,
  input: Callback,
  market: Market,
): CallbackClaim | null {
  if (input.isTimeOut) return null;
  try {
    const provider = deps.mobileMoney.get(input.provider);
    if (input.isStatus === true) return provider.parseStatus?.(input.body) ?? null;
    return provider.parseCallback(input.body, input.headers, market);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A callback that contradicts the provider's own status is a case: someone lies. */
export async function compareClaim(
  deps: Pick<PaymentDependencies, 'db'>,
  row: { readonly id: string; readonly leaseId: string | null; readonly amount: number; readonly currency: Currency },
  claim: CallbackClaim,
  truth: string,
): Promise<void> {
  const contradicts =
    !claim.authentic ||
    (claim.state === 'succeeded' && truth === 'failed') ||
    (claim.state === 'failed' && truth === 'succeeded') ||
    (claim.amount !== null && claim.amount !== row.amount);
  if (!contradicts) return;
  await transact(deps.db, system('callbacks'), new Date(), (context) =>
    openCase(context, {
      kind: claim.amount !== null && claim.amount !== row.amount ? 'differing_amount' : 'lying_callback',
      leaseId: row.leaseId,
      paymentId: row.id,
      detail: {
        claimed: claim.state,
        claimedAmount: claim.amount === null ? null : money(claim.amount, row.currency),
        status: truth,
        authentic: claim.authentic,
        asked: money(row.amount, row.currency),
      },
    }),
  );
}
