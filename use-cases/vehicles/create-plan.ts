import { uuidv7 } from 'uuidv7';
import type { PlanRow } from '#db/queries/vehicles';
import { plans } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { marketRules, type Market } from '#domain/markets';
import { refuseUnpayable } from '#domain/payable';
import type { LateFee } from '#domain/vehicles/plan';
import { record, type Context } from '../context.ts';
import { unique } from './unique.ts';

export type NewPlan = Omit<typeof plans.$inferInsert, 'id' | 'active' | 'version' | 'createdAt' | 'updatedAt'>;

/** @throws Problem already_exists naming the name; unprocessable for a late fee that nobody can pay. */
export async function createPlan(context: Context, input: NewPlan): Promise<PlanRow> {
  refuseUnpayableFee(input.market, input.lateFee);
  const { tx, at } = context;
  const [row] = await unique(
    tx
      .insert(plans)
      .values({ id: uuidv7(), ...input, createdAt: at, updatedAt: at })
      .returning(),
  );
  if (row === undefined) throw new Problem('internal');
  await record(context, { type: 'plan.created', subject: row.id, detail: { market: row.market } });
  return row;
}

export function refuseUnpayableFee(market: Market, fee: LateFee | null | undefined): void {
  if (fee === null || fee === undefined) return;
  const { currency } = marketRules(market);
  refuseUnpayable({ amount: fee.amount, currency }, 'lateFee.amount');
  refuseUnpayable({ amount: fee.cap, currency }, 'lateFee.cap');
}
