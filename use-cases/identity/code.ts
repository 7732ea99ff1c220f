import { randomInt } from 'node:crypto';
import { and, desc, eq, gt, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Transaction } from '#db/client';
import { otpCodes } from '#db/schema/index';
import { TooManyRequests } from '#domain/errors';
import type { CodeKind } from '#domain/notifications/sayings';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import { queueNotification } from '../notifications/queue-notification.ts';

/** Seconds a code lives. */
export const CODE_SECONDS = 300;
const SENDS_PER_HOUR = 5;
const HOUR = 3_600_000;

/** What a code is good for: to log in and to prove who asks, to choose another PIN, or to sign the terms of one hash. */
export type Purpose = 'login' | 'pin' | `sign:${string}`;

/** What a code is kept as: its hash is bound to the phone, and to what it is good for. */
export const codeHash = (encryption: Pick<Encryption, 'hash'>, phoneHash: string, code: string, purpose: string) =>
  encryption.hash('otp', purpose === 'login' ? `${phoneHash}:${code}` : `${phoneHash}:${purpose}:${code}`);

/** Those who ask for a code for one phone take turns. */
export const lockCodes = (tx: Transaction, phoneHash: string) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${phoneHash}, 0))`);

/**
 * Stores a fresh six-digit code for a phone, known or not. Only the newest code of a phone is good.
 *
 * @throws TooManyRequests after five codes in an hour.
 */
export async function makeCode(
  { tx, at }: Context,
  encryption: Encryption,
  phoneHash: string,
  purpose: Purpose = 'login',
): Promise<string> {
  // Requests for one phone take turns, or two at once would both find the fifth send free.
  await lockCodes(tx, phoneHash);
  const recent = await tx
    .select({ createdAt: otpCodes.createdAt })
    .from(otpCodes)
    .where(and(eq(otpCodes.phoneHash, phoneHash), gt(otpCodes.createdAt, new Date(at.getTime() - HOUR))))
    .orderBy(desc(otpCodes.createdAt))
    .limit(SENDS_PER_HOUR);
  const oldest = recent[SENDS_PER_HOUR - 1];
  if (oldest !== undefined) {
    const seconds = Math.max(1, Math.ceil((oldest.createdAt.getTime() + HOUR - at.getTime()) / 1000));
    throw new TooManyRequests('Too many codes were asked for; Retry-After says when the next one can be', seconds);
  }
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  await tx.insert(otpCodes).values({
    id: uuidv7(),
    phoneHash,
    codeHash: codeHash(encryption, phoneHash, code, purpose),
    purpose,
    createdAt: at,
    expiresAt: new Date(at.getTime() + CODE_SECONDS * 1000),
  });
  return code;
}

/**
 * Puts a login code on its way, once the transaction is in (`deliverCode`). The record that people read has it without
 * its digits: whoever reads messages later must not log in with them.
 *
 * @returns the id of the notification; null for whoever was erased
 */
export async function queueCode(
  { tx, at }: Context,
  encryption: Encryption,
  of: { readonly to: string; readonly template: CodeKind; readonly code: string; readonly key?: string },
): Promise<string | null> {
  const { to, template, code, key = `${template}-${uuidv7()}` } = of;
  const user = await holdPerson(tx, to);
  if (user === null) return null;
  const { id } = await queueNotification(tx, encryption, {
    key,
    to: user,
    leaseId: null,
    notice: { template, code },
    urgency: 'now',
    isLegal: false,
    askedAt: at,
    answersAt: at,
    expiresAt: new Date(at.getTime() + CODE_SECONDS * 1000),
    secret: code,
  });
  return id;
}
