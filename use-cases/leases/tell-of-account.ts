import type { AccountChange } from '#domain/leases/account-change';
import { owedOf } from '#domain/leases/position';
import { isApplication } from '#domain/leases/status';
import { money } from '#domain/money';
import { emit, type Context } from '../context.ts';
import { standingOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';

interface Changed {
  /** Of what it is: what is told again by the same key is told once. */
  readonly key: string;
  readonly change: AccountChange;
  /** Minor units of the lease's currency. */
  readonly amount: number;
  /** Of the receipt that the customer was given, or has signed. */
  readonly receiptNumber?: string | null;
}

/**
 * Somebody else than its customer has changed what he has paid, or owes: he is told, so that he can object. Call it with the
 * lease locked, and as it is afterwards.
 */
export function tellOfAccount(
  context: Context,
  lease: LeaseRecord,
  { key, change, amount, receiptNumber }: Changed,
): Promise<void> {
  const { id: leaseId, customerId, currency, status, disputed } = lease.row;
  const standing = standingOf(lease, context.at);
  const ofDeposit = isApplication(status);
  const left = ofDeposit ? standing.depositDue : owedOf(standing) + disputed;
  const receipt = receiptNumber == null ? {} : { receiptNumber };
  const sums = { amount: money(amount, currency), left: money(left, currency) };
  const data = { leaseId, customerId, key, change, ...sums, ...(ofDeposit && { ofDeposit }), ...receipt };
  return emit(context, { type: 'lease.account_changed', subject: leaseId, leaseId, data });
}

/**
 * Who had a lease before it was made over hears of what is taken back of him since, which he owes, of what he pays of it, and when
 * he does not owe it any more.
 */
export function tellFormerCustomer(
  context: Context,
  { id: leaseId, currency }: Pick<LeaseRow, 'id' | 'currency'>,
  of: Changed & { readonly customerId: string; readonly left?: number },
): Promise<void> {
  const { key, customerId, change, receiptNumber } = of;
  const amount = money(of.amount, currency);
  const left = money(of.left ?? (change === 'claimed' ? of.amount : 0), currency);
  const receipt = receiptNumber == null ? {} : { receiptNumber };
  const data = { leaseId, customerId, key, change, amount, left, ...receipt };
  return emit(context, { type: 'lease.account_changed', subject: leaseId, leaseId, data });
}
