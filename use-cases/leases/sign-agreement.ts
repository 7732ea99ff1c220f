import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { bindAgreement } from './agreement/bind-agreement.ts';
import { changeStatus } from './change-status.ts';
import { lockLeaseFor, standingOf } from './lease-record.ts';

/**
 * The customer signs with his name: now the deposit is waited for, and the document that he has signed holds.
 *
 * @throws Problem invalid_state unless it is reserved; guarantor_required; agreement_outdated as `bindAgreement`
 */
export async function signAgreement(
  context: Context,
  { leaseId, name, agreementId, pdfSha256 }: Ordered<'sign'>,
): Promise<Standing> {
  const before = await lockLeaseFor('sign', context, leaseId);
  if (before.row.lacksGuarantor) throw new Problem('guarantor_required');
  const { deposit, totalPrice: total } = before.row;
  // Where none is told, what sends the command is older than documents.
  const signedAt =
    agreementId === undefined || pdfSha256 === undefined
      ? context.at
      : await bindAgreement(context, { agreementId, pdfSha256, leaseId, deposit, total });
  const signed = { signedName: name, agreementSignedAt: signedAt };
  const row = await changeStatus(context, { leaseId, to: 'awaiting_deposit', event: 'lease.signed' }, signed);
  return standingOf({ ...before, row }, context.at);
}
