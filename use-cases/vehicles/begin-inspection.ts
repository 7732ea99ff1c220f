import { and, desc, eq, isNotNull, isNull, or } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { holds, inspectionPictures, inspections, leases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { InspectionOccasion } from '#domain/vehicles/inspection';
import { record, type Context } from '../context.ts';
import { lockVehicle } from './update-vehicle.ts';

export type InspectionRow = typeof inspections.$inferSelect;

/** Which inspection of which vehicle. */
export interface ItsInspection {
  readonly vehicleId: string;
  readonly inspectionId: string;
}

/**
 * Begins to look at a vehicle, for the lease that has it or had it last. One is under way at a time.
 *
 * @throws Problem not_found; already_exists naming the one that is under way; invalid_state for what is sold.
 */
export async function beginInspection(
  context: Context,
  { vehicleId, occasion }: { readonly vehicleId: string; readonly occasion: InspectionOccasion },
): Promise<InspectionRow> {
  const { tx, actor, at } = context;
  const vehicle = await lockVehicle(context, vehicleId);
  if (vehicle.status === 'sold') throw new Problem('invalid_state', 'The vehicle is sold');
  const isOpen = and(eq(inspections.vehicleId, vehicleId), isNull(inspections.completedAt));
  const [open] = await tx.select({ id: inspections.id }).from(inspections).where(isOpen);
  if (open !== undefined) throw new Problem('already_exists', `Inspection ${open.id} is under way`);
  const leaseId = await holderOf(context, vehicleId);
  const [row] = await tx
    .insert(inspections)
    .values({ id: uuidv7(), vehicleId, leaseId, occasion, inspectedBy: actor.id, createdAt: at })
    .returning();
  if (row === undefined) throw new Error('the inspection was not stored');
  const detail = { inspectionId: row.id, occasion };
  await record(context, { type: 'vehicle.inspection.begun', subject: vehicleId, detail });
  return row;
}

/** The lease that holds a vehicle, or had it last. */
async function holderOf({ tx }: Context, vehicleId: string): Promise<string | null> {
  const [holder] = await tx
    .select({ leaseId: holds.leaseId })
    .from(holds)
    .leftJoin(leases, eq(leases.id, holds.leaseId))
    .where(and(eq(holds.vehicleId, vehicleId), or(isNull(holds.releasedAt), isNotNull(leases.handedOverAt))))
    .orderBy(desc(holds.createdAt), desc(holds.id))
    .limit(1);
  return holder?.leaseId ?? null;
}

/** Gives up an inspection that is under way, with its pictures. @throws Problem not_found, invalid_state */
export async function abandonInspection(context: Context, which: ItsInspection): Promise<void> {
  const { id } = await lockOpen(context, which);
  await context.tx.delete(inspectionPictures).where(eq(inspectionPictures.inspectionId, id));
  await context.tx.delete(inspections).where(eq(inspections.id, id));
  const detail = { inspectionId: id };
  await record(context, { type: 'vehicle.inspection.abandoned', subject: which.vehicleId, detail });
}

/** @throws Problem not_found; invalid_state for one that is complete: it stays as it is. */
export async function lockOpen({ tx }: Context, { vehicleId, inspectionId }: ItsInspection): Promise<InspectionRow> {
  const isIt = and(eq(inspections.id, inspectionId), eq(inspections.vehicleId, vehicleId));
  const [row] = await tx.select().from(inspections).where(isIt).for('update');
  if (row === undefined) throw new Problem('not_found');
  if (row.completedAt !== null) throw new Problem('invalid_state', 'The inspection is complete');
  return row;
}
