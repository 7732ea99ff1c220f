import { and, desc, eq, inArray } from 'drizzle-orm';
import type { InspectionOccasion } from '#domain/vehicles/inspection';
import type { Queryable } from '../client.ts';
import { inspectionPictures, inspections } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

interface InspectionFilter {
  readonly vehicleId: string;
  readonly id?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly occasion?: InspectionOccasion | undefined;
}

/** Inspections of a vehicle with what is said of their pictures, the newest first. */
export async function listInspections(
  db: Queryable,
  { vehicleId, id, leaseId, occasion }: InspectionFilter,
  { limit, before }: Page,
) {
  const rows = await db
    .select()
    .from(inspections)
    .where(
      and(
        eq(inspections.vehicleId, vehicleId),
        id === undefined ? undefined : eq(inspections.id, id),
        leaseId === undefined ? undefined : eq(inspections.leaseId, leaseId),
        occasion === undefined ? undefined : eq(inspections.occasion, occasion),
        olderThan(before, inspections.createdAt, inspections.id),
      ),
    )
    .orderBy(desc(inspections.createdAt), desc(inspections.id))
    .limit(limit);
  const of = rows.map((row) => row.id);
  const { inspectionId, side, mediaType, sha256, size } = inspectionPictures;
  const pictures =
    of.length === 0
      ? []
      : await db
          .select({ inspectionId, id: inspectionPictures.id, side, mediaType, sha256, size })
          .from(inspectionPictures)
          .where(inArray(inspectionId, of))
          .orderBy(inspectionPictures.id);
  return rows.map((row) => ({
    ...row,
    pictures: pictures.flatMap(({ inspectionId: whose, ...picture }) => (whose === row.id ? [picture] : [])),
  }));
}

export type InspectionWithPictures = Awaited<ReturnType<typeof listInspections>>[number];
