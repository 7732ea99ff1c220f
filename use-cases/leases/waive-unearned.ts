import { settlementOn } from '#domain/leases/settlement';
import type { Context } from '../context.ts';
import { businessDate, moneyOf, unitOf, type LeaseRecord } from './lease-record.ts';
import { waiveLast } from './waive-last.ts';

const waivings = {
  total_loss: { prefix: 'total-loss', kind: 'total_loss_waiver' },
  repossession: { prefix: 'repossession-waiver', kind: 'repossession_waiver' },
} as const;

/** As in a settlement, what is not due yet is owed without its markup or interest. Call it with the lease locked. */
export function waiveUnearned(context: Context, record: LeaseRecord, end: keyof typeof waivings): Promise<LeaseRecord> {
  const { row, lines } = record;
  const { prefix, kind } = waivings[end];
  const terms = { markupPercent: row.plan.markupPercent, unit: unitOf(row) };
  const { saved } = settlementOn(businessDate(row, context.at), moneyOf(row), lines, terms);
  return waiveLast(context, record, saved, {
    key: `${prefix}:${row.id}`,
    kind,
    description: 'markup and interest of time that is not used any more',
  });
}
