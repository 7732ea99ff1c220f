import { createHash, randomUUID } from 'node:crypto';
import { and, eq, isNull, lt, sql, type Placeholder } from 'drizzle-orm';
import { createMiddleware } from 'hono/factory';
import { prebuiltRows, prebuiltUpdate } from '#db/prebuilt';
import { idempotencyKeys } from '#db/schema/index';
import { keyMissing, Problem, wrongInput } from '#domain/errors';
import { commandKey } from '#steering/command-key';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { UnderWay } from '#steering/under-way';
import { callerOf } from './authenticate.ts';
import { errorCode } from '#platform/error-code';

const KEPT_MS = 24 * 3_600_000;
/** A first request that died is taken over after this; one that lives says so more often. */
const LOCK_MS = 30_000;
const RENEW_MS = 10_000;
/** A lock that is over: whoever sends the same again may try at once. */
const FREE = new Date(0);
const acceptable = /^[\u0021-\u007e]{1,200}$/;
const keptHeaders = new Set(['content-type', 'location', 'etag']);

/**
 * The first answer to a POST is the answer to all that carry its Idempotency-Key, for 24 hours, with
 * `Idempotent-Replay: true`. Keys are scoped to the user and the route's path, which names the object. What is
 * not the last word is not kept: 5xx, a command that goes on, or one that an operator holds up. The next request
 * with the key and the same body meets the same command and the same objects: what is made is named after the
 * first request, whose row stays for the 24 hours. After them the key is new, and makes something else.
 *
 * @param need `required` where money moves: 400 without a key.
 */
export function idempotent(deps: Pick<ApiDependencies, 'db' | 'encryption' | 'log'>, need: 'required' | 'optional') {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined) {
      if (need === 'required') throw keyMissing();
      return next();
    }
    if (!acceptable.test(key)) {
      throw wrongInput([{ path: 'Idempotency-Key', message: 'must be 1 to 200 visible ASCII characters' }]);
    }
    // An id in capitals is the same id.
    const route = `${c.req.method} ${c.req.path.toLowerCase()}`;
    const scope = { userId: callerOf(c).id, route, key };
    const bodyHash = createHash('sha256')
      .update(new Uint8Array(await c.req.arrayBuffer()))
      .digest('base64url');
    // Without its body it is another request, which would have the key of this one.
    if (c.get('isAnswered')) throw new Problem('request_in_progress');
    const { claim, first } = await claimKey(deps.db, { ...scope, bodyHash });
    if (first !== null) {
      if (first.bodyHash !== bodyHash) throw new Problem('idempotency_key_reused');
      if (first.status === null || first.response === null) throw new Problem('request_in_progress');
      return replay(deps, first.status, first.response, c.get('requestId'));
    }
    c.set('idempotencyKey', commandKey(claim.createdAt, route, key));
    const renewal = setInterval(() => void renew(deps, claim), RENEW_MS);
    try {
      await next();
    } finally {
      clearInterval(renewal);
    }
    // What was thrown is an answer by now: Hono asks onError before it comes back here.
    await (isLastWord(c.res, c.error) ? keep(deps, claim, c.res) : lockUntil(deps.db, claim, FREE));
  });
}

function isLastWord({ status }: Response, error: Error | undefined): boolean {
  return (
    status < 500 && !(error instanceof UnderWay || (error instanceof Problem && error.code === 'paused_by_operator'))
  );
}

type Scope = Pick<typeof idempotencyKeys.$inferSelect, 'userId' | 'route' | 'key'>;
/**
 * A key that this request has: another one that took it over has another `turn`. `createdAt` is of the first
 * request with the key, whichever has it now.
 */
type Claim = Scope & { readonly turn: string; readonly createdAt: Date };

type Given = (name: string) => Placeholder;
const rowOf = (given: Given) =>
  and(
    eq(idempotencyKeys.userId, given('userId')),
    eq(idempotencyKeys.route, given('route')),
    eq(idempotencyKeys.key, given('key')),
  );

const firstWith = prebuiltRows(idempotencyKeys, (db, given) => db.select().from(idempotencyKeys).where(rowOf(given)));

/** Takes a key that is new, or too old to count; a dead first request is taken over by the same body only. */
const take = prebuiltRows(idempotencyKeys, (db, given) => {
  const isOld = lt(idempotencyKeys.createdAt, given('kept'));
  const isDead = and(
    isNull(idempotencyKeys.status),
    lt(idempotencyKeys.lockedUntil, given('now')),
    eq(idempotencyKeys.bodyHash, given('bodyHash')),
  );
  return db
    .insert(idempotencyKeys)
    .values({
      userId: given('userId'),
      route: given('route'),
      key: given('key'),
      bodyHash: given('bodyHash'),
      turn: given('turn'),
      createdAt: given('createdAt'),
      lockedUntil: given('lockedUntil'),
    })
    .onConflictDoUpdate({
      target: [idempotencyKeys.userId, idempotencyKeys.route, idempotencyKeys.key],
      set: {
        bodyHash: sql`excluded.body_hash`,
        turn: sql`excluded.turn`,
        status: null,
        response: null,
        lockedUntil: sql`excluded.locked_until`,
        createdAt: sql`case when ${isOld} then excluded.created_at else ${idempotencyKeys.createdAt} end`,
      },
      setWhere: sql`${isOld} or ${isDead}`,
    })
    .returning();
});

/** Changes the row while it is this claim's, and has no answer. */
const change = prebuiltUpdate(idempotencyKeys, (db, set, given) =>
  db
    .update(idempotencyKeys)
    .set(set)
    .where(and(rowOf(given), eq(idempotencyKeys.turn, given('turn')), isNull(idempotencyKeys.status))),
);

/** Takes the key for this request, or says which request has it. */
async function claimKey(db: ApiDependencies['db'], wanted: Scope & { readonly bodyHash: string }) {
  const now = new Date();
  const claim = { ...wanted, turn: randomUUID(), createdAt: now };
  const [taken] = await take(db, {
    ...claim,
    lockedUntil: new Date(now.getTime() + LOCK_MS),
    now: now.toISOString(),
    kept: new Date(now.getTime() - KEPT_MS).toISOString(),
  });
  if (taken !== undefined) return { claim: { ...claim, createdAt: taken.createdAt }, first: null };
  const [first] = await firstWith(db, claim);
  // Its user was erased between the two statements.
  if (first === undefined) throw new Problem('request_in_progress');
  return { claim, first };
}

async function lockUntil(db: ApiDependencies['db'], claim: Claim, lockedUntil: Date): Promise<void> {
  await change(db, { lockedUntil }, claim);
}

async function renew({ db, log }: Pick<ApiDependencies, 'db' | 'log'>, claim: Claim): Promise<void> {
  try {
    await lockUntil(db, claim, new Date(Date.now() + LOCK_MS));
  } catch (error) {
    log.warn({ code: errorCode(error) }, 'the lock of an idempotency key was not renewed');
  }
}

async function keep(
  { db, encryption }: Pick<ApiDependencies, 'db' | 'encryption'>,
  claim: Claim,
  answer: Response,
): Promise<void> {
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => keptHeaders.has(name)));
  const body = encryption.encrypt(await answer.clone().text());
  await change(db, { status: answer.status, response: { headers, body } }, claim);
}

/** The first answer; a problem names the request that it is sent to now, as the header does. */
function replay(
  { encryption }: Pick<ApiDependencies, 'encryption'>,
  status: number,
  kept: { headers: Record<string, string>; body: string },
  requestId: string,
): Response {
  const text = encryption.decrypt(kept.body);
  const isProblem = kept.headers['content-type']?.startsWith('application/problem+json') === true;
  const body = isProblem ? JSON.stringify({ ...JSON.parse(text), requestId }) : text;
  return new Response(status === 204 ? null : body, {
    status,
    headers: { ...kept.headers, 'idempotent-replay': 'true' },
  });
}
