import { createHmac } from 'node:crypto';
import { and, eq, gt } from 'drizzle-orm';
import type { Database } from '#db/client';
import { trackers, vehicleCommands } from '#db/schema/index';
import { signedText, type CommandType } from '#domain/telematics/immobilisation/command';
import type { Encryption } from '#platform/encryption';

/** A command as the tracker reads it (contract, MQTT): times are ISO 8601 UTC. */
export interface SentCommand {
  readonly id: string;
  readonly type: CommandType;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly mac: string;
}

/**
 * Takes a command to send it: from now on nobody else does, and one that is over meanwhile is not sent. What dies between
 * this and the sending is never sent, runs out, and is followed by another: better than a stop that comes later.
 *
 * @returns null where there is none to send.
 */
export async function takeCommand(
  { db, encryption }: { readonly db: Database; readonly encryption: Encryption },
  commandId: string,
): Promise<{ readonly trackerId: string; readonly command: SentCommand } | null> {
  const wall = new Date();
  const [taken] = await db
    .update(vehicleCommands)
    .set({ state: 'sent', sentAt: wall })
    .where(
      and(eq(vehicleCommands.id, commandId), eq(vehicleCommands.state, 'created'), gt(vehicleCommands.expiresAt, wall)),
    )
    .returning();
  if (taken === undefined) return null;
  const { id, type, trackerId } = taken;
  const [tracker] = await db.select().from(trackers).where(eq(trackers.id, trackerId));
  if (tracker === undefined || tracker.revokedAt !== null) return null;
  const said = { id, type, issuedAt: taken.issuedAt.toISOString(), expiresAt: taken.expiresAt.toISOString() };
  const mac = createHmac('sha256', encryption.decrypt(tracker.passwordEncrypted)).update(signedText(said));
  return { trackerId, command: { ...said, mac: mac.digest('base64url') } };
}

/** Commands that nobody has sent, oldest first. */
export function unsentCommands(db: Database): Promise<{ id: string; trackerId: string }[]> {
  const { id, trackerId, state, expiresAt, issuedAt } = vehicleCommands;
  return db
    .select({ id, trackerId })
    .from(vehicleCommands)
    .where(and(eq(state, 'created'), gt(expiresAt, new Date())))
    .orderBy(issuedAt)
    .limit(1_000);
}
