import { isBarred } from '#db/queries/kept-vehicles';
import { findAttempt } from '#db/queries/payments';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { afterQuietHours } from '#domain/quiet-hours';
import type { AttemptOrder } from '#domain/payments/wire';
import { record, type Context } from '../../context.ts';
import { admit, lockLease, type LeaseRow } from '../../leases/lease-record.ts';
import { refuseWhileQuoteWaits } from '../../leases/before-end.ts';
import { chosenMethods } from '../../leases/chosen-methods.ts';
import { admitSettlement } from '../../leases/settle-early.ts';
import { boundOwnPayments } from './bound-own-payments.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { promptBefore } from './held-back.ts';
import { refuseBesideRequest } from './request-on-phone.ts';
import { openAttempt } from './open-attempt.ts';
import { tellOutcome } from '../outcomes/tell-outcome.ts';

/**
 * Stores a person's own payment, or a settlement's first, before it is collected, so that it can be read at once.
 * Repeated, it changes nothing.
 *
 * @throws Problem invalid_state where the lease does not take it or nothing is left to pay; settlement_under_way while a
 * quote that is paid waits; as `admitSettlement`, `boundOwnPayments` and
 * `refuseBesideRequest`.
 */
export async function requestPayment(
  context: Context,
  deps: Pick<PaymentDependencies, 'encryption' | 'mobileMoney'>,
  order: AttemptOrder,
): Promise<{ attemptId: string }> {
  const { attemptId, leaseId } = order;
  const lease = await lockLease(context.tx, leaseId);
  if ((await findAttempt(context.tx, attemptId)) === undefined) {
    admit(order.kind === 'settlement' ? 'settle' : 'pay', context, lease.row);
    if (await isBarred(context.tx, lease.row, context.at))
      throw new Problem('invalid_state', 'the lease was given up so long ago that nothing is owed any more');
    await refuseWhileQuoteWaits(context, lease.row);
    refuseAtNight(context, lease.row);
    if (order.kind === 'settlement') await admitSettlement(context, order);
    if (order.kind === 'pay' || order.kind === 'settlement') {
      const { paymentMethodId } = order;
      await chosenMethods(context, { ...lease.row, ids: [paymentMethodId], path: 'paymentMethodId' });
      const amount = order.kind === 'pay' ? order.amount : null;
      await boundOwnPayments(context, { leaseId, amount, paymentMethodId });
      await refuseBesideRequest(context, deps, lease, { amount, paymentMethodId });
    }
  }
  const opened = await openAttempt(context, deps, order);
  if (opened === null) throw new Problem('invalid_state', 'there is nothing left to pay');
  await record(context, {
    key: `payment.requested:${attemptId}`,
    type: 'payment.requested',
    subject: attemptId,
    leaseId,
    detail: { paymentId: attemptId },
  });
  return { attemptId };
}

/** Nobody's phone rings in his quiet hours but for what he asks for himself. @throws Problem invalid_state, which says until when */
function refuseAtNight({ actor, at }: Context, { quietHours, market }: LeaseRow): void {
  if (!isStaff(actor.role)) return;
  const rings = afterQuietHours(at.getTime(), quietHours, market);
  if (rings > at.getTime())
    throw new Problem('invalid_state', `the customer is not to be rung before ${new Date(rings).toISOString()}`);
}

/**
 * A settlement is not asked for beside a prompt of before that could still be answered, or that got through late: the
 * provider is asked once more. What turns out to be paid is told to the lease.
 *
 * @throws Problem settlement_under_way.
 */
export async function refuseBeside(
  deps: PaymentDependencies,
  order: AttemptOrder & { readonly at: string },
): Promise<void> {
  if (order.kind !== 'settlement') return;
  const before = await promptBefore(deps, order);
  if (before === null) return;
  if (before.status === 'succeeded') await tellOutcome(deps, order.leaseId, before);
  throw new Problem('settlement_under_way');
}
