import { recoveredBy, sumOf } from '#domain/leases/lease-credit';
import { isRunning } from '#domain/leases/status';
import type { AllocationPart } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { isByProvider, isByVehicle } from '#domain/payments/payment';
import type { Context } from '../../context.ts';
import { openCase } from '../../cases/open-case.ts';
import type { LeaseRecord } from '../../leases/lease-record.ts';
import { tellOfAccount } from '../../leases/tell-of-account.ts';
import type { AttemptRow } from '../attempt-record.ts';

interface Taken {
  /** Of the reversal, or the part. */
  readonly name: string;
  readonly amount: number;
  /** What it had paid. */
  readonly parts: readonly AllocationPart[];
}

/**
 * The customer hears that a payment of his was taken back. A deposit that is owed again has a text of its own. Where its provider
 * took lines or fees of a lease that runs, somebody talks to him as well: he may know nothing of it.
 *
 * @param after the lease, once it is booked
 */
export async function tellTakenBack(
  context: Context,
  after: LeaseRecord,
  attempt: AttemptRow,
  { name, amount, parts }: Taken,
): Promise<void> {
  const { leaseId, id: paymentId, currency, provider, allocation, source } = attempt;
  if (isByVehicle(provider)) return;
  const isOfDeposit = allocation.length > 0 && allocation.every(({ component }) => component === 'deposit');
  if (!isOfDeposit) await tellOfAccount(context, after, { key: `${name}:taken-back`, change: 'taken_back', amount });
  const owed = recoveredBy(parts) - sumOf(parts, 'deposit');
  if (owed === 0 || source !== null || !isByProvider(provider) || !isRunning(after.row.status)) return;
  const detail = { amount: money(amount, currency), owed: money(owed, currency) };
  await openCase(context, { kind: 'owed_again', leaseId, paymentId, about: name, detail });
}
