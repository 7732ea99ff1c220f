import { and, eq, lt } from 'drizzle-orm';
import type { Database } from '#db/client';
import { servicedFleet, type ServicedVehicle } from '#db/queries/service';
import { vehicles } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { SERVICE_EVERY, servicesDue, type Serviced } from '#domain/vehicles/service';
import { doEach } from '#platform/attempt-each';
import { openCase } from '../cases/open-case.ts';
import { record, transact } from '../context.ts';

/** A vehicle as the rule of services has it. */
export const asServiced = ({ servicedOn, createdAt, market, ...row }: ServicedVehicle): Serviced => ({
  ...row,
  since: servicedOn ?? localDateAt(createdAt.getTime(), market),
});

/**
 * Vehicles that have driven as far as a service is due, or have had none for so long, are told to somebody, once for each.
 *
 * @param at the wall's time
 * @returns how many were told of.
 */
export async function remindOfService(db: Database, at: Date): Promise<number> {
  const fleet = (await servicedFleet(db)).map((row) => {
    const due = servicesDue(asServiced(row), localDateAt(at.getTime(), row.market));
    return { row, due, services: Math.max(due.byDistance, due.byTime) };
  });
  const due = fleet.filter(({ row, services }) => services > row.servicesTold);
  await doEach(due, async (one) => {
    const { id: vehicleId, type, servicedOn } = one.row;
    await transact(db, system('upkeep'), at, async (context) => {
      const isUntold = and(eq(vehicles.id, vehicleId), lt(vehicles.servicesTold, one.services));
      await context.tx.update(vehicles).set({ servicesTold: one.services }).where(isUntold);
      const about = `${vehicleId}:${one.services}${servicedOn === null ? '' : `:${servicedOn}`}`;
      const isFar = one.due.byDistance >= one.services;
      const every = SERVICE_EVERY[type];
      const detail = { vehicleId, ...(isFar ? { km: one.services * every.km } : { days: one.services * every.days }) };
      await record(context, { key: `service_due:${about}`, type: 'vehicle.service_due', subject: vehicleId, detail });
      await openCase(context, { kind: 'service_due', leaseId: null, paymentId: null, about, detail });
    });
  });
  return due.length;
}
