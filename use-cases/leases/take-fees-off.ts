import type { LocalDate } from '#domain/calendar';
import { allocate, type Allocation } from '#domain/leases/allocation';
import { payInstead, type takeFeesBack } from '#domain/leases/value-date';
import { books, lateFeeUndone, type AllocationPart } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { record, type Context } from '../context.ts';
import { postTransfer } from '../ledger/post-transfer.ts';
import { reallocate } from '../payments/reallocate.ts';
import { businessDate, updateLease, type LeaseRecord } from './lease-record.ts';

/** Why fees are undone: a payment shows their lines to have been paid in time, or days were given for our own workshop. */
type Cause =
  | { readonly paymentId: string; readonly valueOn: LocalDate }
  | { readonly pauseId: string; readonly owedSince: LocalDate };

interface FeesOff {
  readonly taken: ReturnType<typeof takeFeesBack>;
  /** Newest first. */
  readonly payments: Parameters<typeof payInstead>[0];
  readonly cause: Cause;
}

interface TakenOff {
  readonly after: LeaseRecord;
  /** What was paid of the fees goes to the next open lines; null where nothing was. The caller writes it into the schedule. */
  readonly freed: Allocation | null;
  /** What payments that had paid them have paid instead. */
  readonly instead: ReturnType<typeof payInstead>;
}

/** Late fees that nobody owes leave the books by a counter-entry each, also when they were paid. Call it with the lease locked. */
export async function takeFeesOff(context: Context, before: LeaseRecord, of: FeesOff): Promise<TakenOff> {
  const { row, lines } = before;
  const { taken, payments, cause } = of;
  const freed =
    taken.paid === 0 ? null : allocate(taken.paid, { depositDue: 0, feesDue: 0, lines, disputed: row.disputed });
  await postCounterEntries(context, before, cause, taken.each, freed?.parts ?? []);
  const instead = payInstead(payments, freed?.parts ?? []);
  await reallocate(context, instead);
  const updated = await updateLease(context, row, {
    feesCharged: row.feesCharged - taken.amount,
    feesPaid: row.feesPaid - taken.paid,
  });
  return { after: { ...before, row: updated }, freed, instead };
}

async function postCounterEntries(
  context: Context,
  { row }: LeaseRecord,
  cause: Cause,
  each: ReturnType<typeof takeFeesBack>['each'],
  freed: readonly AllocationPart[],
): Promise<void> {
  const [said, why] =
    'paymentId' in cause
      ? [{ paymentId: cause.paymentId }, 'it was paid in time']
      : [{ pauseId: cause.pauseId }, 'its days are given for our own workshop'];
  const open = freed.map((part) => ({ ...part }));
  for (const { fee, amount, paid } of each) {
    let left = paid;
    const parts = open.flatMap((part) => {
      const taken = Math.min(left, part.amount);
      left -= taken;
      part.amount -= taken;
      return taken > 0 ? [{ ...part, amount: taken }] : [];
    });
    const key = `late-fee-undone:${fee.id}`;
    await postTransfer(context, {
      key,
      kind: 'late_fee_undone',
      leaseId: row.id,
      book: books.lease(row.id),
      reverses: fee.id,
      currency: row.currency,
      businessDate: businessDate(row, context.at),
      valueOn: fee.on,
      description: `late fee for instalment ${fee.instalment} undone: ${why}`,
      cause: { leaseId: row.id, ...said, instalment: String(fee.instalment) },
      entries: lateFeeUndone(row.id, amount - paid, parts),
    });
    await record(context, {
      key,
      type: 'lease.late_fee_undone',
      subject: row.id,
      leaseId: row.id,
      leaseStatus: row.status,
      detail: {
        instalment: fee.instalment,
        amount: money(amount, row.currency),
        chargedOn: fee.on,
        ...cause,
      },
    });
  }
}
