import { and, eq, gt, inArray } from 'drizzle-orm';
import { otpCodes, users } from '#db/schema/index';
import { codesIn, withoutCodesOf } from '#domain/identity/codes-in';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { codeHash } from './code.ts';
import { WRONG_TRIES } from './take-code.ts';

/** Milliseconds for which a code that was texted is known: longer than it is good for anything. */
const KNOWN = 3_600_000;

/** What somebody wrote, as people may read it. */
interface Readable {
  readonly text: string;
  readonly isHidden: boolean;
}

/**
 * What somebody wrote to us, without the codes that were texted to his phone: with them whoever reads it would log in as
 * him. Those that he has written are good for nothing from now on, also where they were taken before and would be again.
 */
export async function hideCodes(
  context: Context,
  encryption: Pick<Encryption, 'hash'>,
  { phoneHash, text }: { readonly phoneHash: string; readonly text: string },
): Promise<Readable> {
  const { tx, at } = context;
  const written = codesIn(text);
  const isKnown = and(eq(otpCodes.phoneHash, phoneHash), gt(otpCodes.createdAt, new Date(at.getTime() - KNOWN)));
  const known =
    written.length === 0 ? [] : await tx.selectDistinct({ purpose: otpCodes.purpose }).from(otpCodes).where(isKnown);
  const candidates = new Map(
    written.flatMap((code) =>
      known.map(({ purpose }) => [codeHash(encryption, phoneHash, code, purpose), code] as const),
    ),
  );
  const isOurs = and(isKnown, inArray(otpCodes.codeHash, [...candidates.keys()]));
  const ended = { wrongTries: WRONG_TRIES, expiresAt: at };
  const spent = candidates.size === 0 ? [] : await tx.update(otpCodes).set(ended).where(isOurs).returning();
  const [user] = spent.length === 0 ? [] : await userOf(context, phoneHash);
  if (user !== undefined)
    await record(context, { type: 'user.code_given_away', subject: user.id, detail: { codes: spent.length } });
  const ours = new Set(spent.flatMap((row) => candidates.get(row.codeHash) ?? []));
  const clear = withoutCodesOf(text, ours);
  return { text: clear, isHidden: clear !== text };
}

/** The same, of what a user writes who is logged in. */
export async function hideOwnCodes(
  context: Context,
  encryption: Pick<Encryption, 'hash'>,
  { userId, text }: { readonly userId: string; readonly text: string },
): Promise<Readable> {
  const [user] = await context.tx.select({ phoneHash: users.phoneHash }).from(users).where(eq(users.id, userId));
  return hideCodes(context, encryption, { phoneHash: user?.phoneHash ?? '', text });
}

const userOf = ({ tx }: Context, phoneHash: string) =>
  tx.select({ id: users.id }).from(users).where(eq(users.phoneHash, phoneHash));
