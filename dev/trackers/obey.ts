import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { codesText, commandTypes, signedText, type CommandType } from '#domain/telematics/immobilisation/command';

const command = z.looseObject({
  id: z.string(),
  type: z.enum(commandTypes),
  issuedAt: z.string(),
  expiresAt: z.string(),
  mac: z.string(),
  codes: z.object({ used: z.int().positive(), mac: z.string() }).optional(),
});

/** A command as a unit takes it, and why it does not obey. */
interface ReadCommand {
  readonly id: string;
  readonly type: CommandType;
  readonly refused: 'mac' | 'expired' | null;
  /** Up to this count its restart codes are over; 0 where it is not said, or with another MAC. */
  readonly codesUsed: number;
}

/** Reads a command as a real unit does: one with another MAC, or whose time is over, is not obeyed. @returns null for what is none. */
export function readCommand(payload: Buffer, password: string): ReadCommand | null {
  const said = command.safeParse(parsed(payload));
  if (!said.success) return null;
  const { id, type, mac, expiresAt, codes } = said.data;
  const isOurs = (words: string, given: string) => isMacOf(password, words, given);
  const codesUsed = codes !== undefined && isOurs(codesText(id, codes.used), codes.mac) ? codes.used : 0;
  if (!isOurs(signedText(said.data), mac)) return { id, type, refused: 'mac', codesUsed: 0 };
  return { id, type, refused: Date.parse(expiresAt) < Date.now() ? 'expired' : null, codesUsed };
}

function isMacOf(password: string, words: string, mac: string): boolean {
  const expected = createHmac('sha256', password).update(words).digest();
  const given = Buffer.from(mac, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
