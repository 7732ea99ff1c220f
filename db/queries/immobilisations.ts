import { and, desc, eq, gt, inArray, isNull, lt, notInArray, or } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { immobilisations, marketRuleRows, trackers, vehicleCommands } from '../schema/index.ts';
import { olderThan, type PagePlace } from './page.ts';

export type ImmobilisationRow = typeof immobilisations.$inferSelect;
export type VehicleCommandRow = typeof vehicleCommands.$inferSelect;
export type MarketRuleRow = typeof marketRuleRows.$inferSelect;

/** Trackers of vehicles that are to be stopped or started, or are stopped: what they report matters to somebody. */
export async function awaitedTrackers(db: Queryable): Promise<string[]> {
  const rows = await db
    .select({ id: trackers.id })
    .from(immobilisations)
    .innerJoin(trackers, and(eq(trackers.vehicleId, immobilisations.vehicleId), isNull(trackers.revokedAt)))
    .where(notInArray(immobilisations.state, ['warned', 'awaiting_confirmation', 'ended']));
  return rows.map(({ id }) => id);
}

/** Vehicles whose workflow has to run: a notice is its lease's to look after, but for that of an order. */
export async function immobilisedVehicles(db: Queryable): Promise<string[]> {
  const rows = await db
    .select({ vehicleId: immobilisations.vehicleId })
    .from(immobilisations)
    .where(
      or(
        notInArray(immobilisations.state, ['warned', 'ended']),
        and(eq(immobilisations.state, 'warned'), eq(immobilisations.cause, 'staff')),
      ),
    );
  return rows.map(({ vehicleId }) => vehicleId);
}

/** Until when a lease's stopped vehicle moves for its emergency; null where it was granted none for what stops it now. */
export async function movesUntil(db: Queryable, leaseId: string): Promise<Date | null> {
  const [row] = await db
    .select({ until: immobilisations.emergencyUntil })
    .from(immobilisations)
    .where(eq(immobilisations.leaseId, leaseId))
    .orderBy(desc(immobilisations.createdAt))
    .limit(1);
  return row?.until ?? null;
}

/** Commands of a vehicle, newest first, one more than `limit` where there are more. */
export function listCommands(
  db: Queryable,
  filter: { readonly vehicleId: string; readonly after?: PagePlace | undefined; readonly limit: number },
): Promise<VehicleCommandRow[]> {
  const { vehicleId, issuedAt, id } = vehicleCommands;
  const { after, limit } = filter;
  return db
    .select()
    .from(vehicleCommands)
    .where(and(eq(vehicleId, filter.vehicleId), olderThan(after, issuedAt, id)))
    .orderBy(desc(issuedAt), desc(id))
    .limit(limit + 1);
}

/** What the laws of the markets ask, the latest to begin first, one more than `limit` where there are more. */
export function listMarketRules(
  db: Queryable,
  filter: {
    readonly market?: MarketRuleRow['market'] | undefined;
    readonly after?: readonly [effectiveFrom: string, id: string] | undefined;
    readonly limit: number;
  },
): Promise<MarketRuleRow[]> {
  const { market, effectiveFrom, id } = marketRuleRows;
  const { after, limit } = filter;
  return db
    .select()
    .from(marketRuleRows)
    .where(
      and(
        filter.market === undefined ? undefined : inArray(market, [filter.market]),
        after === undefined
          ? undefined
          : or(lt(effectiveFrom, after[0]), and(eq(effectiveFrom, after[0]), gt(id, after[1]))),
      ),
    )
    .orderBy(desc(effectiveFrom), id)
    .limit(limit + 1);
}

export async function findMarketRule(db: Queryable, id: string): Promise<MarketRuleRow | null> {
  const [row] = await db.select().from(marketRuleRows).where(eq(marketRuleRows.id, id));
  return row ?? null;
}
