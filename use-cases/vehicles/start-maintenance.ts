import { and, eq, inArray, like } from 'drizzle-orm';
import { findServiced } from '#db/queries/service';
import { cases, leases, maintenance, vehicles } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { caseKey } from '#domain/cases';
import { Problem } from '#domain/errors';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import { daysOwed } from '#domain/vehicles/maintenance';
import { moverOf } from '#domain/vehicles/states';
import { closeCasesOf } from '../cases/close-case.ts';
import { record, type Context } from '../context.ts';
import { lockMaintenance, type ItsMaintenance, type MaintenanceRow } from './book-maintenance.ts';
import { setVehicleStatus } from './set-vehicle-status.ts';
import { lockVehicle } from './update-vehicle.ts';

/**
 * The work begins: a vehicle that is available is not any more; one that somebody has by a lease stays his, and its days are
 * counted.
 *
 * @throws Problem not_found; invalid_state unless it is booked, while other work goes on, or for a vehicle that is reserved,
 * sold or retired.
 */
export async function startMaintenance(context: Context, which: ItsMaintenance): Promise<MaintenanceRow> {
  const { tx, at } = context;
  const { status } = await lockVehicle(context, which.vehicleId);
  const { id, kind } = await lockMaintenance(context, which, 'booked');
  const isUnderWay = and(eq(maintenance.vehicleId, which.vehicleId), eq(maintenance.status, 'started'));
  if ((await tx.$count(maintenance, isUnderWay)) > 0) throw new Problem('invalid_state', 'Other work is under way');
  if (status !== 'available' && status !== 'leased' && status !== 'maintenance')
    throw new Problem('invalid_state', `The vehicle is ${status}`);
  const tookVehicle = status === 'available';
  const by = moverOf(context.actor);
  if (tookVehicle) await setVehicleStatus(context, which.vehicleId, 'maintenance', undefined, by);
  const lease = status === 'leased' ? await lesseeOf(context, which.vehicleId) : undefined;
  const [row] = await tx
    .update(maintenance)
    .set({ status: 'started', startedAt: at, tookVehicle, leaseId: lease?.id ?? null })
    .where(eq(maintenance.id, id))
    .returning();
  if (row === undefined) throw new Error('work that is locked is there');
  const on = { leaseId: lease?.id ?? null, leaseStatus: lease?.status ?? null };
  const detail = { maintenanceId: id, kind };
  await record(context, { type: 'vehicle.maintenance.started', subject: which.vehicleId, ...on, detail });
  return row;
}

async function lesseeOf({ tx }: Context, vehicleId: string) {
  const [lease] = await tx
    .select({ id: leases.id, status: leases.status })
    .from(leases)
    .where(and(eq(leases.vehicleId, vehicleId), inArray(leases.status, leaseStatuses.filter(isRunning))));
  return lease;
}

/**
 * The work is done: a vehicle that it took from the market is back. A customer whose vehicle was away for longer than its
 * allowance is owed the other days (`creditDays`), which `creditWorkshopDays` gives.
 *
 * @throws Problem not_found; invalid_state unless it has begun; unprocessable for an odometer that was turned back.
 */
export async function finishMaintenance(
  context: Context,
  { odometerKm, ...which }: ItsMaintenance & { readonly odometerKm?: number | undefined },
): Promise<MaintenanceRow> {
  const { tx, at, actor } = context;
  const vehicle = await lockVehicle(context, which.vehicleId);
  const before = await lockMaintenance(context, which, 'started');
  if (odometerKm !== undefined && odometerKm < vehicle.odometerKm)
    throw new Problem('unprocessable', 'an odometer does not go back', [
      { path: 'odometerKm', message: `must be at least ${vehicle.odometerKm}, what the vehicle had before` },
    ]);
  const isBack = before.tookVehicle && vehicle.status === 'maintenance';
  const status = isBack ? 'available' : vehicle.status;
  if (isBack || odometerKm !== undefined)
    await setVehicleStatus(context, vehicle.id, status, odometerKm, moverOf(actor));
  if (before.kind === 'service') await noteServiced(context, vehicle.id);
  const day = (instant: Date) => localDateAt(instant.getTime(), vehicle.market);
  const creditDays = before.leaseId === null ? 0 : daysOwed(vehicle.type, day(before.startedAt ?? at), day(at));
  const [row] = await tx
    .update(maintenance)
    .set({ status: 'done', endedAt: at, doneBy: actor, creditDays, credit: creditDays > 0 ? 'due' : 'none' })
    .where(eq(maintenance.id, before.id))
    .returning();
  if (row === undefined) throw new Error('work that is locked is there');
  const lease = before.leaseId === null ? undefined : await lesseeOf(context, vehicle.id);
  const on = { leaseId: before.leaseId, leaseStatus: lease?.status ?? null };
  const detail = { maintenanceId: row.id, kind: row.kind, creditDays };
  await record(context, { type: 'vehicle.maintenance.done', subject: vehicle.id, ...on, detail });
  return row;
}

/** From here the next service is counted; what told of it before is done. */
async function noteServiced(context: Context, vehicleId: string): Promise<void> {
  const known = await findServiced(context.tx, vehicleId);
  if (known === undefined) throw new Error('a vehicle that is locked is there');
  const servicedOn = localDateAt(context.at.getTime(), known.market);
  await context.tx
    .update(vehicles)
    .set({ servicedOn, servicedMetres: known.metres, servicesTold: 0 })
    .where(eq(vehicles.id, vehicleId));
  const isOfIt = like(cases.key, caseKey('service_due', `${vehicleId}:%`));
  await closeCasesOf(context, isOfIt, 'the vehicle was serviced');
}
