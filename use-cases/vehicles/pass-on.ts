import { and, asc, eq, lte } from 'drizzle-orm';
import type { Database } from '#db/client';
import { waiting } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { doEach } from '#platform/attempt-each';
import { TURN_HOURS, turnEnds } from '#domain/vehicles/queue';
import { emit, record, transact, type Context } from '../context.ts';
import { endWaiting, type WaitingRow } from './end-waiting.ts';
import { setVehicleStatus } from './set-vehicle-status.ts';
import { lockVehicle } from './update-vehicle.ts';

/*
 * The queue of a vehicle is rows, moved under the vehicle's lock: whoever is called has it to himself until his turn ends,
 * and it stays `reserved` meanwhile. Turns run on the wall's clock, whatever the clocks of leases say.
 */

/**
 * Whoever waits longest for a vehicle that nobody holds any more has his turn. Call it with the vehicle locked.
 *
 * @returns false where nobody waits
 */
async function callNext(context: Context, vehicleId: string): Promise<boolean> {
  const { tx } = context;
  const [next] = await tx
    .select()
    .from(waiting)
    .where(and(eq(waiting.vehicleId, vehicleId), eq(waiting.status, 'waiting')))
    .orderBy(asc(waiting.createdAt), asc(waiting.id))
    .limit(1);
  if (next === undefined) return false;
  const calledAt = new Date();
  const turn = { status: 'called', calledAt, until: turnEnds(calledAt) } as const;
  await tx.update(waiting).set(turn).where(eq(waiting.id, next.id));
  const data = {
    waitingId: next.id,
    vehicleId,
    customerId: next.customerId,
    until: turn.until.toISOString(),
    hours: TURN_HOURS,
  };
  await record(context, { type: 'vehicle.queue.called', subject: vehicleId, detail: data });
  await emit(context, { type: 'vehicle.queue.called', subject: vehicleId, data });
  return true;
}

/** Whose turn it was it is not any more: the next one's, or everybody's. Call it with the vehicle locked. */
export async function passOn(context: Context, vehicleId: string): Promise<void> {
  if (!(await callNext(context, vehicleId))) await setVehicleStatus(context, vehicleId, 'available');
}

/**
 * Ends the turns that have run out, and calls the next. What was missed, or died half-way, the next look does.
 *
 * @param at the wall's time
 * @returns how many turns ended
 */
export async function moveQueues(db: Database, at: Date, beat: () => void): Promise<number> {
  const isOver = and(eq(waiting.status, 'called'), lte(waiting.until, at));
  const over = await db.select({ id: waiting.id, vehicleId: waiting.vehicleId }).from(waiting).where(isOver);
  let ended = 0;
  await doEach(over, async (one) => {
    beat();
    ended += Number(await transact(db, system('upkeep'), at, (context) => endTurn(context, one)));
  });
  return ended;
}

/** @returns false where he has taken the vehicle, or left, meanwhile */
async function endTurn(context: Context, one: Pick<WaitingRow, 'id' | 'vehicleId'>): Promise<boolean> {
  await lockVehicle(context, one.vehicleId);
  const [row] = await context.tx
    .select()
    .from(waiting)
    .where(and(eq(waiting.id, one.id), eq(waiting.status, 'called')));
  if (row === undefined) return false;
  await endWaiting(context, row, 'missed');
  await passOn(context, row.vehicleId);
  return true;
}
