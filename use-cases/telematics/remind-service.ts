import { eq, gt, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { odometers, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { SERVICE_KM, servicesDue } from '#domain/vehicles/service';
import { openCase } from '../cases/open-case.ts';
import { record, transact } from '../context.ts';

/**
 * Vehicles that have driven as far as a service is due are told to somebody, once for each. A vehicle that is not ours any more
 * has no odometer.
 *
 * @returns how many were told of.
 */
export async function remindOfService(db: Database): Promise<number> {
  const { vehicleId, metres, servicesTold } = odometers;
  const shortest = Math.min(...Object.values(SERVICE_KM)) * 1_000;
  const far = await db
    .select({ vehicleId, metres, servicesTold, type: vehicles.type })
    .from(odometers)
    .innerJoin(vehicles, eq(vehicles.id, vehicleId))
    .where(gt(metres, sql`${servicesTold} * ${shortest}`));
  const due = far.filter((one) => servicesDue(one.type, one.metres) > one.servicesTold);
  for (const one of due) {
    const services = servicesDue(one.type, one.metres);
    await transact(db, system('upkeep'), new Date(), async (context) => {
      await context.tx.update(odometers).set({ servicesTold: services }).where(eq(vehicleId, one.vehicleId));
      const about = `${one.vehicleId}:${services}`;
      const detail = { vehicleId: one.vehicleId, km: services * SERVICE_KM[one.type] };
      await record(context, {
        key: `service_due:${about}`,
        type: 'vehicle.service_due',
        subject: one.vehicleId,
        detail,
      });
      await openCase(context, { kind: 'service_due', leaseId: null, paymentId: null, about, detail });
    });
  }
  return due.length;
}
