import { allocate } from '#domain/leases/allocation';
import type { Ordered } from '#domain/leases/commands';
import { phaseOf } from '#domain/leases/status';
import { accounts, receipt } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { openCase } from '../cases/open-case.ts';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { applyAllocation } from './apply-allocation.ts';
import { positionAt, type LeaseRecord } from './lease-record.ts';

/**
 * What an insurer pays for a loss, by the word of whoever ends the lease, pays what is owed. It is a case until another
 * admin has seen it: that keeps what it paid, to take it back where less comes (`decideInsurance`).
 *
 * @param of.surplus what of it made credit of what the customer had paid; `of.gap` what it does not cover; minor units
 */
export async function insurerPays(
  context: Context,
  record: LeaseRecord,
  { amount, reference }: NonNullable<Ordered<'totalLoss' | 'writeOff'>['insurance']>,
  of: { readonly surplus: number; readonly gap: number },
): Promise<LeaseRecord> {
  const { row, lines } = record;
  const { id: leaseId, currency } = row;
  const { depositDue, feesDue } = positionAt(record, context.at);
  const allocation = allocate(amount, { depositDue, feesDue, lines });
  const key = `insurance:${leaseId}`;
  const sum = (minor: number) => money(minor, currency);
  await postOnLease(context, row, {
    key,
    kind: 'insurance',
    description: `an insurer pays ${formatMoney(sum(amount))} for the loss`,
    cause: { leaseId, reference },
    entries: receipt(leaseId, accounts.insurance, allocation.parts, phaseOf(row)),
  });
  const told = { amount: sum(amount), surplus: sum(of.surplus), gap: sum(of.gap), reference };
  await recordOnLease(context, row, { key, type: 'lease.insurance_paid', detail: told });
  const { parts } = allocation;
  const detail = { ...told, declaredBy: context.actor.id, paid: parts };
  await openCase(context, { kind: 'insurance_to_confirm', leaseId, paymentId: null, detail });
  return applyAllocation(context, record, allocation);
}
