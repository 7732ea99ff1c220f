import { and, eq, inArray } from 'drizzle-orm';
import type { VehicleRow } from '#db/queries/vehicles';
import { waiting } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { standing } from '#domain/vehicles/queue';
import { emit, type Context } from '../context.ts';
import { endWaiting } from './end-waiting.ts';
import { isHeld } from './who-holds.ts';

/** Nobody waits for a vehicle any more, which is handed over or leaves the market: those who do are told that it is gone. */
export async function dissolveQueue(context: Context, vehicleId: string): Promise<void> {
  const left = await context.tx
    .select()
    .from(waiting)
    .where(and(eq(waiting.vehicleId, vehicleId), inArray(waiting.status, [...standing])));
  for (const one of left) {
    await endWaiting(context, one, 'gone');
    const data = { waitingId: one.id, vehicleId, customerId: one.customerId };
    await emit(context, { type: 'vehicle.queue.gone', subject: vehicleId, data });
  }
}

/** Staff take a vehicle from the market: of one that is reserved nobody waits any more. @throws Problem invalid_state while somebody holds it */
export async function endQueue(context: Context, { id, status }: VehicleRow): Promise<void> {
  if (status !== 'reserved') return;
  if (await isHeld(context, id)) throw new Problem('invalid_state', 'The vehicle is reserved');
  await dissolveQueue(context, id);
}
