import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Market } from '#domain/markets';
import type { MaintenanceKind, MaintenanceStatus } from '#domain/vehicles/maintenance';
import type { Queryable } from '../client.ts';
import { maintenance, vehicles } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export interface MaintenanceFilter {
  readonly id?: string | undefined;
  readonly vehicleId?: string | undefined;
  readonly market?: Market | undefined;
  readonly branchId?: string | undefined;
  readonly kind?: MaintenanceKind | undefined;
  readonly statuses?: readonly MaintenanceStatus[] | undefined;
}

/** Work on vehicles, the last that was booked first. */
export async function listMaintenance(
  db: Queryable,
  { id, vehicleId, market, branchId, kind, statuses }: MaintenanceFilter,
  { limit, before }: Page,
) {
  const rows = await db
    .select({ work: maintenance })
    .from(maintenance)
    .innerJoin(vehicles, eq(vehicles.id, maintenance.vehicleId))
    .where(
      and(
        id === undefined ? undefined : eq(maintenance.id, id),
        vehicleId === undefined ? undefined : eq(maintenance.vehicleId, vehicleId),
        market === undefined ? undefined : eq(vehicles.market, market),
        branchId === undefined ? undefined : eq(vehicles.branchId, branchId),
        kind === undefined ? undefined : eq(maintenance.kind, kind),
        statuses === undefined ? undefined : inArray(maintenance.status, [...statuses]),
        olderThan(before, maintenance.createdAt, maintenance.id),
      ),
    )
    .orderBy(desc(maintenance.createdAt), desc(maintenance.id))
    .limit(limit);
  return rows.map(({ work }) => work);
}
