import type { AttemptOrder, Settled } from '#domain/payments/wire';
import type { OfAttempt } from '#domain/leases/orders';
import type { Context } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { markUnknown } from '../outcomes/mark-unknown.ts';
import { openAttempt } from './open-attempt.ts';

/**
 * The workflow waits no longer for a charge. With the order a row is stored where there is none, so that no late try
 * sends what is given up here.
 *
 * @returns as `markUnknown`
 */
export async function giveUpAttempt(
  context: Context,
  deps: Pick<PaymentDependencies, 'encryption' | 'mobileMoney'>,
  { order, ...attempt }: OfAttempt & { readonly order?: AttemptOrder },
): Promise<Settled | null> {
  if (order !== undefined) await openAttempt(context, deps, order);
  return markUnknown(context, attempt);
}
