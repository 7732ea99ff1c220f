import { currentKyc } from '#db/queries/kyc';
import { leaseStands, listLeases, type LeaseStand } from '#db/queries/leases';
import type { UpgradeCredit } from '#db/schema/index';
import { assess } from '#domain/credit/scorecard';
import { Problem } from '#domain/errors';
import { isRunning } from '#domain/leases/status';
import { missingOfCondition } from '#domain/credit/assessment';
import { lapsesAt } from '#domain/parties/transfer';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import { takeTurnAtCredit } from '../credit/ask-again.ts';
import { gatherFacts } from '../credit/gather-facts.ts';
import { bindAgreement } from '../leases/agreement/bind-agreement.ts';
import type { Prepared } from '../leases/agreement/prepare-signature.ts';
import { chosenMethods } from '../leases/chosen-methods.ts';
import { positionAt, type LeaseRecord } from '../leases/lease-record.ts';
import { lockTransferIn, moveTransfer, refuseUnready, requireNamed, type TransferRow } from './transfer-record.ts';

interface Acceptance {
  readonly transferId: string;
  /** Who accepts: the person whose phone was named. */
  readonly userId: string;
  /** What he signs with. */
  readonly name: string;
  readonly paymentMethodId: string;
  /** What he has signed; it holds unless the credit is declined. */
  readonly document: Prepared;
}

/**
 * The other person takes the lease over as it is: he is who he says, his own leases are in good standing, and his credit is
 * assessed for it by the card that every application goes by, what is paid of it counting as paid at the start. An admin
 * confirms it then. What the card declines is over.
 *
 * @throws Problem not_found for anybody else; invalid_state unless it is proposed and its customer agrees; transfer_refused;
 * agreement_outdated as `bindAgreement`; unprocessable naming the payment method
 */
export async function acceptTransfer(context: Context, acceptance: Acceptance): Promise<TransferRow> {
  const { transferId, userId, name, paymentMethodId, document } = acceptance;
  const { at } = context;
  const found = await lockTransferIn(context, transferId, ['proposed']);
  await requireNamed(context, found.row, userId);
  const lease = await refuseUnready(context, found.lease, found.row.isEstate);
  const { market } = lease.row;
  await chosenMethods(context, { customerId: userId, market, ids: [paymentMethodId], path: 'paymentMethodId' });
  await refuseUnfitSuccessor(context, userId);
  const credit = await assessSuccessor(context, lease, userId);
  const signed = { toCustomerId: userId, signedName: name, acceptedAt: at, paymentMethodId, credit };
  const known = { ...found, lease };
  // Why it is declined is his to know, and not the customer's.
  if (credit.status === 'declined') return moveTransfer(context, known, 'declined', signed, 'transfer.ended');
  const { id: leaseId, deposit, totalPrice: total, scheduleVersion } = lease.row;
  const liability = positionAt(lease, at).outstanding;
  await bindAgreement(context, { ...document, leaseId, deposit, total, liability, scheduleVersion });
  const accepted = await moveTransfer(context, known, 'accepted', { ...signed, expiresAt: lapsesAt(at) });
  const detail = { transferId, assessed: credit.status, isEstate: found.row.isEstate };
  await openCase(context, { kind: 'transfer_to_confirm', leaseId: lease.row.id, paymentId: null, detail });
  return accepted;
}

/** @throws Problem transfer_refused for somebody whose identity is not approved, or who is late with a lease of his own */
export async function refuseUnfitSuccessor({ tx }: Pick<Context, 'tx'>, userId: string): Promise<void> {
  const identity = await currentKyc(tx, userId);
  if (identity?.status !== 'approved')
    throw new Problem('transfer_refused', 'the identity of whoever takes it over has to be approved first');
  const own = await leaseStands(tx, await listLeases(tx, { customerId: userId }, { limit: 100 }));
  if (own.some(isBehind))
    throw new Problem('transfer_refused', 'whoever takes it over has to be in good standing with his own leases');
}

const isBehind = ({ row, late, position }: LeaseStand): boolean =>
  row.disputed > 0 || (isRunning(row.status) && (row.status !== 'active' || late.overdue + position.feesDue > 0));

/**
 * The credit of whoever takes a lease over, on its own terms. A condition that asks more to be paid at the start than is paid
 * of it is for an admin to decide on, as a referral.
 */
export async function assessSuccessor(
  context: Context,
  lease: LeaseRecord,
  customerId: string,
): Promise<UpgradeCredit> {
  await takeTurnAtCredit(context, customerId);
  const facts = await gatherFacts(context.tx, { customerId, lease: lease.row, at: context.at });
  const { paid } = positionAt(lease, context.at);
  const { status, score, tier, reasons, conditions } = assess(facts);
  const isShort = missingOfCondition({ price: lease.row.price, paid }, conditions) > 0;
  return { status: status === 'approved' && isShort ? 'referred' : status, score, tier, reasons, conditions };
}
