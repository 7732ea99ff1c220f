import { randomInt, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { mailAddresses } from '#db/schema/index';
import { Problem, TooManyRequests } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { MailProvider } from '#providers/email/provider';
import { record, type Context } from '../context.ts';
import {
  GOOD_FOR,
  hashOf,
  lockMail,
  nothingWanted,
  tellFormer,
  wishOf,
  type MailRow,
  type Queued,
} from './mail-record.ts';

const HOUR = 3_600_000;
const CODES_AN_HOUR = 5;

interface MailCode {
  readonly to: string;
  readonly code: string;
}

/** What is done after the commit: a code is sent, and a notification is woken. */
interface MailNews {
  readonly code: MailCode | null;
  readonly told: Queued | null;
}

/**
 * A customer says which e-mail address he has, or none. What he had before stays until the new one is confirmed, and hears that
 * another is wanted. What he has confirmed is what he has: nothing else waits then.
 *
 * @throws TooManyRequests after five codes in an hour; Problem not_found of whoever was erased
 */
export async function wantMailAddress(
  context: Context,
  encryption: Encryption,
  address: string | null,
): Promise<MailNews> {
  const { tx, actor } = context;
  const before = await lockMail(context);
  const has = before?.addressEncrypted ?? null;
  if (address === null) {
    await record(context, { type: 'user.mail_removed', subject: actor.id });
    // What was counted stays, or he could begin anew with it.
    await tx
      .update(mailAddresses)
      .set({ addressEncrypted: null, bouncedAt: null, ...nothingWanted })
      .where(eq(mailAddresses.userId, actor.id));
    return { code: null, told: await tellFormer(context, encryption, before, 'removed') };
  }
  if (has !== null && before?.bouncedAt === null && encryption.decrypt(has) === address) {
    await cancelMailAddress(context);
    return { code: null, told: null };
  }
  await record(context, { type: 'user.mail_wanted', subject: actor.id });
  const code = await makeMailCode(context, encryption, before, address);
  return { code, told: await tellFormer(context, encryption, before, 'wanted') };
}

/** Another code for the address that waits: the one before is good for nothing. @throws TooManyRequests; Problem invalid_state where none waits */
export async function sendMailCodeAgain(context: Context, encryption: Encryption): Promise<MailCode> {
  const before = await lockMail(context);
  const wish = wishOf(before, context.at);
  if (wish === null) throw new Problem('invalid_state', 'no e-mail address waits to be confirmed');
  await record(context, { type: 'user.mail_code_sent', subject: context.actor.id });
  return makeMailCode(context, encryption, before, encryption.decrypt(wish.encrypted));
}

/** He wants no other address than the one that he has. Repeated, it changes nothing. */
export async function cancelMailAddress(context: Context): Promise<void> {
  const { tx, actor } = context;
  const before = await lockMail(context);
  if (before === undefined || before.wantedEncrypted === null) return;
  await tx.update(mailAddresses).set(nothingWanted).where(eq(mailAddresses.userId, actor.id));
  await record(context, { type: 'user.mail_cancelled', subject: actor.id });
}

async function makeMailCode(
  { tx, at, actor }: Context,
  encryption: Encryption,
  before: MailRow | undefined,
  address: string,
): Promise<MailCode> {
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
    codeHash: hashOf(encryption, actor.id, code),
    codeExpiresAt: new Date(at.getTime() + GOOD_FOR),
    wrongTries: 0,
    codesSent: sent + 1,
    countedFrom: isFresh ? at : from,
  };
  await tx
    .insert(mailAddresses)
    .values({ userId: actor.id, ...wanted })
    .onConflictDoUpdate({ target: mailAddresses.userId, set: wanted });
  return { to: address, code };
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
