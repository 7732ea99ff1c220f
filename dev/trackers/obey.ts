import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { commandTypes, signedText, type CommandType } from '#domain/telematics/immobilisation/command';

const command = z.looseObject({
  id: z.string(),
  type: z.enum(commandTypes),
  issuedAt: z.string(),
  expiresAt: z.string(),
  mac: z.string(),
});

/** A command as a unit takes it, and why it does not obey. */
export interface ReadCommand {
  readonly id: string;
  readonly type: CommandType;
  readonly refused: 'mac' | 'expired' | null;
}

/** Reads a command as a real unit does: one with another MAC, or whose time is over, is not obeyed. @returns null for what is none. */
export function readCommand(payload: Buffer, password: string): ReadCommand | null {
  const said = command.safeParse(parsed(payload));
  if (!said.success) return null;
  const { id, type, mac, expiresAt } = said.data;
  const expected = createHmac('sha256', password).update(signedText(said.data)).digest();
  const given = Buffer.from(mac, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { id, type, refused: 'mac' };
  return { id, type, refused: Date.parse(expiresAt) < Date.now() ? 'expired' : null };
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
