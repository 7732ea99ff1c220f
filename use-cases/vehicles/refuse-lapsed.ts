import { eq } from 'drizzle-orm';
import { papers } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Market } from '#domain/markets';
import { lapsedKinds } from '#domain/vehicles/papers';
import type { Context } from '../context.ts';

/** @throws Problem papers_lapsed where what the market asks for on the road is not valid on that day any more. */
export async function refuseLapsed(
  { tx }: Context,
  { id, market }: { readonly id: string; readonly market: Market },
  day: LocalDate,
): Promise<void> {
  const own = await tx
    .select({ kind: papers.kind, validFrom: papers.validFrom, validUntil: papers.validUntil })
    .from(papers)
    .where(eq(papers.vehicleId, id));
  const lapsed = lapsedKinds(market, own, day);
  if (lapsed.length > 0) throw new Problem('papers_lapsed', `Not valid on ${day}: ${lapsed.join(', ')}`);
}
