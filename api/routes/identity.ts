import { z } from '@hono/zod-openapi';
import { asc, desc, eq } from 'drizzle-orm';
import { transact } from '#activities/context';
import { registerCustomer } from '#activities/identity/register-customer';
import { CODE_SECONDS, sendCode, type PendingText } from '#activities/identity/send-code';
import { loginWithCode, loginWithPassword, logout, refreshSession, type Login, type UserRow } from '#activities/identity/sessions';
import { createStaff, eraseUser, exportUser, updateUser } from '#activities/identity/users';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { roles, system } from '#domain/identity/roles';
import { marketRules } from '#domain/markets';
import { money as moneyValue } from '#domain/money';
import { ACCESS_TOKEN_SECONDS } from '#platform/tokens';
import type { ApiDependencies } from '../dependencies.ts';
import { etag, versionOf } from '../etag.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, everybody, nothing, router } from '../route.ts';
import { idParam, instant, listOf, market, money, pageQuery, phone, text, uuid } from '../schemas.ts';

const user = z
  .object({
    id: uuid,
    role: z.enum(roles),
    name: z.string(),
    market: market.nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    language: z.string(),
    monthlyIncome: money.nullable(),
    disabled: z.boolean(),
    createdAt: instant,
  })
  .openapi('User');
const session = z
  .object({ accessToken: z.string(), refreshToken: z.string(), tokenType: z.literal('Bearer'), expiresIn: z.int(), user })
  .openapi('Session');
const code = z.object({ expiresIn: z.int() });
const tag = 'identity';

/** Registration, login, sessions, and what people may do with their own data. */
export function identityRoutes(deps: ApiDependencies) {
  const { db, encryption, tokens, textMessages } = deps;
  const visitor = system('visitor');
  const app = router();

  const present = (row: UserRow): z.infer<typeof user> => ({
    id: row.id,
    role: row.role,
    name: row.name,
    market: row.market,
    email: row.email,
    phone: row.phoneEncrypted === null ? null : encryption.decrypt(row.phoneEncrypted),
    language: row.language,
    monthlyIncome: row.monthlyIncome === null || row.market === null ? null : moneyValue(row.monthlyIncome, marketRules(row.market).currency),
    disabled: row.disabledAt !== null,
    createdAt: row.createdAt,
  });
  const sessionOf = async ({ user: row, sessionId, refreshToken }: Login): Promise<z.infer<typeof session>> => ({
    accessToken: await tokens.issue({ userId: row.id, role: row.role, sessionId }),
    refreshToken,
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
    user: present(row),
  });
  /** After the commit, and without waiting: the answer takes as long for a phone that we do not know. */
  const deliver = (pending: PendingText | null, requestId: string) => {
    if (pending === null) return;
    textMessages.send({ ...pending, deduplicationId: requestId }).catch((error: unknown) => deps.log.error({ err: error, requestId }, 'a login code was not sent'));
  };

  const register = z.strictObject({ phone, name: text(), market });
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/auth/register', summary: 'Register with a phone; a code comes by SMS', tag, roles: 'public', body: register, status: 201, answer: code }),
    async (c) => {
      deliver(await transact(db, visitor, new Date(), (context) => registerCustomer(context, encryption, c.req.valid('json'))), c.get('requestId'));
      return c.json({ expiresIn: CODE_SECONDS }, 201);
    },
  );
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/auth/otp', summary: 'Ask for a login code', tag, roles: 'public', body: z.strictObject({ phone }), status: 202, answer: code }),
    async (c) => {
      deliver(await transact(db, visitor, new Date(), (context) => sendCode(context, encryption, c.req.valid('json').phone)), c.get('requestId'));
      return c.json({ expiresIn: CODE_SECONDS }, 202);
    },
  );
  const verify = z.strictObject({ phone, code: z.string().regex(/^\d{6}$/, 'must be six digits') });
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/auth/otp/verify', summary: 'Log in with a code', tag, roles: 'public', body: verify, status: 200, answer: session }),
    async (c) => {
      const given = c.req.valid('json');
      return c.json(await sessionOf(await loginWithCode(deps, given.phone, given.code)), 200);
    },
  );
  const credentials = z.strictObject({ email: z.email().max(320), password: z.string().min(1).max(200) });
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/auth/login', summary: 'Log in as staff', tag, roles: 'public', body: credentials, status: 200, answer: session }),
    async (c) => {
      const { email, password } = c.req.valid('json');
      return c.json(await sessionOf(await loginWithPassword(deps, email, password)), 200);
    },
  );
  const refresh = z.strictObject({ refreshToken: z.string().min(1).max(200) });
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/auth/refresh', summary: 'Rotate the refresh token', tag, roles: 'public', body: refresh, status: 200, answer: session }),
    async (c) => c.json(await sessionOf(await refreshSession(deps, c.req.valid('json').refreshToken)), 200),
  );
  app.openapi(defineRoute(deps, { method: 'post', path: '/auth/logout', summary: 'End this session', tag, roles: everybody, status: 204, answer: nothing }), async (c) => {
    await logout(deps, c.get('identity')?.sessionId ?? '');
    return c.body(null, 204);
  });

  app.openapi(defineRoute(deps, { method: 'get', path: '/me', summary: 'Who I am', tag, roles: everybody, status: 200, answer: user }), async (c) => {
    const row = await findUser(deps, callerOf(c).id);
    c.header('etag', etag(row.version));
    return c.json(present(row), 200);
  });
  const myChanges = z.strictObject({ name: text().optional(), language: z.enum(['en', 'sw', 'lg', 'rw', 'fr']).optional(), monthlyIncome: money.nullable().optional() });
  app.openapi(defineRoute(deps, { method: 'patch', path: '/me', summary: 'Change my data', tag, roles: everybody, body: myChanges, status: 200, answer: user }), async (c) => {
    const { id, actor } = callerOf(c);
    const { monthlyIncome, ...changes } = c.req.valid('json');
    const row = await findUser(deps, id);
    const currency = row.market === null ? null : marketRules(row.market).currency;
    if (monthlyIncome !== undefined && monthlyIncome !== null && monthlyIncome.currency !== currency) {
      throw new Problem('currency_mismatch', 'The income is in another currency than your market', [{ path: 'monthlyIncome.currency', message: `must be ${currency ?? 'absent'}` }]);
    }
    const income = monthlyIncome === undefined ? {} : { monthlyIncome: monthlyIncome?.amount ?? null };
    const after = await transact(db, actor, new Date(), (context) => updateUser(context, id, { ...changes, ...income }, versionOf(c)));
    c.header('etag', etag(after.version));
    return c.json(present(after), 200);
  });
  app.openapi(
    defineRoute(deps, { method: 'get', path: '/me/export', summary: 'Everything held about me', tag, roles: everybody, status: 200, answer: z.record(z.string(), z.unknown()) }),
    async (c) => c.json(await transact(db, callerOf(c).actor, new Date(), (context) => exportUser(context, encryption, callerOf(c).id)), 200),
  );
  app.openapi(defineRoute(deps, { method: 'delete', path: '/me', summary: 'Erase my personal data', tag, roles: ['customer'], status: 204, answer: nothing }), async (c) => {
    const { id, actor } = callerOf(c);
    await transact(db, actor, new Date(), (context) => eraseUser(context, id));
    return c.body(null, 204);
  });

  app.openapi(
    defineRoute(deps, { method: 'get', path: '/users', summary: 'All users', tag, roles: adminOnly, query: z.object({ ...pageQuery, role: z.enum(roles).optional() }), status: 200, answer: listOf(user) }),
    async (c) => {
      const { limit, role } = c.req.valid('query');
      const rows = await db.select().from(users).where(role === undefined ? undefined : eq(users.role, role)).orderBy(desc(users.createdAt), asc(users.id)).limit(limit);
      return c.json({ data: rows.map(present), nextCursor: null }, 200);
    },
  );
  const newStaff = z.strictObject({ email: z.email().max(320), name: text(), role: z.enum(['agent', 'admin']), password: z.string().min(10, 'must have at least 10 characters').max(200) });
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/users', summary: 'Create a member of staff', tag, roles: adminOnly, idempotency: 'optional', body: newStaff, status: 201, answer: user }),
    async (c) => c.json(present(await transact(db, callerOf(c).actor, new Date(), (context) => createStaff(context, c.req.valid('json')))), 201),
  );
  const userChanges = z.strictObject({ name: text().optional(), role: z.enum(roles).optional(), disabled: z.boolean().optional() });
  app.openapi(
    defineRoute(deps, { method: 'patch', path: '/users/{id}', summary: 'Change or disable a user', tag, roles: adminOnly, params: idParam, body: userChanges, status: 200, answer: user }),
    async (c) => {
      const after = await transact(db, callerOf(c).actor, new Date(), (context) => updateUser(context, c.req.valid('param').id, c.req.valid('json'), versionOf(c)));
      c.header('etag', etag(after.version));
      return c.json(present(after), 200);
    },
  );
  return app;
}

/** The keys that verify our access tokens, for everybody. */
export function keyRoutes({ tokens }: ApiDependencies) {
  const app = router();
  app.get('/.well-known/jwks.json', (c) => c.json(tokens.publicKeys(), 200, { 'cache-control': 'public, max-age=300' }));
  return app;
}

async function findUser({ db }: ApiDependencies, id: string): Promise<UserRow> {
  const [row] = await db.select().from(users).where(eq(users.id, id));
  if (row === undefined) throw new Problem('not_found');
  return row;
}
