import { eq } from 'drizzle-orm';
import { riskEvents } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';

/** Notes that a person has seen a risk event. The first one who did stays on record. @throws Problem not_found */
export async function acknowledgeRiskEvent(context: Context, id: string): Promise<typeof riskEvents.$inferSelect> {
  const { tx, at, actor } = context;
  const [row] = await tx.select().from(riskEvents).where(eq(riskEvents.id, id)).for('update');
  if (row === undefined) throw new Problem('not_found');
  if (row.acknowledgedAt !== null) return row;
  const [changed] = await tx
    .update(riskEvents)
    .set({ acknowledgedAt: at, acknowledgedBy: actor.id })
    .where(eq(riskEvents.id, id))
    .returning();
  if (changed === undefined) throw new Problem('not_found');
  await record(context, {
    key: `risk:${id}:acknowledged`,
    type: 'telematics.risk.acknowledged',
    subject: row.vehicleId,
    detail: { riskEventId: id, type: row.type },
  });
  return changed;
}
