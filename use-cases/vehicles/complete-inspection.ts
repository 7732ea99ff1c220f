import { eq } from 'drizzle-orm';
import { inspectionPictures, inspections, leases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { lacking, inspectionOutcome, type Marked } from '#domain/vehicles/inspection';
import { record, type Context } from '../context.ts';
import { lockOpen, type InspectionRow, type ItsInspection } from './begin-inspection.ts';
import { setVehicleStatus } from './set-vehicle-status.ts';
import { lockVehicle } from './update-vehicle.ts';

export interface Inspected extends ItsInspection {
  readonly odometerKm: number;
  readonly items: Marked;
  readonly notes?: string | undefined;
}

/**
 * An agent has seen everything: what it comes to follows from the marks. The lease that it is for has it on its timeline.
 *
 * @throws Problem not_found; invalid_state for one that is complete; unprocessable naming each item and picture that the
 * checklist asks for, or an odometer that was turned back.
 */
export async function completeInspection(
  context: Context,
  { odometerKm, items, notes, ...which }: Inspected,
): Promise<InspectionRow> {
  const { tx, at } = context;
  const vehicle = await lockVehicle(context, which.vehicleId);
  const { id, leaseId, occasion } = await lockOpen(context, which);
  const pictures = await tx
    .select({ side: inspectionPictures.side })
    .from(inspectionPictures)
    .where(eq(inspectionPictures.inspectionId, id));
  const errors = [...lacking(vehicle.type, { items, pictures: pictures.map(({ side }) => side) })];
  if (odometerKm < vehicle.odometerKm)
    errors.push({ path: 'odometerKm', message: `must be at least ${vehicle.odometerKm}, what the vehicle had before` });
  if (errors.length > 0) throw new Problem('unprocessable', 'The inspection is not complete', errors);
  const outcome = inspectionOutcome(items);
  const [row] = await tx
    .update(inspections)
    .set({ items, odometerKm, notes: notes ?? null, ...outcome, completedAt: at })
    .where(eq(inspections.id, id))
    .returning();
  if (row === undefined) throw new Error('an inspection that is locked is there');
  if (odometerKm !== vehicle.odometerKm) await setVehicleStatus(context, vehicle.id, vehicle.status, odometerKm);
  const detail = { inspectionId: id, occasion, odometerKm, ...outcome };
  const status = await statusOf(context, leaseId);
  await record(context, { type: 'vehicle.inspected', subject: vehicle.id, leaseId, leaseStatus: status, detail });
  return row;
}

async function statusOf({ tx }: Context, leaseId: string | null) {
  if (leaseId === null) return null;
  const [lease] = await tx.select({ status: leases.status }).from(leases).where(eq(leases.id, leaseId));
  return lease?.status ?? null;
}
