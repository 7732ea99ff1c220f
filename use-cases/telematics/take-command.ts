import { createHmac } from 'node:crypto';
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { Database, Queryable } from '#db/client';
import { trackers, vehicleCommands } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { codesText, signedText, type CommandType } from '#domain/telematics/immobilisation/command';
import { closedGate } from '#domain/telematics/immobilisation/gates';
import type { TrackerKind } from '#domain/telematics/tracker';
import { callOff, flyingOf, notifyImmobilisation, type CommandRow } from '../immobilisation/command-vehicle.ts';
import type { ImmobilisationDependencies } from './dependencies.ts';
import { gateFacts } from './gate-facts.ts';
import { onVehicle } from './on-vehicle.ts';

/** What whoever sends commands needs. */
export type SendingDependencies = Pick<ImmobilisationDependencies, 'db' | 'encryption'> & {
  readonly config: Pick<ImmobilisationDependencies['config'], 'RELAY_PROOF' | 'IMMOBILISE_HOURS'>;
};

/** A command as the tracker reads it (contract, MQTT): times are ISO 8601 UTC. */
interface SentCommand {
  readonly id: string;
  readonly type: CommandType;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly mac: string;
  /** Of an order to stop: up to this count its restart codes are over, used or not. With a MAC over `id.codes.used`. */
  readonly codes?: { readonly used: number; readonly mac: string };
}

/** What is to be sent, and to whom. */
export interface TakenCommand {
  readonly trackerId: string;
  readonly kind: TrackerKind;
  readonly serial: string | null;
  readonly command: SentCommand;
}

/**
 * Takes a command to send it: from now on nobody else does, and one that is over meanwhile is not sent. What dies between
 * this and the sending is never sent, runs out, and is followed by another: better than a stop that comes later. An order to
 * stop is called off where a gate has closed since it was written: a vehicle that moves by now is not stopped.
 *
 * @returns null where there is none to send.
 */
export async function takeCommand(deps: SendingDependencies, commandId: string): Promise<TakenCommand | null> {
  const { db } = deps;
  const [found] = await db.select().from(vehicleCommands).where(eq(vehicleCommands.id, commandId));
  if (found === undefined) return null;
  const taken = found.type === 'immobilise' ? await takeStop(deps, found) : await take(db, commandId);
  return taken === null ? null : worded(deps, taken);
}

/**
 * The order to move that a unit was sent and has not answered, to be sent it again: it may not have been there. Of a stop nobody
 * says that twice, since it may be over for us by the time at which it arrives.
 */
export async function unansweredStart(
  deps: SendingDependencies,
  { trackerId, vehicleId }: { readonly trackerId: string; readonly vehicleId: string },
): Promise<TakenCommand | null> {
  const { trackerId: tracker, vehicleId: vehicle, type, state, issuedAt, expiresAt } = vehicleCommands;
  const wall = new Date();
  const [found] = await deps.db
    .select()
    .from(vehicleCommands)
    .where(
      and(
        and(eq(vehicle, vehicleId), eq(tracker, trackerId), eq(type, 'mobilise'), eq(state, 'sent')),
        and(lte(issuedAt, wall), gt(expiresAt, wall)),
      ),
    );
  return found === undefined ? null : worded(deps, found);
}

/** A command as its tracker reads it. */
async function worded({ db, encryption }: SendingDependencies, taken: CommandRow): Promise<TakenCommand | null> {
  const { id, type, trackerId } = taken;
  const [tracker] = await db.select().from(trackers).where(eq(trackers.id, trackerId));
  if (tracker === undefined || tracker.revokedAt !== null) return null;
  const said = { id, type, issuedAt: taken.issuedAt.toISOString(), expiresAt: taken.expiresAt.toISOString() };
  const password = encryption.decrypt(tracker.passwordEncrypted);
  const sign = (words: string) => createHmac('sha256', password).update(words).digest('base64url');
  const used = tracker.codeCount;
  const codes = type === 'immobilise' && used > 0 ? { codes: { used, mac: sign(codesText(id, used)) } } : {};
  const { kind, serial } = tracker;
  return { trackerId, kind, serial, command: { ...said, mac: sign(signedText(said)), ...codes } };
}

async function take(db: Queryable, commandId: string): Promise<CommandRow | null> {
  const wall = new Date();
  const { id, state, expiresAt } = vehicleCommands;
  const [taken] = await db
    .update(vehicleCommands)
    .set({ state: 'sent', sentAt: wall })
    .where(and(eq(id, commandId), eq(state, 'created'), gt(expiresAt, wall)))
    .returning();
  return taken ?? null;
}

/** Under the lock of lease and immobilisation, with everything read anew. */
function takeStop({ db, config }: SendingDependencies, { id, vehicleId }: CommandRow): Promise<CommandRow | null> {
  return onVehicle(db, system('telematics'), vehicleId, async (context, { lease, episode }) => {
    const [flying] = await flyingOf(context.tx, vehicleId);
    if (flying?.id !== id || flying.state !== 'created' || episode === null) return null;
    const facts = await gateFacts(context, config, { vehicleId, cause: episode.cause, episode }, lease);
    // The command that is under way is this one.
    const closed = closedGate({ ...facts, inFlight: false });
    if (closed === null) return take(context.tx, id);
    await callOff(context.tx, id, closed.code);
    await notifyImmobilisation(context.tx, vehicleId);
    return null;
  });
}

/** Commands that nobody has sent, oldest first; those to move before those to stop, which are sent under a lock. */
export function unsentCommands(db: Database): Promise<{ id: string; type: CommandType }[]> {
  const { id, type, state, expiresAt, issuedAt } = vehicleCommands;
  return db
    .select({ id, type })
    .from(vehicleCommands)
    .where(and(eq(state, 'created'), gt(expiresAt, new Date())))
    .orderBy(sql`${type} = 'immobilise'`, issuedAt)
    .limit(1_000);
}
