import { eq } from 'drizzle-orm';
import { vehicles } from '#db/schema/index';
import { moverOf, refuseMove } from '#domain/vehicles/states';
import { record, type Context } from '../context.ts';
import { matchVersion } from '../match-version.ts';
import { endQueue } from './dissolve-queue.ts';
import { tellChange } from './tell-change.ts';
import { lockVehicle, refuseWhileKept } from './update-vehicle.ts';

/**
 * Takes a vehicle out of the catalogue for good; it stays readable for those who had it. Retiring twice
 * is as good as once.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed; invalid_state while it is held, leased, or when it is sold; forbidden to an agent for one that some wait for.
 */
export async function retireVehicle(context: Context, id: string, versions?: readonly number[]): Promise<void> {
  const before = await lockVehicle(context, id);
  const { status, version } = before;
  if (status === 'retired') return;
  matchVersion(version, versions);
  await endQueue(context, before);
  refuseMove(status, 'retired', moverOf(context.actor));
  if (status === 'maintenance') await refuseWhileKept(context, before);
  const { tx, at } = context;
  const [row] = await tx
    .update(vehicles)
    .set({ status: 'retired', retiredAt: at, updatedAt: at })
    .where(eq(vehicles.id, id))
    .returning();
  await record(context, { type: 'vehicle.retired', subject: id, detail: { status: { from: status, to: 'retired' } } });
  if (row !== undefined) await tellChange(context, row);
}
