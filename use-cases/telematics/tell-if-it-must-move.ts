import { and, eq, gt, inArray, lte } from 'drizzle-orm';
import { vehicleCommands } from '#db/schema/index';
import { engineCommands, LIFE } from '#domain/telematics/immobilisation/command';
import type { Context } from '../context.ts';
import { tellToMove } from '../immobilisation/command-vehicle.ts';
import type { HeldVehicle } from './on-vehicle.ts';

/**
 * The unit of a vehicle that is its customer's own says something: where the vehicle has to move it is told so at once, and once
 * a minute at most. That the unit is there is kept nowhere, so nobody else could know it.
 */
export async function tellIfItMustMove(context: Context, { vehicleId, episode }: HeldVehicle): Promise<void> {
  if (episode?.state !== 'starting') return;
  const { id, vehicleId: vehicle, issuedAt, type } = vehicleCommands;
  const wall = new Date();
  const [recent] = await context.tx
    .select({ id })
    .from(vehicleCommands)
    .where(
      and(
        eq(vehicle, vehicleId),
        inArray(type, [...engineCommands]),
        gt(issuedAt, new Date(wall.getTime() - LIFE)),
        lte(issuedAt, wall),
      ),
    )
    .limit(1);
  if (recent === undefined) await tellToMove(context, episode);
}
