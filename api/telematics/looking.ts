import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { tenureOf, type Period } from '#db/queries/telematics';
import { findVehicle } from '#db/queries/vehicles';
import { isStaff } from '#domain/identity/roles';
import { NEWEST } from '#domain/telematics/fix';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';

const DAY = 86_400_000;

/** A guard: staff, and the customer who has the vehicle now; for others it is as if there were none. */
export const trackedVehicle = ({ db }: Pick<ApiDependencies, 'db'>) =>
  owned(async (id) => {
    if ((await findVehicle(db, id)) === undefined) return undefined;
    return (await tenureOf(db, id))?.customerId ?? null;
  });

/** The time that is looked at; both ends belong to it. */
export const period = {
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
};

/**
 * The time of a vehicle that whoever asks may look at: the last day where nothing is said. A customer sees nothing from
 * before the vehicle was handed over, when others had it.
 */
export async function periodOf(
  { db }: Pick<ApiDependencies, 'db'>,
  c: Context<ApiEnvironment>,
  vehicleId: string,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<Period> {
  const until = to === undefined ? new Date(Date.now() + NEWEST) : new Date(to);
  const since = from === undefined ? new Date(until.getTime() - DAY) : new Date(from);
  if (isStaff(callerOf(c).role)) return { vehicleId, from: since, to: until };
  const handedOver = (await tenureOf(db, vehicleId))?.since ?? until;
  return { vehicleId, from: since < handedOver ? handedOver : since, to: until };
}
