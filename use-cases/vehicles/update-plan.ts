import { eq } from 'drizzle-orm';
import type { PlanRow } from '#db/queries/vehicles';
import { plans } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';
import { refusePlan, type NewPlan } from './create-plan.ts';
import { matchVersion } from '../match-version.ts';

type PlanChanges = {
  readonly [K in Exclude<keyof NewPlan, 'market'> | 'active']?: (NewPlan & { active: boolean })[K] | undefined;
};

/**
 * Changes a plan for new applications: a lease keeps the plan as it was.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed, and as `refusePlan`.
 */
export async function updatePlan(
  context: Context,
  id: string,
  changes: PlanChanges,
  versions?: readonly number[],
): Promise<PlanRow> {
  const { tx, at } = context;
  const [before] = await tx.select().from(plans).where(eq(plans.id, id)).for('update');
  if (before === undefined) throw new Problem('not_found');
  matchVersion(before.version, versions);
  const given: Partial<PlanRow> = Object.fromEntries(
    Object.entries(changes).filter(([, value]) => value !== undefined),
  );
  refusePlan({ ...before, ...given, lateFee: changes.lateFee });
  const [row] = await tx
    .update(plans)
    .set({ ...given, updatedAt: at })
    .where(eq(plans.id, id))
    .returning();
  if (row === undefined) throw new Problem('not_found');
  await record(context, { type: 'plan.updated', subject: id, detail: { fields: Object.keys(given) } });
  return row;
}
