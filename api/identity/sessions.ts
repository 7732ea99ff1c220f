import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { CODE_SECONDS } from '#use-cases/identity/code';
import { deliverCode } from '#use-cases/identity/deliver-code';
import { endSessions } from '#use-cases/identity/end-sessions';
import { loginWithCode } from '#use-cases/identity/login-with-code';
import type { Login } from '#use-cases/identity/open-session';
import { refreshSession } from '#use-cases/identity/refresh-session';
import { registerCustomer } from '#use-cases/identity/register-customer';
import { sendCode } from '#use-cases/identity/send-code';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, nothing, router } from '../route.ts';
import { market, mobile, phone, text, secretText } from '../schemas.ts';
import { createTextBounds } from './text-bounds.ts';
import { staffLogin } from './staff-login.ts';
import { steadily } from '../steady.ts';
import type { Encryption } from '#platform/encryption';
import { ACCESS_TOKEN_SECONDS, type TokenIssuer } from '#platform/tokens';
import { user, presentUser } from './users.ts';

const session = z
  .object({
    accessToken: z.string(),
    refreshToken: z.string().openapi({ description: 'Good once; using it again ends the session' }),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().openapi({ description: 'Seconds that the access token lives' }),
    user,
  })
  .openapi('Session');

async function presentSession(
  { tokens, encryption }: { readonly tokens: TokenIssuer; readonly encryption: Encryption },
  login: Login,
): Promise<z.infer<typeof session>> {
  const { user: row, sessionId, refreshToken } = login;
  const accessToken = await tokens.issue({ userId: row.id, role: row.role, sessionId });
  return {
    accessToken,
    refreshToken,
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
    user: presentUser(row, encryption),
  };
}

const tag = 'identity';
const visitor = system('visitor');
const codeAnswer = z.object({ expiresIn: z.int().openapi({ description: 'Seconds that the code is good for' }) });

/** Registration, login and sessions. */
export function sessionRoutes(deps: ApiDependencies) {
  const app = router();
  codeRoutes(app, deps);
  tokenRoutes(app, deps);
  return app;
}

function codeRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db, encryption } = deps;
  const bounds = createTextBounds(deps);
  /** After the commit and without waiting: the answer takes as long for a phone that we do not know. */
  const deliver = (pending: string | null) => {
    if (pending === null) return;
    void bounds.note();
    void deliverCode(deps, pending);
  };

  const register = z.strictObject({ phone: mobile, name: text(), market });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/auth/register',
      summary: 'Register with a phone; a code comes by SMS',
      tag,
      roles: 'public',
      body: register,
      status: 201,
      answer: codeAnswer,
    }),
    async (c) => {
      await bounds.admit(c);
      deliver(
        await steadily(
          transact(db, visitor, new Date(), (context) => registerCustomer(context, encryption, c.req.valid('json'))),
        ),
      );
      return c.json({ expiresIn: CODE_SECONDS }, 201);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/auth/otp',
      summary: 'Ask for a login code',
      tag,
      roles: 'public',
      body: z.strictObject({ phone }),
      status: 202,
      answer: codeAnswer,
    }),
    async (c) => {
      await bounds.admit(c);
      deliver(
        await steadily(
          transact(db, visitor, new Date(), (context) => sendCode(context, encryption, c.req.valid('json').phone)),
        ),
      );
      return c.json({ expiresIn: CODE_SECONDS }, 202);
    },
  );

  const verify = z.strictObject({ phone, code: z.string().regex(/^\d{6}$/, 'must be six digits') });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/auth/otp/verify',
      summary: 'Log in with a code',
      tag,
      roles: 'public',
      body: verify,
      status: 200,
      answer: session,
    }),
    async (c) => {
      const login = await steadily(
        transact(db, visitor, new Date(), (context) => loginWithCode(context, encryption, c.req.valid('json'))),
      );
      return c.json(await presentSession(deps, granted(login, 'The code is wrong or no longer good')), 200);
    },
  );
}

function tokenRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db, encryption } = deps;
  const login = staffLogin(deps);

  const credentials = z.strictObject({ email: z.email().max(200), password: secretText() });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/auth/login',
      summary: 'Log in as staff',
      tag,
      roles: 'public',
      body: credentials,
      status: 200,
      answer: session,
    }),
    async (c) => {
      return c.json(await presentSession(deps, await login(c.req.valid('json'))), 200);
    },
  );

  const refresh = z.strictObject({ refreshToken: secretText() });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/auth/refresh',
      summary: 'A new access token; the refresh token rotates',
      tag,
      roles: 'public',
      body: refresh,
      status: 200,
      answer: session,
    }),
    async (c) => {
      const refreshed = await transact(db, visitor, new Date(), (context) =>
        refreshSession(context, encryption, c.req.valid('json').refreshToken),
      );
      return c.json(await presentSession(deps, granted(refreshed, 'The refresh token is not good')), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/auth/logout',
      summary: 'End this session',
      tag,
      roles: everybody,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id: userId, actor, sessionId } = callerOf(c);
      await transact(db, actor, new Date(), (context) => endSessions(context, { userId, sessionId }));
      return c.body(null, 204);
    },
  );
}

function granted(login: Login | null, refusal: string): Login {
  if (login === null) throw new Problem('wrong_credentials', refusal);
  return login;
}
