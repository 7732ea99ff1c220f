import { eq } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import { sumOf } from '#domain/leases/lease-credit';
import { keys } from '#domain/ledger/keys';
import { accounts, refund as refundEntries } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { amountOf } from '../leases/credit-shares.ts';
import { updateLease, type LeaseRow } from '../leases/lease-record.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { providerOf, type AttemptRow } from './attempt-record.ts';

/** Why it is no refund of the lease, and what its entry says beside which payment and how much. */
interface Undone {
  readonly as: 'taken_back' | 'taken_over';
  readonly description: string;
  readonly detail: Readonly<Record<string, string | null>>;
}

/** The counter-entry of a refund: its credit is there again, and what it had put in dispute is not, as far as that is open. */
export async function undoRefund(
  context: Context,
  row: LeaseRow,
  refund: AttemptRow,
  { as, description, detail }: Undone,
): Promise<LeaseRow> {
  const { id, transferId, allocation } = refund;
  const amount = amountOf(refund);
  const disputed = Math.min(0 - sumOf(allocation, 'disputed'), row.disputed);
  const source = refund.source ?? accounts.clearing(providerOf(refund));
  await postOnLease(context, row, {
    key: keys.reversal(id),
    kind: 'reversal',
    description,
    cause: { paymentId: id, transferId: transferId ?? '' },
    ...(transferId !== null && { reverses: transferId }),
    entries: refundEntries(row.id, source, amount, disputed).map((entry) => ({ ...entry, amount: 0 - entry.amount })),
  });
  await context.tx.update(attempts).set({ status: 'reversed' }).where(eq(attempts.id, id));
  const changes = { credit: row.credit + amount - disputed, disputed: row.disputed - disputed };
  const updated = await updateLease(context, row, changes);
  await recordOnLease(context, updated, {
    key: `payment.refund_${as}:${id}`,
    type: `payment.refund_${as}`,
    subject: id,
    detail: { paymentId: id, amount: money(amount, refund.currency), ...detail },
  });
  return updated;
}
