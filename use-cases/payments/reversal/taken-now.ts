import { and, eq } from 'drizzle-orm';
import { goesBack, goesElsewhere } from '#db/queries/payment-states';
import { attempts } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Reversal } from '#domain/leases/orders';
import { formatMoney, money } from '#domain/money';
import { isByProvider, isByVehicle } from '#domain/payments/payment';
import type { Context } from '../../context.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import type { AttemptRow } from '../attempt-record.ts';

/** What of a payment is taken back at once. Minor units. */
interface Taken {
  readonly amount: number;
  /** What of it had gone back by our own refunds, and is not taken back with it. */
  readonly back: number;
  /** Whether something of it stands, and may be taken back later. */
  readonly isPart: boolean;
}

/**
 * What of a payment its provider takes back now: all that is left of it, or a part, as often as it does. What went back by our
 * own refunds before can be no part of a part. Call it with the lease and the payment locked.
 *
 * @param source as `attempts.source`: null for the provider
 * @throws Problem invalid_state while some is on its way back; unprocessable for more than is left
 */
export async function takenNow(
  { tx }: Context,
  attempt: AttemptRow,
  source: string | null,
  { amount, reversalId }: Pick<Reversal, 'amount' | 'reversalId'>,
): Promise<Taken> {
  const left = leftOf(attempt);
  if (amount === undefined || amount === left) return { amount: left, back: 0, isPart: false };
  if (!isByVehicle(attempt.provider) && (source !== null || !isByProvider(attempt.provider))) {
    const isPayBill = isByProvider(attempt.provider) && attempt.kind === 'inbound';
    const how = isPayBill ? ': what waits in suspense is all that is left; of a part say to: provider' : '';
    throw refusal(`must be ${left}, or not be said${how}`);
  }
  const isOfIt = and(eq(attempts.refundOf, attempt.id), goesBack);
  const refunds = await tx.select().from(attempts).where(isOfIt);
  const theWayItCame = refunds.filter((refund) => !goesElsewhere(refund, attempt));
  const back = theWayItCame.reduce((sum, refund) => sum + leftOf(refund), 0);
  if (back > 0 && theWayItCame.some(({ status, transferId }) => status !== 'succeeded' || transferId === null)) {
    const said = formatMoney(money(back, attempt.currency));
    throw new Problem('invalid_state', `${said} of it went back, or is on its way: what is left is known afterwards`);
  }
  const rest = left - back;
  if (back > 0 && amount === rest) return { amount, back, isPart: false };
  if (reversalId !== undefined && amount > 0 && amount < rest) return { amount, back, isPart: true };
  const most = back > 0 && rest > 0 ? `, or ${rest}, what was left of it` : '';
  if (reversalId === undefined) throw refusal(`must be ${left}${most}`);
  throw refusal(`must be from 1 to ${rest}, what is left of it${back > 0 ? `, or ${left}` : ''}`);
}

const refusal = (message: string) =>
  new Problem('unprocessable', 'the provider cannot have taken back so much', [{ path: 'amount.amount', message }]);
