import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { noMore } from '../credit/ask-again.ts';
import { requirePerson } from '../hold-person.ts';
import { goOn } from '../leases/pause-for-days.ts';
import { changeCustomer } from '../leases/change-customer.ts';
import { lockLeaseFor, positionAt, standingOf, type LeaseRecord } from '../leases/lease-record.ts';
import { releaseGuarantors } from './guarantee-record.ts';
import { assessSuccessor, refuseUnfitSuccessor } from './accept-transfer.ts';
import { refuseOtherTerms } from './takeover.ts';
import { lockTransfer, moveTransfer, refuseOver, refuseUnready, type TransferRow } from './transfer-record.ts';

/**
 * An admin confirms a transfer: lease, equity and debt are the other person's with this transaction, and nothing of whoever had
 * it before reaches it any more. All that was asked of both is asked again.
 *
 * @throws Problem forbidden; invalid_state unless it is accepted; same_person for who proposed it; invalid_input where the credit
 * is an admin's to decide and he says no reason; transfer_refused; as `refuseUnready`
 */
export async function transferLease(
  context: Context,
  { leaseId, transferId, customerId, reason }: Ordered<'transfer'>,
): Promise<Standing> {
  const found = await lockLeaseFor('transfer', context, leaseId);
  const { row } = await lockTransfer(context, transferId);
  if (row.leaseId !== leaseId || row.toCustomerId !== customerId) throw new Problem('not_found');
  refuseOver(context, row, ['accepted']);
  if (row.proposedBy === context.actor.id) throw new Problem('same_person');
  const lease = await refuseUnready(context, found, row.isEstate);
  await refuseOtherTerms(context, lease, row);
  const successor = await successorOf(context, lease, row, reason);
  const { paid, outstanding } = positionAt(lease, context.at);
  const changed = await changeCustomer(context, lease, successor);
  const after = row.isEstate ? await goOn(context, changed, 'an heir has taken it over') : changed;
  await releaseGuarantors(context, after, 'the lease is somebody else’s');
  const sums = { paid, outstanding, decidedBy: context.actor.id, reason: reason ?? null };
  await moveTransfer(context, { lease: after, row }, 'completed', sums, 'transfer.completed');
  return standingOf(after, context.at);
}

/** Whoever has accepted is there still, and would be taken today. */
async function successorOf(context: Context, lease: LeaseRecord, row: TransferRow, reason: string | undefined) {
  const { toCustomerId: customerId, paymentMethodId, signedName, acceptedAt: signedAt, credit } = row;
  if (customerId === null || paymentMethodId === null) throw new Error(`transfer ${row.id} was accepted by nobody`);
  await requirePerson(context.tx, customerId);
  await refuseUnfitSuccessor(context, customerId);
  const now = await assessSuccessor(context, lease, customerId);
  if (now.status === 'declined') throw new Problem('transfer_refused', noMore(now.reasons));
  if ((now.status === 'referred' || credit?.status === 'referred') && reason === undefined)
    throw new Problem('invalid_input', 'the credit is for you to decide', [
      { path: 'reason', message: 'say why the credit is given, which the card refers' },
    ]);
  return { customerId, paymentMethodId, signedName, signedAt };
}
