import { uuidv7 } from 'uuidv7';
import type { PlanRow } from '#db/queries/vehicles';
import { plans } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';
import { unique } from './unique.ts';

export type NewPlan = Omit<typeof plans.$inferInsert, 'id' | 'active' | 'version' | 'createdAt' | 'updatedAt'>;

/** @throws Problem already_exists naming the name. */
export async function createPlan(context: Context, input: NewPlan): Promise<PlanRow> {
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
