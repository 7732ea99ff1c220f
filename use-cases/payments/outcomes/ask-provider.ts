import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { goesElsewhere } from '#db/queries/payment-states';
import { findAttempt } from '#db/queries/payments';
import { callbacks } from '#db/schema/index';
import { marketOf } from '#domain/markets';
import { money } from '#domain/money';
import type { CallbackClaim, ProviderStatus, Refunded } from '#providers/mobile-money/provider';
import { ProviderFailure } from '#providers/provider-failure';
import { providerOf, type AttemptRow } from '../attempt-record.ts';
import { callbackUrlOf } from '../callback-url.ts';
import { claimShape } from '../claims.ts';
import type { PaymentDependencies } from '../dependencies.ts';

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
    return await provider.refundStatus({ ...request, charged, of, callbackUrl: callbackUrlOf(deps, row) });
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

/** The payment that is given back: what it is, its receipt, where it is known, and what it brought. */
export async function refundOf(deps: PaymentDependencies, refund: AttemptRow, attemptId: string) {
  const charge = await findAttempt(deps.db, attemptId);
  if (charge === undefined) throw new Error(`there is no payment ${attemptId} to refund`);
  const charged = money(charge.settledAmount ?? charge.amount, charge.currency);
  const bySelf = charge.kind === 'inbound' ? 'payBill' : 'charge';
  const of: Refunded = goesElsewhere(refund, charge) ? 'elsewhere' : bySelf;
  return { attemptId, of, receipt: charge.providerReference, charged };
}
