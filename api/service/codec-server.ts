import type { Payload, PayloadCodec } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { identify } from '#use-cases/identity/identify';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { ACCESS_TOKEN_SECONDS } from '#platform/tokens';
import { createPayloadCodec } from '#platform/temporal/codec';
import { loginPage } from './codec-page.ts';
import { temporalUi } from './temporal-ui.ts';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { contentType, limitBody } from '../middleware/body.ts';
import { answerProblem, onError } from '../middleware/problem.ts';
import { rateLimit } from '../middleware/rate-limit.ts';
import { requestId } from '../middleware/request-id.ts';
import { securityHeaders } from '../middleware/security-headers.ts';
import { staffLogin } from '../identity/staff-login.ts';

type CodecDependencies = Pick<ApiDependencies, 'config' | 'db' | 'encryption' | 'log' | 'redis' | 'tokens'>;

const COOKIE = 'codec_session';
const { Payloads } = protocol.temporal.api.common.v1;
const base64 = z.base64();
const request = z.object({
  payloads: z
    .array(
      z.object({
        metadata: z.record(z.string(), base64).optional(),
        data: base64.optional(),
        externalPayloads: z.array(z.unknown()).optional(),
      }),
    )
    .max(10_000),
});
const credentials = z.object({ email: z.string().min(3).max(200), password: z.string().min(1).max(200) });

/**
 * Shows staff in the Temporal UI what the payload codec keeps secret (Temporal's remote data encoder:
 * POST /encode and /decode). Only the UI's own origin may ask from a page, and only staff who logged in
 * here, or who send an access token, get an answer.
 */
export function createCodecApp(deps: CodecDependencies): Hono<ApiEnvironment> {
  const { config, encryption, log } = deps;
  const codec = createPayloadCodec(encryption);
  const ui = new URL(config.TEMPORAL_UI_URL).origin;
  const app = new Hono<ApiEnvironment>();
  app.onError(onError);
  app.notFound((c) => answerProblem(c, new Problem('not_found', 'There is no such route')));
  app.use(
    requestId(log),
    securityHeaders(),
    cors({
      origin: (origin) => (origin === ui ? origin : null),
      credentials: true,
      allowMethods: ['POST'],
      allowHeaders: ['authorization', 'content-type', 'x-namespace'],
      maxAge: 600,
    }),
    rateLimit(deps, 'address'),
  );
  const home = config.TEMPORAL_UI_UPSTREAM === undefined ? null : temporalUi(config.TEMPORAL_UI_UPSTREAM, COOKIE);
  loginRoutes(app, deps, home);

  for (const name of ['encode', 'decode'] as const) {
    app.post(
      `/${name}`,
      ownOrigin(ui),
      staffOnly(deps),
      contentType('application/json'),
      limitBody('upload'),
      async (c) => {
        const body: unknown = await c.req.json().catch(() => {
          throw new Problem('invalid_json');
        });
        const parsed = request.safeParse(body);
        if (!parsed.success) throw new Problem('invalid_input', 'The body must be Temporal payloads');
        const { payloads } = Payloads.fromObject(parsed.data);
        const answer = await translate(codec, name, payloads);
        log.info(
          { user: c.get('identity')?.userId, payloads: answer.length, requestId: c.get('requestId') },
          `payloads: ${name}`,
        );
        return c.json(Payloads.toObject(Payloads.create({ payloads: answer }), { bytes: String }));
      },
    );
  }
  if (home !== null) app.all('*', ownOrigin(ui), staffOnly(deps), home);
  return app;
}

/** @throws Problem unprocessable */
async function translate(codec: PayloadCodec, name: 'encode' | 'decode', payloads: Payload[]): Promise<Payload[]> {
  try {
    return await codec[name](payloads);
  } catch {
    throw new Problem('unprocessable', 'A payload was encrypted with a key we do not have, or was changed');
  }
}

/** @param home what staff who have logged in see, where it is not on another address */
function loginRoutes(
  app: Hono<ApiEnvironment>,
  deps: CodecDependencies,
  home: MiddlewareHandler<ApiEnvironment> | null,
): void {
  const { config, tokens } = deps;
  const login = staffLogin(deps);
  const policy = {
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  };
  const isSecure = config.NODE_ENV === 'production';

  app.get('/', async (c, next) => {
    const identity = home === null ? null : await identityOf(deps, c);
    if (home === null || identity === null) return c.html(loginPage({ ui: config.TEMPORAL_UI_URL }), 200, policy);
    c.set('identity', identity);
    return home(c, next);
  });
  app.post('/', contentType('application/x-www-form-urlencoded'), limitBody('json'), async (c) => {
    if (c.req.header('sec-fetch-site') === 'cross-site') throw new Problem('forbidden');
    const given = credentials.safeParse(await c.req.parseBody());
    const session = given.success ? await login(given.data).catch(unlessWrong) : null;
    if (session === null || !isStaff(session.user.role)) {
      return c.html(
        loginPage({ ui: config.TEMPORAL_UI_URL, message: 'The e-mail or password is wrong.' }),
        401,
        policy,
      );
    }
    const token = await tokens.issue({
      userId: session.user.id,
      role: session.user.role,
      sessionId: session.sessionId,
    });
    setCookie(c, COOKIE, token, {
      httpOnly: true,
      sameSite: 'Strict',
      secure: isSecure,
      path: '/',
      maxAge: ACCESS_TOKEN_SECONDS,
    });
    if (home !== null) return c.redirect('/', 303);
    return c.html(loginPage({ ui: config.TEMPORAL_UI_URL, loggedIn: ACCESS_TOKEN_SECONDS / 60 }), 200, policy);
  });
}

function unlessWrong(error: unknown): null {
  if (error instanceof Problem && error.code === 'wrong_credentials') return null;
  throw error;
}

/** A page of another origin may not use the cookie, even with a request that needs no preflight. */
function ownOrigin(ui: string) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== ui && origin !== new URL(c.req.url).origin)
      throw new Problem('forbidden', 'This origin may not ask');
    await next();
  });
}

/** 401 without a good token, in the header or the cookie; 403 for customers. */
function staffOnly(deps: CodecDependencies) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const identity = await identityOf(deps, c);
    if (identity === null) throw new Problem('unauthenticated');
    if (!isStaff(identity.role)) throw new Problem('forbidden');
    c.set('identity', identity);
    await next();
  });
}

/** Who asks, by the token in the header or the cookie. */
async function identityOf(deps: CodecDependencies, c: Context<ApiEnvironment>) {
  const [, bearer] = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  const token = bearer ?? getCookie(c, COOKIE);
  return token === undefined ? null : identify(deps, token);
}
