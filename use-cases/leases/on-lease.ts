import { books } from '#domain/payments/ledger';
import { record, type AuditEntry, type Context } from '../context.ts';
import { postTransfer, type TransferInput } from '../ledger/post-transfer.ts';
import { businessDate, type LeaseRow } from './lease-record.ts';

type OfTheLease = 'leaseId' | 'book' | 'currency' | 'businessDate' | 'cause';

/** Posts a transfer of a lease's own book, on its business day. @returns as `postTransfer` */
export function postOnLease(
  context: Context,
  row: LeaseRow,
  transfer: Omit<TransferInput, OfTheLease> & Partial<Pick<TransferInput, 'cause'>>,
): Promise<string> {
  const { id: leaseId, currency } = row;
  const of = { leaseId, book: books.lease(leaseId), currency, businessDate: businessDate(row, context.at) };
  return postTransfer(context, { ...of, cause: { leaseId }, ...transfer });
}

/** Writes an audit entry on the timeline of a lease, whose status it tells; it is about the lease where it names nothing else. */
export function recordOnLease(
  context: Context,
  { id, status }: LeaseRow,
  entry: Omit<AuditEntry, 'subject' | 'leaseId' | 'leaseStatus'> & Partial<Pick<AuditEntry, 'subject'>>,
): Promise<void> {
  return record(context, { subject: id, leaseId: id, leaseStatus: status, ...entry });
}
