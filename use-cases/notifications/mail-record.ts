import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { mailAddresses } from '#db/schema/index';
import type { Urgency } from '#domain/notifications/delivery';
import type { MailChange } from '#domain/notifications/sayings';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { lockAddressee } from './facts.ts';
import { queueNotification } from './queue-notification.ts';

/** Milliseconds for which a code is good. */
export const GOOD_FOR = 15 * 60_000;
/** Milliseconds after its last code for which an address waits to be confirmed; then it is forgotten. */
export const WISH_LASTS = 24 * 3_600_000;

export type MailRow = typeof mailAddresses.$inferSelect;

/** What is to be woken after the commit. */
export interface Queued {
  readonly id: string;
  readonly urgency: Urgency;
}

/** The e-mail addresses of a customer: what he has confirmed, and what waits for his code. */
interface OwnMail {
  readonly address: string | null;
  readonly pending: { readonly address: string; readonly codeExpiresAt: Date; readonly expiresAt: Date } | null;
}

export async function ownMailOf(db: Queryable, encryption: Encryption, userId: string, at: Date): Promise<OwnMail> {
  const [row] = await db.select().from(mailAddresses).where(eq(mailAddresses.userId, userId));
  const wish = wishOf(row, at);
  const address = row?.addressEncrypted ?? null;
  return {
    address: address === null ? null : encryption.decrypt(address),
    pending: wish && { ...wish, address: encryption.decrypt(wish.encrypted) },
  };
}

/** What a customer wants that he has not confirmed, while that lasts. */
export function wishOf(row: MailRow | undefined, at: Date) {
  if (row === undefined || row.wantedEncrypted === null || row.codeExpiresAt === null) return null;
  const codeExpiresAt = row.codeExpiresAt;
  const expiresAt = new Date(codeExpiresAt.getTime() - GOOD_FOR + WISH_LASTS);
  return expiresAt <= at ? null : { encrypted: row.wantedEncrypted, codeExpiresAt, expiresAt };
}

export const hashOf = (encryption: Encryption, userId: string, code: string) =>
  encryption.hash('mail-code', `${userId}:${code}`);

export const nothingWanted = { wantedEncrypted: null, codeHash: null, codeExpiresAt: null, wrongTries: 0 } as const;

/** His addresses, for himself alone until the transaction ends. @throws Problem not_found of whoever was erased */
export async function lockMail({ tx, actor }: Context): Promise<MailRow | undefined> {
  await requirePerson(tx, actor.id);
  await lockAddressee(tx, actor.id);
  const [row] = await tx.select().from(mailAddresses).where(eq(mailAddresses.userId, actor.id)).for('update');
  return row;
}

/** Whoever reads the address before hears of it there: it may not be he who wanted that. */
export async function tellFormer(
  { tx, at, actor }: Context,
  encryption: Encryption,
  before: MailRow | undefined,
  change: MailChange,
): Promise<Queued | null> {
  if (before === undefined || before.addressEncrypted === null || before.bouncedAt !== null) return null;
  const former = encryption.decrypt(before.addressEncrypted);
  return queueNotification(tx, encryption, {
    key: `mail-${change}-${randomUUID()}`,
    to: await requirePerson(tx, actor.id),
    leaseId: null,
    notice: { template: 'mail_changed', change, former },
    urgency: 'now',
    isLegal: false,
    askedAt: at,
    answersAt: at,
  });
}
