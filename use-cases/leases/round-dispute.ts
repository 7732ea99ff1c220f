import { accounts, receipt, type Entry } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { unitOf, updateLease, type LeaseRow } from './lease-record.ts';

/**
 * What was rounded, once each: what a payment left, which may be booked anew as of another day, what a waiver or the
 * credit of a version of the lease did, or the schedule.
 */
export type RoundingCause =
  | { readonly paymentId: string; readonly countsFrom?: string }
  | { readonly waiver: string }
  | { readonly creditOf: string }
  | { readonly scheduleVersion: string }
  | { readonly as: string };

/** The transfer of what was rounded: less than a unit, which nobody can pay. Its key says of what each number in it is. */
export const roundingOf = (row: LeaseRow, key: string, cause: RoundingCause, entries: readonly Entry[]) => ({
  key: [key, row.id, ...Object.entries(cause).map(([name, id]) => `${name}-${id}`)].join(':'),
  kind: 'rounding',
  description: 'less than can be paid: rounded',
  cause: { leaseId: row.id, ...cause },
  entries,
});

/** What is left in dispute of less than a unit nobody can pay: it is forgiven. Call it with the lease locked. */
export async function roundDispute(context: Context, row: LeaseRow, cause: RoundingCause): Promise<LeaseRow> {
  const { disputed } = row;
  if (disputed === 0 || disputed >= unitOf(row)) return row;
  const entries = receipt(
    row.id,
    accounts.rounding,
    [{ component: 'disputed', instalment: null, amount: disputed }],
    'running',
  );
  await postOnLease(context, row, roundingOf(row, 'rounding-dispute', cause, entries));
  const after = await updateLease(context, row, { disputed: 0 });
  await recordOnLease(context, row, {
    type: 'lease.rounded',
    detail: { ...cause, forgiven: money(disputed, row.currency) },
  });
  return after;
}
