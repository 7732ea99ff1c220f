import { uuidv7 } from 'uuidv7';
import type { PlanRow } from '#db/queries/vehicles';
import { plans } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { marketRules } from '#domain/markets';
import { refuseUnpayable } from '#domain/payable';
import type { Plan } from '#domain/vehicles/plan';
import { refusedCombinations, type Combined } from '#domain/vehicles/plan-combinations';
import { record, type Context } from '../context.ts';

export type NewPlan = Omit<typeof plans.$inferInsert, 'id' | 'active' | 'version' | 'createdAt' | 'updatedAt'>;

/** Plans of a market may have the same name: what takes the place of one that is offered no more is called as it was. @throws Problem as `refusePlan`. */
export async function createPlan(context: Context, input: NewPlan): Promise<PlanRow> {
  refusePlan(input);
  const { tx, at } = context;
  const [row] = await tx
    .insert(plans)
    .values({ id: uuidv7(), ...input, createdAt: at, updatedAt: at })
    .returning();
  if (row === undefined) throw new Problem('internal');
  await record(context, { type: 'plan.created', subject: row.id, detail: { market: row.market } });
  return row;
}

/** @throws Problem invalid_input for what does not go together, by its fields; unprocessable for a late fee that nobody can pay. */
export function refusePlan(plan: Combined & { readonly lateFee?: Plan['lateFee'] | undefined }): void {
  const errors = refusedCombinations(plan);
  if (errors.length > 0) throw new Problem('invalid_input', 'The fields of the plan do not go together', errors);
  const { lateFee, market } = plan;
  if (lateFee === null || lateFee === undefined) return;
  const { currency } = marketRules(market);
  refuseUnpayable({ amount: lateFee.amount, currency }, 'lateFee.amount');
  refuseUnpayable({ amount: lateFee.cap, currency }, 'lateFee.cap');
}
