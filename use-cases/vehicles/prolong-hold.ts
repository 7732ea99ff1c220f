import { and, eq, isNull } from 'drizzle-orm';
import { holds, waiting } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { extensionLeft } from '#domain/vehicles/holds';
import { emit, record, type Context } from '../context.ts';
import type { Held } from './release-vehicle.ts';
import { lockVehicle } from './update-vehicle.ts';

interface Prolonged extends Held {
  readonly hours: number;
  /** On the lease's clock: where it ends then. */
  readonly until: Date;
}

/**
 * Holds a vehicle for so many hours more, and has those told who wait for it. Call it with the lease locked.
 *
 * @throws Problem extension_refused beyond what `extensionLeft` gives; invalid_state for a lease that holds nothing
 */
export async function prolongHold(context: Context, { leaseId, vehicleId, hours, until }: Prolonged): Promise<void> {
  const { tx } = context;
  await lockVehicle(context, vehicleId);
  const isIts = and(eq(holds.leaseId, leaseId), isNull(holds.releasedAt));
  const [hold] = await tx.select().from(holds).where(isIts);
  if (hold === undefined) throw new Problem('invalid_state', 'the lease holds no vehicle');
  const isWaiting = and(eq(waiting.vehicleId, vehicleId), eq(waiting.status, 'waiting'));
  const others = await tx.select().from(waiting).where(isWaiting);
  const left = extensionLeft(hold.extendedHours, others.length);
  if (hours > left) throw new Problem('extension_refused', refusalOf(left, others.length));
  await tx
    .update(holds)
    .set({ expiresAt: until, extendedHours: hold.extendedHours + hours })
    .where(eq(holds.id, hold.id));
  const detail = { leaseId, hours, until: until.toISOString(), waiting: others.length };
  await record(context, { type: 'vehicle.hold_extended', subject: vehicleId, detail });
  for (const { id: waitingId, customerId } of others)
    await emit(context, {
      type: 'vehicle.queue.delayed',
      subject: vehicleId,
      data: { waitingId, vehicleId, customerId, hours },
    });
}

const refusalOf = (left: number, waiting: number) =>
  `it can be extended by ${left} hours more${waiting > 0 ? `: ${waiting} wait for the vehicle` : ''}`;
