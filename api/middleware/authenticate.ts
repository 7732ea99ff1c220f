import { and, eq, isNull } from 'drizzle-orm';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { sessions, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import type { ApiEnvironment, Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';

/**
 * Reads the bearer token, if there is one. A token whose session was revoked or whose user is disabled
 * counts as none. Routes decide whether they need one (`authorise`).
 */
export function authenticate({ tokens, db }: Pick<ApiDependencies, 'tokens' | 'db'>) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const [, token] = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const identity = token === undefined ? null : await tokens.verify(token);
    if (identity !== null) {
      const [live] = await db
        .select({ role: users.role })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(sessions.id, identity.sessionId), eq(users.id, identity.userId), isNull(sessions.revokedAt), isNull(users.disabledAt), isNull(users.erasedAt)));
      if (live !== undefined) c.set('identity', { ...identity, role: live.role });
    }
    await next();
  });
}

/** Lets only these roles on: 401 without a token, 403 with the wrong role, before anything else is looked at. */
export function authorise(...roles: readonly Role[]) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const { role } = callerOf(c);
    if (!roles.includes(role)) throw new Problem('forbidden');
    await next();
  });
}

/** @throws Problem unauthenticated */
export function callerOf(c: Context<ApiEnvironment>): Caller {
  const identity = c.get('identity');
  if (identity === undefined) throw new Problem('unauthenticated');
  const { userId: id, role } = identity;
  return { id, role, actor: { id, role } };
}
