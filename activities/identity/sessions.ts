import { randomBytes } from 'node:crypto';
import { and, desc, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { otpCodes, refreshTokens, sessions, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import { transact, type Context } from '../context.ts';
import { system } from '#domain/identity/roles';
import { verifyPassword } from './password.ts';

/** Days a session lives without being used: each refresh renews nothing but the access token. */
const SESSION_DAYS = 30;
const WRONG_TRIES = 5;

export type UserRow = typeof users.$inferSelect;

export interface Login {
  readonly user: UserRow;
  readonly sessionId: string;
  readonly refreshToken: string;
}

interface LoginDependencies {
  readonly db: Database;
  readonly encryption: Encryption;
}

const actor = system('login');
const wrong = (detail: string) => new Problem('wrong_credentials', detail);

/**
 * Logs a customer in by the newest code that was sent. A wrong try counts even though it is refused, so
 * it commits by itself.
 *
 * @throws Problem wrong_credentials
 */
export async function loginWithCode({ db, encryption }: LoginDependencies, phone: string, code: string): Promise<Login> {
  const phoneHash = encryption.hash('phone', phone);
  const result = await transact(db, actor, new Date(), async (context) => {
    const { tx, at } = context;
    const [newest] = await tx.select().from(otpCodes).where(eq(otpCodes.phoneHash, phoneHash)).orderBy(desc(otpCodes.createdAt)).limit(1).for('update');
    if (newest === undefined || newest.consumedAt !== null || newest.expiresAt <= at || newest.wrongTries >= WRONG_TRIES) return null;
    if (newest.codeHash !== encryption.hash('otp', `${phoneHash}:${code}`)) {
      await tx.update(otpCodes).set({ wrongTries: newest.wrongTries + 1 }).where(eq(otpCodes.id, newest.id));
      return null;
    }
    await tx.update(otpCodes).set({ consumedAt: at }).where(eq(otpCodes.id, newest.id));
    const [user] = await tx.select().from(users).where(and(eq(users.phoneHash, phoneHash), isNull(users.disabledAt)));
    return user === undefined ? null : openSession(context, encryption, user);
  });
  if (result === null) throw wrong('The code is wrong or no longer valid');
  return result;
}

/** @throws Problem wrong_credentials */
export async function loginWithPassword({ db, encryption }: LoginDependencies, email: string, password: string): Promise<Login> {
  const [user] = await db.select().from(users).where(eq(users.email, email.toLowerCase()));
  const fits = await verifyPassword(password, user?.passwordHash ?? null);
  if (user === undefined || !fits || user.disabledAt !== null) throw wrong('The e-mail or password is wrong');
  return transact(db, actor, new Date(), (context) => openSession(context, encryption, user));
}

/**
 * Gives a new refresh token for an old one. A token that was used before is in the wrong hands by now:
 * the whole session ends.
 *
 * @throws Problem wrong_credentials
 */
export async function refreshSession({ db, encryption }: LoginDependencies, refreshToken: string): Promise<Login> {
  const tokenHash = encryption.hash('refresh', refreshToken);
  const result = await transact(db, actor, new Date(), async ({ tx, at }) => {
    const [found] = await tx
      .select({ token: refreshTokens, session: sessions, user: users })
      .from(refreshTokens)
      .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(eq(refreshTokens.tokenHash, tokenHash))
      .for('update');
    if (found === undefined || found.session.revokedAt !== null || found.session.expiresAt <= at || found.user.disabledAt !== null) return null;
    if (found.token.usedAt !== null) {
      await tx.update(sessions).set({ revokedAt: at }).where(eq(sessions.id, found.session.id));
      return null;
    }
    await tx.update(refreshTokens).set({ usedAt: at }).where(eq(refreshTokens.tokenHash, tokenHash));
    return { user: found.user, sessionId: found.session.id, refreshToken: await issueRefreshToken({ tx, at }, encryption, found.session.id) };
  });
  if (result === null) throw wrong('The refresh token is not valid');
  return result;
}

/** Ends a session; its access tokens are refused from now on. */
export async function logout({ db }: Pick<LoginDependencies, 'db'>, sessionId: string): Promise<void> {
  await db.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.id, sessionId));
}

async function openSession({ tx, at }: Context, encryption: Encryption, user: UserRow): Promise<Login> {
  const sessionId = uuidv7();
  await tx.insert(sessions).values({ id: sessionId, userId: user.id, createdAt: at, expiresAt: new Date(at.getTime() + SESSION_DAYS * 86_400_000) });
  return { user, sessionId, refreshToken: await issueRefreshToken({ tx, at }, encryption, sessionId) };
}

async function issueRefreshToken({ tx, at }: Pick<Context, 'tx' | 'at'>, encryption: Encryption, sessionId: string): Promise<string> {
  const refreshToken = randomBytes(32).toString('base64url');
  await tx.insert(refreshTokens).values({ tokenHash: encryption.hash('refresh', refreshToken), sessionId, createdAt: at });
  return refreshToken;
}
