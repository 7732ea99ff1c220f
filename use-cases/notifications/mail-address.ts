import { randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { mailAddresses } from '#db/schema/index';
import { TooManyRequests } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { MailProvider } from '#providers/email/provider';
import { record, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { lockAddressee } from './facts.ts';

/** Milliseconds for which a code is good. */
const GOOD_FOR = 15 * 60_000;
const HOUR = 3_600_000;
const CODES_AN_HOUR = 5;
const WRONG_TRIES = 5;

interface MailCode {
  readonly to: string;
  readonly code: string;
}

const hashOf = (encryption: Encryption, userId: string, code: string) =>
  encryption.hash('mail-code', `${userId}:${code}`);

/** The address that a customer has confirmed; null for none. */
export async function mailAddressOf(db: Queryable, encryption: Encryption, userId: string): Promise<string | null> {
  const [row] = await db.select().from(mailAddresses).where(eq(mailAddresses.userId, userId));
  return row === undefined || row.addressEncrypted === null ? null : encryption.decrypt(row.addressEncrypted);
}

/**
 * A customer says which e-mail address he has, or none. What he had before stays until the new one is confirmed.
 *
 * @returns the code to send there after the commit; null where he has none
 * @throws TooManyRequests after five codes in an hour; Problem not_found of whoever was erased
 */
export async function wantMailAddress(
  context: Context,
  encryption: Encryption,
  address: string | null,
): Promise<MailCode | null> {
  const { tx, at, actor } = context;
  const userId = actor.id;
  await requirePerson(tx, userId);
  await lockAddressee(tx, userId);
  await record(context, { type: address === null ? 'user.mail_removed' : 'user.mail_wanted', subject: userId });
  if (address === null) {
    // What was counted stays, or he could begin anew with it.
    const nothing = {
      addressEncrypted: null,
      bouncedAt: null,
      wantedEncrypted: null,
      codeHash: null,
      codeExpiresAt: null,
    };
    await tx.update(mailAddresses).set(nothing).where(eq(mailAddresses.userId, userId));
    return null;
  }
  const [before] = await tx.select().from(mailAddresses).where(eq(mailAddresses.userId, userId));
  const from = before?.countedFrom ?? at;
  const isFresh = at.getTime() - from.getTime() >= HOUR;
  const sent = isFresh ? 0 : (before?.codesSent ?? 0);
  if (sent >= CODES_AN_HOUR) {
    const seconds = Math.ceil((from.getTime() + HOUR - at.getTime()) / 1_000);
    throw new TooManyRequests('Too many codes were asked for; Retry-After says when the next one can be', seconds);
  }
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const wanted = {
    wantedEncrypted: encryption.encrypt(address),
    codeHash: hashOf(encryption, userId, code),
    codeExpiresAt: new Date(at.getTime() + GOOD_FOR),
    wrongTries: 0,
    codesSent: sent + 1,
    countedFrom: isFresh ? at : from,
  };
  await tx
    .insert(mailAddresses)
    .values({ userId, ...wanted })
    .onConflictDoUpdate({ target: mailAddresses.userId, set: wanted });
  return { to: address, code };
}

/**
 * Takes the code that was sent to an address: from now on he is reached there. A wrong try counts, so the caller commits
 * a refusal like a success.
 *
 * @returns false for a code that is wrong, used, too old or guessed at too often
 */
export async function confirmMailAddress(context: Context, encryption: Encryption, code: string): Promise<boolean> {
  const { tx, at, actor } = context;
  const userId = actor.id;
  const isTheirs = eq(mailAddresses.userId, userId);
  const [row] = await tx.select().from(mailAddresses).where(isTheirs).for('update');
  if (row === undefined || row.codeHash === null || row.wantedEncrypted === null) return false;
  if (row.wrongTries >= WRONG_TRIES || row.codeExpiresAt === null || row.codeExpiresAt <= at) return false;
  if (!timingSafeEqual(Buffer.from(hashOf(encryption, userId, code)), Buffer.from(row.codeHash))) {
    await tx
      .update(mailAddresses)
      .set({ wrongTries: row.wrongTries + 1 })
      .where(isTheirs);
    return false;
  }
  const confirmed = { addressEncrypted: row.wantedEncrypted, bouncedAt: null };
  const spent = { wantedEncrypted: null, codeHash: null, codeExpiresAt: null, wrongTries: 0 };
  await tx
    .update(mailAddresses)
    .set({ ...confirmed, ...spent })
    .where(isTheirs);
  await record(context, { type: 'user.mail_confirmed', subject: userId });
  return true;
}

/** Sends a code to an address that is not confirmed yet. It never throws: whoever waits for it asks for another one. */
export async function sendMailCode(
  { mails, log }: { readonly mails: MailProvider | null; readonly log: Logger },
  { to, code }: MailCode,
): Promise<void> {
  try {
    const body = `${code} confirms your e-mail address. It is valid for 15 minutes. If you did not ask for it, do nothing.\n`;
    await mails?.send({ to, subject: 'Confirm your e-mail address', body, id: randomUUID() });
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, 'a code for an e-mail address was not sent');
  }
}
