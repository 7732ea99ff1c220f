import { and, desc, eq } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { locationViews, users } from '../schema/index.ts';
import { olderThan, type PagePlace } from './page.ts';
import { whileHeldBy } from './tenures.ts';

export type LocationViewRow = typeof locationViews.$inferSelect & { readonly viewer: string };

/** Looks at where a customer's vehicles were, the latest first, one more than `limit` where there are more. */
export async function listLocationViews(
  db: Queryable,
  filter: { readonly customerId: string; readonly after?: PagePlace | undefined; readonly limit: number },
): Promise<LocationViewRow[]> {
  const { customerId, after, limit } = filter;
  const beyond = olderThan(after, locationViews.at, locationViews.id);
  const rows = await db
    .select({ view: locationViews, viewer: users.name })
    .from(locationViews)
    .innerJoin(users, eq(users.id, locationViews.viewerId))
    .where(and(whileHeldBy(customerId, locationViews.leaseId, locationViews.at), beyond))
    .orderBy(desc(locationViews.at), desc(locationViews.id))
    .limit(limit + 1);
  return rows.map(({ view, viewer }) => ({ ...view, viewer }));
}
