import type { Queryable } from '#db/client';
import type { LeaseRow } from '#db/queries/leases';
import { findPaymentMethod } from '#db/queries/payments';
import { Problem } from '#domain/errors';
import { marketOfPhone } from '#domain/phone';

/** @throws Problem naming the field when the method is not the lease's customer's or not of its market. */
export async function ownPaymentMethod(
  db: Queryable,
  lease: Pick<LeaseRow, 'customerId' | 'market'>,
  paymentMethodId: string,
) {
  const method = await findPaymentMethod(db, paymentMethodId);
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'paymentMethodId', message }]);
  if (method?.userId !== lease.customerId) throw refuse('there is no such payment method of the customer');
  if (marketOfPhone(method.masked) !== lease.market)
    throw refuse(`must be a number of ${lease.market}, as the lease is`);
  return method;
}
