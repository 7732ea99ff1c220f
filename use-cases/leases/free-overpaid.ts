import { creditInstead } from '#domain/leases/lease-credit';
import { isGivenUp, phaseOf } from '#domain/leases/status';
import { money } from '#domain/money';
import { accounts, takenBack, type AllocationPart } from '#domain/ledger/ledger';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { reallocate } from '../payments/reallocate.ts';
import { updateLease, type LeaseRecord } from './lease-record.ts';
import { owedAgain } from './owed-again.ts';
import { paymentsOf } from './undo-late-fees.ts';

/**
 * Lines that were paid although a quote was, which nobody knew then: what the newest payments paid of them is credit,
 * and the lines are owed again, for the quote's saving. Call it with the lease locked.
 *
 * @param amount minor units
 */
export function freeOverpaid(
  context: Context,
  before: LeaseRecord,
  quoteId: string,
  amount: number,
): Promise<LeaseRecord> {
  return freePaid(context, before, amount, {
    key: `settlement-overpaid:${quoteId}`,
    kind: 'settlement_overpaid',
    description: 'paid beyond the settlement, before it was known',
    cause: { quoteId },
  });
}

interface Freeing {
  readonly key: string;
  readonly kind: 'settlement_overpaid' | 'paid_ahead' | 'insured_surplus' | 'costs_overpaid';
  readonly description: string;
  readonly cause?: Readonly<Record<string, string>>;
  /** Of what payments paid; by itself what they paid of lines. */
  readonly isMeant?: (part: AllocationPart) => boolean;
}

/** What the newest payments paid of the last lines is credit, and the lines are owed again. Call it with the lease locked. */
export async function freePaid(
  context: Context,
  before: LeaseRecord,
  amount: number,
  { key, kind, description, cause, isMeant }: Freeing,
): Promise<LeaseRecord> {
  if (amount === 0) return before;
  const { row } = before;
  const { freed: ofEach, changed } = creditInstead(await paymentsOf(context, row.id), amount, isMeant);
  const parts = [...ofEach.values()].flat();
  const freed = parts.reduce((sum, part) => sum + part.amount, 0);
  if (freed === 0) return before;
  // What came of what was given up a payment has recovered, and recovers no more: each has its transfer.
  const each = [...ofEach].map(([paymentId, own]) => ({ as: `${key}:${paymentId}`, own, about: { paymentId } }));
  for (const { as, own, about } of isGivenUp(row.status) ? each : [{ as: key, own: parts, about: {} }])
    await postOnLease(context, row, {
      key: as,
      kind,
      description,
      cause: { leaseId: row.id, ...cause, ...about },
      entries: takenBack(row.id, accounts.unapplied(row.id), own, phaseOf(row)),
    });
  await recordOnLease(context, row, {
    key,
    type: `lease.${kind}`,
    detail: { ...cause, amount: money(freed, row.currency) },
  });
  await reallocate(context, changed);
  const owed = await owedAgain(context, before, parts);
  return { ...owed, row: await updateLease(context, owed.row, { credit: owed.row.credit + freed }) };
}
