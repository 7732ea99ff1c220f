import { holdOwnMethods } from '#db/queries/payments';
import { Problem } from '#domain/errors';
import type { Market } from '#domain/markets';
import { marketOfPhone } from '#domain/phone';
import type { Context } from '../context.ts';

interface Choice {
  readonly customerId: string;
  readonly market: Market;
  /** In the order in which they are charged. */
  readonly ids: readonly string[];
  /** The field that names them. */
  readonly path: 'paymentMethodId' | 'paymentMethodIds';
}

/**
 * Looks at payment methods that somebody chooses for a lease, and locks them until the transaction ends: who removes one meanwhile
 * waits for it, and finds it in use.
 *
 * @throws Problem unprocessable naming the field for one that is not the customer's any more, that is named twice, or that is
 * of another market
 */
export async function chosenMethods(
  { tx }: Pick<Context, 'tx'>,
  { customerId, market, ids, path }: Choice,
): Promise<void> {
  const own = await holdOwnMethods(tx, customerId, ids);
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path, message }]);
  const isOne = path === 'paymentMethodId';
  if (own.length !== ids.length)
    throw refuse(
      isOne ? 'there is no such payment method of the customer' : 'must be payment methods of the customer, each once',
    );
  if (own.some(({ masked }) => marketOfPhone(masked) !== market))
    throw refuse(`must be ${isOne ? 'a number' : 'numbers'} of ${market}, as the lease is`);
}
