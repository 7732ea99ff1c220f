import { and, eq } from 'drizzle-orm';
import { waiting } from '#db/schema/index';
import type { WaitingStatus } from '#domain/vehicles/queue';
import { record, type Context } from '../context.ts';

export type WaitingRow = typeof waiting.$inferSelect;

/** Somebody's place in a queue is over. Call it with the vehicle locked. */
export async function endWaiting(
  context: Context,
  { id, vehicleId }: Pick<WaitingRow, 'id' | 'vehicleId'>,
  status: Exclude<WaitingStatus, 'waiting' | 'called'>,
): Promise<void> {
  await context.tx.update(waiting).set({ status, endedAt: new Date() }).where(eq(waiting.id, id));
  await record(context, { type: `vehicle.queue.${status}`, subject: vehicleId, detail: { waitingId: id } });
}

/** Who is called to take a vehicle now. Call it with the vehicle locked. */
export async function calledTo({ tx }: Pick<Context, 'tx'>, vehicleId: string): Promise<WaitingRow | undefined> {
  const [called] = await tx
    .select()
    .from(waiting)
    .where(and(eq(waiting.vehicleId, vehicleId), eq(waiting.status, 'called')));
  return called;
}
