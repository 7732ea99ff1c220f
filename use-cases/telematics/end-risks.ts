import { and, inArray, isNull, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { riskEvents, vehicles } from '#db/schema/index';

/**
 * What goes on by the word of a tracker is over, on the wall's clock, once its vehicle is somebody's own or has left the fleet: nobody
 * looks after it any more, and its tracker may never end it. Upkeep looks every few minutes.
 */
export async function endRisks(db: Database): Promise<void> {
  const gone = db
    .select({ id: vehicles.id })
    .from(vehicles)
    .where(inArray(vehicles.status, ['sold', 'retired']));
  await db
    .update(riskEvents)
    .set({ endedAt: sql`greatest(${riskEvents.occurredAt}, now())` })
    .where(and(isNull(riskEvents.endedAt), inArray(riskEvents.vehicleId, gone)));
}
