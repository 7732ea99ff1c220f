import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { pins } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { hashPassword, verifyPassword } from './password.ts';

/** A PIN may be guessed wrong so many times, and is locked for so many hours then. */
const WRONG_TRIES = 5;
const LOCK_HOURS = 24;

/**
 * A hash of four digits alone is tried out in a minute: what is hashed slowly is their hash with a key that is not in
 * the database.
 */
const keyed = (encryption: Encryption, owner: string, pin: string) => encryption.hash('pin', `${owner}:${pin}`);

/** What a PIN is kept as. @param owner the keyed hash of his phone: who registers has nothing else yet */
export const hashPin = (encryption: Encryption, owner: string, pin: string): Promise<string> =>
  hashPassword(keyed(encryption, owner, pin));

export const isPinOf = (encryption: Encryption, owner: string, pin: string, hash: string): Promise<boolean> =>
  verifyPassword(keyed(encryption, owner, pin), hash);

/** A customer's PIN, in the place of one before. @throws Problem not_found of whoever was erased */
export async function setPin(context: Context, userId: string, hash: string): Promise<void> {
  const { tx, at } = context;
  await requirePerson(tx, userId);
  const fresh = { hash, setAt: at, wrongTries: 0, lastTry: null, lockedUntil: null };
  await tx
    .insert(pins)
    .values({ userId, ...fresh })
    .onConflictDoUpdate({ target: pins.userId, set: fresh });
  await record(context, { type: 'user.pin_set', subject: userId });
}

export async function hasPin(db: Queryable, userId: string): Promise<boolean> {
  const [row] = await db.select({ setAt: pins.setAt }).from(pins).where(eq(pins.userId, userId));
  return row !== undefined;
}

interface Try {
  readonly userId: string;
  readonly owner: string;
  readonly pin: string;
  /** The same try again counts once. */
  readonly key: string;
  /** What it is entered for; on the timeline of the lease, where it is about one. */
  readonly of: string;
  readonly leaseId?: string;
}

/**
 * Whether a PIN is right. A wrong try counts, so the caller commits a refusal like a success; after the fifth none is
 * right for a day.
 */
export async function checkPin(
  context: Context,
  encryption: Encryption,
  { userId, owner, pin, key, of, leaseId }: Try,
): Promise<'right' | 'wrong' | 'locked' | 'none'> {
  const { tx, at } = context;
  const [row] = await tx.select().from(pins).where(eq(pins.userId, userId)).for('update');
  if (row === undefined) return 'none';
  if (row.lockedUntil !== null && row.lockedUntil > at) return 'locked';
  if (await isPinOf(encryption, owner, pin, row.hash)) {
    await tx.update(pins).set({ wrongTries: 0, lockedUntil: null }).where(eq(pins.userId, userId));
    await record(context, {
      key: `pin:${userId}:${key}`,
      type: 'user.pin_entered',
      subject: userId,
      leaseId: leaseId ?? null,
      detail: { of },
    });
    return 'right';
  }
  if (row.lastTry === key) return 'wrong';
  // One that was locked begins anew.
  const wrongTries = (row.lockedUntil === null ? row.wrongTries : 0) + 1;
  const isLocked = wrongTries >= WRONG_TRIES;
  const lockedUntil = isLocked ? new Date(at.getTime() + LOCK_HOURS * 3_600_000) : null;
  await tx.update(pins).set({ wrongTries, lastTry: key, lockedUntil }).where(eq(pins.userId, userId));
  if (isLocked) await record(context, { type: 'user.pin_locked', subject: userId, detail: { hours: LOCK_HOURS } });
  return isLocked ? 'locked' : 'wrong';
}
