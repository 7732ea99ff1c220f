import { unpaid } from '#domain/leases/position';
import { interestPaidAhead, settlementOn } from '#domain/leases/settlement';
import { keys } from '#domain/ledger/keys';
import type { Context } from '../context.ts';
import { freePaid } from './free-overpaid.ts';
import { businessDate, moneyOf, unitOf, type LeaseRecord } from './lease-record.ts';
import { waiveLast } from './waive-last.ts';

const waivings = {
  total_loss: { prefix: 'total-loss', kind: 'total_loss_waiver' },
  repossession: { prefix: 'repossession-waiver', kind: 'repossession_waiver' },
} as const;

/**
 * As in a settlement, what is not due yet is owed without its markup or interest, and where more was paid of it than that
 * leaves, that is credit. Call it with the lease locked.
 */
export async function waiveUnearned(
  context: Context,
  record: LeaseRecord,
  end: keyof typeof waivings,
): Promise<LeaseRecord> {
  const { row, lines } = record;
  const { prefix, kind } = waivings[end];
  const terms = { markupPercent: row.plan.markupPercent, unit: unitOf(row) };
  const today = businessDate(row, context.at);
  const { saved } = settlementOn(today, moneyOf(row), lines, terms);
  const owed = lines.reduce((sum, line) => sum + unpaid(line), 0);
  const freed = await freePaid(context, record, Math.max(0, saved - owed), {
    key: keys.unusedAhead(row.id),
    kind: 'paid_ahead',
    description: 'paid for time that is not used any more',
  });
  return waiveLast(context, freed, saved, {
    key: `${prefix}:${row.id}`,
    kind,
    description: 'markup and interest of time that is not used any more',
    interestPaidAhead: interestPaidAhead(freed.lines, today),
  });
}
