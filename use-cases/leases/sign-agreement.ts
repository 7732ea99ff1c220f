import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { lockLeaseFor, standingOf } from './lease-record.ts';

/** The customer signs with his name: now the deposit is waited for. @throws Problem invalid_state unless it is reserved. */
export async function signAgreement(context: Context, { leaseId, name }: Ordered<'sign'>): Promise<Standing> {
  const before = await lockLeaseFor('sign', context, leaseId);
  const signed = { signedName: name, agreementSignedAt: context.at };
  const row = await changeStatus(context, { leaseId, to: 'awaiting_deposit' }, signed);
  return standingOf({ ...before, row }, context.at);
}
