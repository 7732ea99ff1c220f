import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { notifications, pins } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Urgency } from '#domain/notifications/delivery';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import { lockCodes, makeCode, queueCode } from './code.ts';
import { takeCode } from './take-code.ts';

/** What is to be woken after the commit. */
interface Queued {
  readonly id: string;
  readonly urgency: Urgency;
}

/** Milliseconds for which the code that took a PIN away does so again: phones lose answers. */
const AGAIN_MS = 300_000;

/**
 * Takes a customer's PIN away, and with it how often it was guessed wrong. He chooses another one before he next signs. He
 * is told by SMS whatever he prefers, since it may not be he who wanted it.
 *
 * @returns null where he has none: nothing happens
 */
export async function resetPin(context: Context, encryption: Encryption, userId: string): Promise<Queued | null> {
  const { tx, at } = context;
  const user = await holdPerson(tx, userId);
  const [gone] = await tx.delete(pins).where(eq(pins.userId, userId)).returning({ setAt: pins.setAt });
  if (user === null || gone === undefined) return null;
  await record(context, { type: 'user.pin_reset', subject: userId });
  return queueNotification(tx, encryption, {
    key: `pin-reset-${randomUUID()}`,
    to: user,
    leaseId: null,
    notice: { template: 'pin_reset' },
    urgency: 'answer',
    isLegal: true,
    askedAt: at,
    answersAt: at,
  });
}

/**
 * Sends a code by which a customer who has forgotten his PIN chooses another, once a key: of two codes the first is good for
 * nothing.
 *
 * @throws TooManyRequests as `makeCode`; Problem not_found of whoever was erased
 */
export async function sendPinCode(
  context: Context,
  encryption: Encryption,
  { userId, phoneHash, key }: { readonly userId: string; readonly phoneHash: string; readonly key: string },
): Promise<Queued> {
  const { tx } = context;
  const its = `pin_code-${key}`;
  await lockCodes(tx, phoneHash);
  const [sent] = await tx.select({ id: notifications.id }).from(notifications).where(eq(notifications.key, its));
  if (sent !== undefined) return { id: sent.id, urgency: 'now' };
  const code = await makeCode(context, encryption, phoneHash, 'pin');
  await record(context, { type: 'user.pin_code_sent', subject: userId });
  const id = await queueCode(context, encryption, { to: userId, template: 'pin_code', code, key: its });
  if (id === null) throw new Problem('not_found');
  return { id, urgency: 'now' };
}

/** Takes the PIN away for the right code. A wrong try counts, so the caller commits a refusal like a success. */
export async function resetPinByCode(
  context: Context,
  encryption: Encryption,
  { userId, phoneHash, code }: { readonly userId: string; readonly phoneHash: string; readonly code: string },
): Promise<{ readonly isRight: boolean; readonly queued: Queued | null }> {
  const given = { phoneHash, code, purpose: 'pin', againWithinMs: AGAIN_MS } as const;
  const isRight = await takeCode(context, encryption, given);
  return { isRight, queued: isRight ? await resetPin(context, encryption, userId) : null };
}
