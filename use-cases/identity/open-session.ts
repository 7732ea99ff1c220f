import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { UserRow } from '#db/queries/identity';
import { refreshTokens, sessions } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { holdPerson } from '../hold-person.ts';

/** Days from a login to the next: refreshing does not make a session longer. */
const SESSION_DAYS = 30;

export interface Login {
  readonly user: UserRow;
  readonly sessionId: string;
  /** Good once. */
  readonly refreshToken: string;
}

/**
 * Begins a session for whoever has shown that he is a user.
 *
 * @param known the user as he was read when he showed it
 * @returns null where he is shut out, or what he showed is not his any more, meanwhile
 */
export async function openSession(context: Context, encryption: Encryption, known: UserRow): Promise<Login | null> {
  const { tx, at } = context;
  const user = await holdPerson(tx, known.id);
  if (user === null || user.disabledAt !== null || !hasSameKeys(user, known)) return null;
  const sessionId = uuidv7();
  await tx.insert(sessions).values({
    id: sessionId,
    userId: user.id,
    createdAt: at,
    expiresAt: new Date(at.getTime() + SESSION_DAYS * 86_400_000),
  });
  await record(context, { type: 'session.opened', subject: user.id, detail: { sessionId } });
  return { user, sessionId, refreshToken: await issueRefreshToken(context, encryption, sessionId) };
}

/** Whether what somebody logs in by is what it was. */
const hasSameKeys = (user: UserRow, known: UserRow) =>
  user.phoneHash === known.phoneHash && user.email === known.email && user.passwordHash === known.passwordHash;

/** Only a keyed hash of the token is kept. */
export async function issueRefreshToken(
  { tx, at }: Context,
  encryption: Encryption,
  sessionId: string,
): Promise<string> {
  const refreshToken = randomBytes(32).toString('base64url');
  await tx
    .insert(refreshTokens)
    .values({ tokenHash: encryption.hash('refresh', refreshToken), sessionId, createdAt: at });
  return refreshToken;
}
