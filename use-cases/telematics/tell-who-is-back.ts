import { and, eq, gt, lte } from 'drizzle-orm';
import type { Database } from '#db/client';
import { vehicleCommands } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { LIFE } from '#domain/telematics/immobilisation/command';
import { tellToMove } from '../immobilisation/command-vehicle.ts';
import { onVehicle } from './on-vehicle.ts';

/**
 * The unit of a vehicle that is its customer's own says something: where the vehicle has to move it is told so at once, and once
 * a minute at most. That the unit is there is kept nowhere, so nobody else could know it.
 */
export async function tellWhoIsBack(db: Database, vehicleId: string): Promise<void> {
  const { id, vehicleId: vehicle, issuedAt } = vehicleCommands;
  const wall = new Date();
  const since = new Date(wall.getTime() - LIFE);
  // It speaks every few seconds: its lease is locked for a command, and for nothing else.
  const [recent] = await db
    .select({ id })
    .from(vehicleCommands)
    .where(and(eq(vehicle, vehicleId), gt(issuedAt, since), lte(issuedAt, wall)))
    .limit(1);
  if (recent !== undefined) return;
  await onVehicle(db, system('telematics'), vehicleId, async (context, { episode }) => {
    if (episode?.state === 'starting') await tellToMove(context, episode);
  });
}
