import { and, eq, ne } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { formatMoney, money } from '#domain/money';
import { isByProvider } from '#domain/payments/payment';
import type { Context } from '../context.ts';
import { amountOf } from '../leases/credit-shares.ts';
import type { AttemptRow } from './attempt-record.ts';
import { goesElsewhere } from './refunds.ts';

/**
 * What of a payment went back by our own refunds before its provider took back what was left, `amount`: minor units. Call it
 * with the lease and the payment locked.
 *
 * @param source as `attempts.source`: null for the provider
 * @throws Problem invalid_state while some is on its way back; unprocessable for any other sum
 */
export async function keptOf(
  { tx }: Context,
  attempt: AttemptRow,
  source: string | null,
  amount: number,
): Promise<number> {
  const whole = amountOf(attempt);
  if (amount === whole) return 0;
  if (source !== null || !isByProvider(attempt.provider)) throw refusal(`must be ${whole}, or not be said`);
  const isOfIt = and(eq(attempts.refundOf, attempt.id), ne(attempts.status, 'failed'));
  const refunds = await tx.select().from(attempts).where(isOfIt);
  const theWayItCame = refunds.filter((refund) => !goesElsewhere(refund, attempt));
  const back = theWayItCame.reduce((sum, refund) => sum + amountOf(refund), 0);
  if (back > 0 && theWayItCame.some(({ status, transferId }) => status !== 'succeeded' || transferId === null)) {
    const said = formatMoney(money(back, attempt.currency));
    throw new Problem('invalid_state', `${said} of it went back, or is on its way: what is left is known afterwards`);
  }
  if (back === 0 || amount !== whole - back)
    throw refusal(`must be ${whole}${back > 0 && back < whole ? `, or ${whole - back}, what was left of it` : ''}`);
  return back;
}

const refusal = (message: string) =>
  new Problem('unprocessable', 'the provider cannot have taken back so much', [{ path: 'amount.amount', message }]);
