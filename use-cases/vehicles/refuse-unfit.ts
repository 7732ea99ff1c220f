import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { inspections, papers } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Market } from '#domain/markets';
import { lapsedKinds } from '#domain/vehicles/papers';
import type { Context } from '../context.ts';

/**
 * Refuses a handover of a vehicle that may not go on the road. What nobody has handed in or looked at refuses nothing.
 *
 * @param day of the handover, in the vehicle's market
 * @throws Problem papers_lapsed where what the market asks for is not valid on that day any more; inspection_failed where
 * the last inspection for this handover says so.
 */
export async function refuseUnfit(
  { tx }: Context,
  { id, market }: { readonly id: string; readonly market: Market },
  { leaseId, day }: { readonly leaseId: string; readonly day: LocalDate },
): Promise<void> {
  const own = await tx
    .select({ kind: papers.kind, validFrom: papers.validFrom, validUntil: papers.validUntil })
    .from(papers)
    .where(eq(papers.vehicleId, id));
  const lapsed = lapsedKinds(market, own, day);
  if (lapsed.length > 0) throw new Problem('papers_lapsed', `Not valid on ${day}: ${lapsed.join(', ')}`);
  const isForIt = and(eq(inspections.leaseId, leaseId), eq(inspections.occasion, 'handover'));
  const [last] = await tx
    .select({ result: inspections.result })
    .from(inspections)
    .where(and(isForIt, isNotNull(inspections.completedAt)))
    .orderBy(desc(inspections.completedAt))
    .limit(1);
  if (last?.result === 'failed') throw new Problem('inspection_failed');
}
