import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { identify } from '#use-cases/identity/identify';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import type { ApiEnvironment, Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';

/**
 * Reads the bearer token, if there is one. A token that is not good counts as none; whether one is needed
 * is said by the route (`authorise`).
 */
export function authenticate(deps: Pick<ApiDependencies, 'tokens' | 'db'>) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const [, token] = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (token !== undefined) c.set('identity', (await identify(deps, token)) ?? undefined);
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
  const { userId: id, role, sessionId } = identity;
  return { id, role, sessionId, actor: { id, role } };
}
