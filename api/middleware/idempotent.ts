import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { createMiddleware } from 'hono/factory';
import { idempotencyKeys } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from './authenticate.ts';
import { answerProblem, problemOf } from './problem.ts';

const KEPT_MS = 24 * 3_600_000;
/** A first request that has not answered by then has died: the next one takes over. */
const LOCK_MS = 60_000;
const acceptable = /^[\u0021-\u007e]{1,200}$/;

/**
 * The first answer to a POST is the answer to all that carry its Idempotency-Key, for 24 hours. Keys are
 * scoped to the user and the route's path. A failure of ours (5xx) is not kept.
 */
export function idempotent({ db, encryption }: Pick<ApiDependencies, 'db' | 'encryption'>, need: 'required' | 'optional') {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined) {
      if (need === 'required') throw new Problem('idempotency_key_required');
      return next();
    }
    if (!acceptable.test(key)) {
      throw new Problem('invalid_input', 'The input is wrong', [{ path: 'Idempotency-Key', message: 'must be 1 to 200 visible ASCII characters' }]);
    }
    c.set('idempotencyKey', key);
    const scope = { userId: callerOf(c).id, route: `${c.req.method} ${c.req.path}`, key };
    const bodyHash = createHash('sha256').update(await c.req.text()).digest('base64url');
    const first = await claim(db, { ...scope, bodyHash });
    if (first !== null) {
      if (first.bodyHash !== bodyHash) throw new Problem('idempotency_key_reused');
      if (first.status === null || first.response === null) throw new Problem('request_in_progress');
      const { status, response } = first;
      return new Response(encryption.decrypt(response.body), { status, headers: { ...response.headers, 'idempotent-replay': 'true' } });
    }
    await next();
    // Errors have become answers by now: Hono hands them to onError before it comes back here.
    await keep(db, encryption, scope, c.error === undefined ? c.res : answerProblem(c, problemOf(c.error)));
  });
}

type Scope = Pick<typeof idempotencyKeys.$inferSelect, 'userId' | 'route' | 'key'>;

const at = ({ userId, route, key }: Scope) => and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.route, route), eq(idempotencyKeys.key, key));

/** Takes the key for this request; @returns the request that has it already. */
async function claim(db: ApiDependencies['db'], wanted: Scope & { bodyHash: string }) {
  const now = new Date();
  const mine = { ...wanted, status: null, response: null, createdAt: now, lockedUntil: new Date(now.getTime() + LOCK_MS) };
  const [taken] = await db
    .insert(idempotencyKeys)
    .values(mine)
    .onConflictDoUpdate({
      target: [idempotencyKeys.userId, idempotencyKeys.route, idempotencyKeys.key],
      set: mine,
      // Old keys start afresh; a dead first request is taken over by the same body only.
      setWhere: sql`${idempotencyKeys.createdAt} < ${new Date(now.getTime() - KEPT_MS).toISOString()}
        or (${idempotencyKeys.status} is null and ${idempotencyKeys.lockedUntil} < ${now.toISOString()} and ${idempotencyKeys.bodyHash} = ${wanted.bodyHash})`,
    })
    .returning({ key: idempotencyKeys.key });
  if (taken !== undefined) return null;
  const [first] = await db.select().from(idempotencyKeys).where(at(wanted));
  return first ?? null;
}

async function keep(db: ApiDependencies['db'], encryption: ApiDependencies['encryption'], scope: Scope, answer: Response): Promise<void> {
  if (answer.status >= 500) {
    await db.delete(idempotencyKeys).where(at(scope));
    return;
  }
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => name === 'content-type' || name === 'location' || name === 'etag'));
  const body = encryption.encrypt(await answer.clone().text());
  await db.update(idempotencyKeys).set({ status: answer.status, response: { headers, body } }).where(at(scope));
}
