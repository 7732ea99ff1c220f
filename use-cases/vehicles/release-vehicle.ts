import { and, eq, isNull } from 'drizzle-orm';
import { holds } from '#db/schema/index';
import { emit, record, type Context } from '../context.ts';
import { passOn } from './pass-on.ts';
import { lockVehicle } from './update-vehicle.ts';

/** A vehicle, and the lease that holds it. */
export interface Held {
  readonly leaseId: string;
  readonly vehicleId: string;
}

/**
 * Gives the vehicle of an application that ends to whoever waits for it, or back to the market. A lease that holds none changes nothing.
 * Call it with the lease locked, in the transaction that ends it: once handed over the vehicle stays the customer's.
 */
export async function releaseVehicle(context: Context, { leaseId, vehicleId }: Held, reason: string): Promise<void> {
  if (!(await releaseHold(context, leaseId, reason))) return;
  await lockVehicle(context, vehicleId);
  await passOn(context, vehicleId);
  const of = { type: 'vehicle.released', subject: vehicleId, leaseId } as const;
  await record(context, { ...of, detail: { leaseId, vehicleId, reason } });
  await emit(context, { ...of, data: { leaseId, vehicleId, reason } });
}

/** The lease has ended otherwise, and whoever ends it says what becomes of the vehicle. @returns whether it held one */
export async function releaseHold({ tx, at }: Context, leaseId: string, releaseReason: string): Promise<boolean> {
  const released = await tx
    .update(holds)
    .set({ releasedAt: at, releaseReason })
    .where(and(eq(holds.leaseId, leaseId), isNull(holds.releasedAt)))
    .returning({ id: holds.id });
  return released.length > 0;
}
