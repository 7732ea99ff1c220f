import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { z } from 'zod';
import { goesElsewhere } from '#db/queries/payment-states';
import { findAttempt } from '#db/queries/payments';
import { callbacks } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { marketOf, type Market, type PaymentProvider } from '#domain/markets';
import { money, type Currency } from '#domain/money';
import { declineReasons } from '#domain/payments/decline';
import type { CallbackClaim, ProviderStatus, Refunded } from '#providers/mobile-money/provider';
import { ProviderFailure } from '#providers/provider-failure';
import { openCase } from '../cases/open-case.ts';
import { transact } from '../context.ts';
import { providerOf, type AttemptRow } from './attempt-record.ts';
import type { PaymentDependencies } from './dependencies.ts';

/** A callback as it came. */
export interface Callback {
  readonly provider: PaymentProvider;
  readonly secret: string;
  readonly body: string;
  readonly headers: Headers;
  /** The message of a time-out in a queue claims nothing, whatever it says: what waited there may be done all the same. */
  readonly isTimeOut: boolean;
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
 * Asks the provider what became of an attempt; no answer counts as pending.
 *
 * @param claim of the newest callback, where the caller has it at hand.
 */
export async function ask(
  deps: PaymentDependencies,
  row: AttemptRow,
  claim?: CallbackClaim | null,
): Promise<ProviderStatus> {
  return (await answerOfProvider(deps, row, claim)) ?? { state: 'pending' };
}

/** As `ask`; null where the provider does not answer. */
export async function answerOfProvider(
  deps: PaymentDependencies,
  row: AttemptRow,
  claim?: CallbackClaim | null,
): Promise<ProviderStatus | null> {
  const provider = deps.mobileMoney.get(providerOf(row));
  const request = {
    attemptId: row.id,
    providerRequestId: row.providerRequestId,
    market: marketOf(row.currency),
    amount: money(row.amount, row.currency),
    claim: claim === undefined ? await lastClaim(deps, row) : claim,
  };
  try {
    if (row.refundOf === null) return await provider.status(request);
    const { charged, of } = await refundOf(deps, row, row.refundOf);
    return await provider.refundStatus({ ...request, charged, of });
  } catch (error) {
    if (error instanceof ProviderFailure) return null;
    throw error;
  }
}

/** What the newest callback claimed: some providers name the receipt nowhere else. It is never believed alone. */
async function lastClaim({ db }: PaymentDependencies, row: AttemptRow): Promise<CallbackClaim | null> {
  const [newest] = await db
    .select({ claim: callbacks.claim })
    .from(callbacks)
    .where(and(eq(callbacks.attemptId, row.id), isNotNull(callbacks.claim)))
    .orderBy(desc(callbacks.receivedAt))
    .limit(1);
  return claimShape.safeParse(newest?.claim).data ?? null;
}

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
    return deps.mobileMoney.get(input.provider).parseCallback(input.body, input.headers, market);
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

/** The payment that is given back: what it is, its receipt, where it is known, and what it brought. */
export async function refundOf(deps: PaymentDependencies, refund: AttemptRow, attemptId: string) {
  const charge = await findAttempt(deps.db, attemptId);
  if (charge === undefined) throw new Error(`there is no payment ${attemptId} to refund`);
  const charged = money(charge.settledAmount ?? charge.amount, charge.currency);
  const bySelf = charge.kind === 'inbound' ? 'payBill' : 'charge';
  const of: Refunded = goesElsewhere(refund, charge) ? 'elsewhere' : bySelf;
  return { attemptId, of, receipt: charge.providerReference, charged };
}
