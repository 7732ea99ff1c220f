import { allocate, forgive } from '#domain/leases/allocation';
import { sumOf } from '#domain/leases/lease-credit';
import { disputeGivenUp, type AllocationPart } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { recordOnLease, type Context } from '../../context.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { debtOf } from '../debt.ts';
import { updateLease, updateLines, type LeaseRecord } from '../lease-record.ts';

/** So much of what is owed, by what it is for. */
export function restOf(lease: LeaseRecord, at: Date, amount: number): readonly AllocationPart[] {
  const { parts } = allocate(amount, debtOf(lease, at, { paidAt: null }));
  return parts.filter(({ component }) => component !== 'credit');
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
