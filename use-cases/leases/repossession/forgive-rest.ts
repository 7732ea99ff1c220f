import { allocate, forgive } from '#domain/leases/allocation';
import { sumOf } from '#domain/leases/lease-credit';
import { disputeGivenUp, type AllocationPart } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { lineParts } from '#domain/vehicles/plan';
import { recordOnLease, type Context } from '../../context.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { debtOf } from '../debt.ts';
import { updateLease, updateLines, type LeaseRecord } from '../lease-record.ts';

/** So much of what is owed, by what it is for. */
export function restOf(lease: LeaseRecord, at: Date, amount: number): readonly AllocationPart[] {
  const { parts } = allocate(amount, debtOf(lease, at, { paidAt: null }));
  return parts.filter(({ component }) => component !== 'credit');
}

/**
 * What the law has forgiven of a sale, by what it was for. Of one from before that was kept it is found in what is waived of fees
 * and of lines, the oldest first, as it was forgiven.
 */
export function forgivenOf({ row, lines }: LeaseRecord, kept: readonly AllocationPart[], shortfall: number) {
  let missing = kept.reduce((sum, { amount }) => sum - amount, shortfall);
  const found: AllocationPart[] = [];
  const take = (component: string, instalment: number | null, most: number) => {
    const amount = Math.min(missing, most);
    if (amount <= 0) return 0;
    missing -= amount;
    found.push({ component, instalment, amount });
    return amount;
  };
  take('fee', null, row.feesWaived - sumOf(kept, 'fee'));
  for (const { number, waived, filled } of lines) {
    const ofLine = kept.filter(({ instalment }) => instalment === number);
    let left = ofLine.reduce((sum, { amount }) => sum - amount, waived);
    for (const part of lineParts) left -= take(part, number, Math.min(left, (filled[part] ?? 0) - sumOf(ofLine, part)));
  }
  return [...kept, ...found];
}

/** Forgives parts of what was given up before, or what is in dispute; negative ones are owed again. */
export async function forgiveRest(
  context: Context,
  { row, lines }: LeaseRecord,
  parts: readonly AllocationPart[],
): Promise<LeaseRecord> {
  const amount = parts.reduce((sum, part) => sum + part.amount, 0);
  if (amount === 0) return { row, lines };
  const key = `shortfall:${row.id}:${row.version}`;
  const [deposit, fees, disputed] = [sumOf(parts, 'deposit'), sumOf(parts, 'fee'), sumOf(parts, 'disputed')];
  const sum = formatMoney(money(Math.abs(amount), row.currency));
  if (disputed !== 0)
    await postOnLease(context, row, {
      key,
      kind: 'shortfall_forgiven',
      description: `${sum} that a sale has not brought ${amount > 0 ? 'are not owed' : 'are paid, and owed no less'}`,
      entries: disputeGivenUp(row.id, disputed),
    });
  const after = forgive(
    lines,
    parts.filter(({ instalment }) => instalment !== null),
  );
  await updateLines(
    context,
    row,
    after.filter((line, i) => line !== lines[i]),
  );
  const updated = await updateLease(context, row, {
    deposit: row.deposit - deposit,
    totalPrice: row.totalPrice - (amount - fees - disputed),
    feesWaived: row.feesWaived + fees,
    disputed: row.disputed - disputed,
  });
  const detail = { amount: money(amount, row.currency) };
  await recordOnLease(context, updated, { key, type: 'lease.shortfall_forgiven', detail });
  return { row: updated, lines: after };
}
