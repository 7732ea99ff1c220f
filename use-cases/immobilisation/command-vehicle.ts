import { and, eq, gt, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Queryable, Transaction } from '#db/client';
import { trackers, vehicleCommands } from '#db/schema/index';
import { engineCommands, inFlight, LIFE } from '#domain/telematics/immobilisation/command';
import { takesCommands } from '#domain/telematics/tracker';
import { record, type Context } from '../context.ts';

export type CommandRow = typeof vehicleCommands.$inferSelect;

interface CommandOrder {
  readonly vehicleId: string;
  readonly type: (typeof engineCommands)[number];
  readonly immobilisationId: string;
  readonly leaseId: string | null;
}

/** The tracker of a vehicle that is in use. */
export async function trackerOf(tx: Transaction, vehicleId: string): Promise<typeof trackers.$inferSelect | null> {
  const [row] = await tx
    .select()
    .from(trackers)
    .where(and(eq(trackers.vehicleId, vehicleId), isNull(trackers.revokedAt)));
  return row ?? null;
}

/**
 * Tells a vehicle something, in the caller's transaction: the telematics process sends it after the commit. An order
 * to mobilise ends one to stop that is under way; while one to mobilise is under way, it is enough. Call it with the open
 * immobilisation locked.
 *
 * @returns null where no tracker takes commands.
 */
export async function commandVehicle(context: Context, order: CommandOrder): Promise<CommandRow | null> {
  const { tx } = context;
  const { vehicleId, type, immobilisationId, leaseId } = order;
  const wall = new Date();
  const tracker = await trackerOf(tx, vehicleId);
  if (tracker === null || !takesCommands(tracker.kind)) return null;
  await expireCommands(tx, vehicleId, wall);
  if (type === 'mobilise') {
    const [before] = await flyingOf(tx, vehicleId);
    if (before?.type === 'mobilise' && before.trackerId === tracker.id) return before;
    if (before !== undefined) await callOff(tx, before.id, 'outranked');
  }
  const issuedAt = wall;
  const expiresAt = new Date(wall.getTime() + LIFE);
  const [row] = await tx
    .insert(vehicleCommands)
    .values({ id: uuidv7(), vehicleId, trackerId: tracker.id, immobilisationId, type, issuedAt, expiresAt })
    .returning();
  if (row === undefined) throw new Error('a command vanished');
  await record(context, {
    key: `command:${row.id}`,
    type: `vehicle.${type}_ordered`,
    subject: vehicleId,
    leaseId,
    detail: { commandId: row.id, immobilisationId, trackerId: tracker.id },
  });
  await tx.execute(sql`select pg_notify('telematics_commands', ${tracker.id})`);
  return row;
}

/** A vehicle is told to move, and its workflow to look. Call it with the immobilisation locked. */
export async function tellToMove(
  context: Context,
  {
    id: immobilisationId,
    vehicleId,
    leaseId,
  }: { readonly id: string; readonly vehicleId: string; readonly leaseId: string | null },
): Promise<void> {
  await commandVehicle(context, { vehicleId, type: 'mobilise', immobilisationId, leaseId });
  await notifyImmobilisation(context.tx, vehicleId);
}

/** The command of a vehicle to stop or to move that is under way, locked; one or none. */
export function flyingOf(tx: Transaction, vehicleId: string): Promise<CommandRow[]> {
  const { vehicleId: vehicle, state, type } = vehicleCommands;
  return tx
    .select()
    .from(vehicleCommands)
    .where(and(eq(vehicle, vehicleId), inArray(state, [...inFlight]), inArray(type, [...engineCommands])))
    .for('update');
}

/** Commands whose time is over; also those that our clock wrote while it was ahead, or they would be under way for as long. */
export async function expireCommands(tx: Transaction, vehicleId: string, wall: Date): Promise<void> {
  const { vehicleId: vehicle, state, type, issuedAt, expiresAt } = vehicleCommands;
  const isEngines = inArray(type, [...engineCommands]);
  const isOver = or(lte(expiresAt, wall), gt(issuedAt, wall));
  await tx
    .update(vehicleCommands)
    .set({ state: 'expired', reason: 'not_seen' })
    .where(and(eq(vehicle, vehicleId), isEngines, inArray(state, [...inFlight]), isOver));
}

/** A command that is under way is over, for a reason in a word. */
export async function callOff(tx: Transaction, id: string, reason: string): Promise<void> {
  await tx.update(vehicleCommands).set({ state: 'expired', reason }).where(eq(vehicleCommands.id, id));
}

/** The workflow of the vehicle looks again as soon as the transaction is committed; what is lost on the way it finds by itself. */
export async function notifyImmobilisation(db: Queryable, vehicleId: string): Promise<void> {
  await db.execute(sql`select pg_notify('telematics_immobilisations', ${vehicleId})`);
}
