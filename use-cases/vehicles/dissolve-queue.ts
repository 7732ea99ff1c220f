import { and, eq, inArray } from 'drizzle-orm';
import { waiting } from '#db/schema/index';
import { standing } from '#domain/vehicles/queue';
import { emit, type Context } from '../context.ts';
import { endWaiting } from './end-waiting.ts';

/** A vehicle is handed over: those who wait for it are told that it is gone. */
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
