import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { createStaff } from '#use-cases/identity/create-staff';
import { eraseUser } from '#use-cases/identity/erase-user';
import { exportUser } from '#use-cases/identity/export-user';
import { updateUser } from '#use-cases/identity/update-user';
import {
  confirmMailAddress,
  mailAddressOf,
  sendMailCode,
  wantMailAddress,
} from '#use-cases/notifications/mail-address';
import { findUser, listUsers, type UserRow } from '#db/queries/identity';
import { Problem } from '#domain/errors';
import { roles } from '#domain/identity/roles';
import { languages } from '#domain/languages';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing } from '../guards.ts';
import { desk, presentUser, user } from './view.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, everybody, nothing, router } from '../route.ts';
import {
  idParam,
  instant,
  listOf,
  market,
  mobile,
  moneyOrNull,
  pageQuery,
  phone,
  text,
  secretText,
} from '../schemas.ts';

const tag = 'identity';

/** What people may do with their own data, and admins with users. */
export function identityRoutes(deps: ApiDependencies) {
  const app = router();
  ownRoutes(app, deps);
  userRoutes(app, deps);
  return app;
}

/** The keys that verify our access tokens, for everybody. */
export function keyRoutes(deps: ApiDependencies) {
  const app = router();
  const key = z.object({
    kty: z.string(),
    crv: z.string(),
    x: z.string(),
    y: z.string(),
    kid: z.string(),
    alg: z.string(),
    use: z.string(),
  });
  const answer = z.object({ keys: z.array(key) });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/.well-known/jwks.json',
      summary: 'The keys of access tokens',
      tag,
      roles: 'public',
      status: 200,
      answer,
    }),
    (c) => c.json(answer.parse(deps.tokens.publicKeys()), 200, { 'cache-control': 'public, max-age=300' }),
  );
  return app;
}

function ownRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db, encryption } = deps;

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/me',
      summary: 'Who I am',
      tag,
      roles: everybody,
      status: 200,
      answer: user,
    }),
    async (c) => {
      const row = await findUser(db, callerOf(c).id);
      if (row === undefined) throw new Problem('not_found');
      return c.json(await presentMe(deps, row), 200, tagged(row));
    },
  );

  const changes = z.strictObject({
    name: text().optional(),
    language: z.enum(languages).optional(),
    monthlyIncome: moneyOrNull.optional(),
    email: z
      .email()
      .max(200)
      .nullable()
      .optional()
      .openapi({ description: 'Of a customer; a code goes there, and nothing else before POST /me/email/verify' }),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/me',
      summary: 'Change my data',
      tag,
      roles: everybody,
      body: changes,
      status: 200,
      answer: user,
    }),
    async (c) => {
      const { id, actor, role } = callerOf(c);
      const { email, ...others } = c.req.valid('json');
      if (typeof email === 'string' && deps.mails === null)
        throw new Problem('unprocessable', 'No e-mail is sent here', [{ path: 'email', message: 'cannot be used' }]);
      if (email !== undefined && role !== 'customer')
        throw new Problem('unprocessable', 'Staff log in by their e-mail', [
          { path: 'email', message: 'is for customers' },
        ]);
      const { row, code } = await transact(db, actor, new Date(), async (context) => ({
        row: await updateUser(context, encryption, id, others, versionsOf(c)),
        code: email === undefined ? null : await wantMailAddress(context, encryption, email),
      }));
      if (code !== null) void sendMailCode(deps, code);
      return c.json(await presentMe(deps, row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/me/email/verify',
      summary: 'Confirm my e-mail address by the code that was sent there',
      tag,
      roles: ['customer'],
      body: z.strictObject({ code: z.string().regex(/^\d{6}$/, 'must be six digits') }),
      status: 200,
      answer: user,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      const isRight = await transact(db, actor, new Date(), (context) =>
        confirmMailAddress(context, encryption, c.req.valid('json').code),
      );
      if (!isRight) throw new Problem('wrong_credentials', 'The code is wrong or no longer good');
      const row = await findUser(db, id);
      if (row === undefined) throw new Problem('not_found');
      return c.json(await presentMe(deps, row), 200);
    },
  );

  const fact = z.record(z.string(), z.unknown());
  const everything = z.object({
    exportedAt: instant,
    user: fact,
    identityChecks: z.array(fact),
    documents: z.array(fact),
    paymentMethods: z.array(fact),
    creditAssessments: z.array(fact),
    leases: z.array(fact),
    upgrades: z.array(fact),
    thefts: z.array(fact),
    payments: z.array(fact),
    riskEvents: z.array(fact),
    locationViews: z.array(fact),
    immobilisations: z.array(fact),
    messages: z.array(fact),
    mailAddress: fact.nullable(),
    pushSubscriptions: z.array(fact),
    tickets: z.array(fact),
    receivedTexts: z.array(fact),
    sessions: z.array(fact),
    history: z.array(fact),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/me/export',
      summary: 'Everything that is held about me',
      tag,
      roles: everybody,
      status: 200,
      answer: everything,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      const held = await transact(db, actor, new Date(), (context) => exportUser(context, encryption, id));
      // A part that the document does not name is an error here and not lost.
      const parts = everything.strict().parse(JSON.parse(JSON.stringify(held)));
      return c.json(parts, 200, { 'content-disposition': 'attachment; filename="export.json"' });
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/me',
      summary: 'Erase my personal data, but for what the books must keep',
      tag,
      roles: ['customer'],
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      await transact(db, actor, new Date(), (context) => eraseUser(context, id));
      return c.body(null, 204);
    },
  );
}

/** With the e-mail address that a customer has confirmed. */
async function presentMe({ db, encryption }: ApiDependencies, row: UserRow) {
  const shown = presentUser(row, encryption);
  return row.role === 'customer' ? { ...shown, email: await mailAddressOf(db, encryption, row.id) } : shown;
}

function userRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db, encryption } = deps;

  const filter = z.object({
    ...pageQuery,
    role: z.enum(roles).optional(),
    market: market.optional(),
    phone: phone.optional(),
    email: z.email().optional(),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/users',
      summary: 'Users, newest first',
      tag,
      roles: adminOnly,
      query: filter,
      status: 200,
      answer: listOf(user),
    }),
    async (c) => {
      const { limit, cursor, phone: wanted, ...rest } = c.req.valid('query');
      const phoneHash = wanted === undefined ? undefined : encryption.hash('phone', wanted);
      const rows = await listUsers(db, { ...rest, phoneHash }, { limit: limit + 1, before: timePage(cursor) });
      return c.json(
        page(rows, limit, (row) => presentUser(row, encryption)),
        200,
      );
    },
  );

  const newStaff = z.strictObject({
    email: z.email().max(200),
    name: text(),
    role: z.enum(['agent', 'admin']),
    password: secretText(10),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/users',
      summary: 'Create a member of staff',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: newStaff,
      status: 201,
      answer: user,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        createStaff(context, c.req.valid('json')),
      );
      return c.json(presentUser(row, encryption), 201, tagged(row));
    },
  );

  const guard = existing((id) => findUser(db, id));
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/users/{id}',
      summary: 'One user',
      tag,
      roles: adminOnly,
      guard,
      params: idParam,
      status: 200,
      answer: user,
    }),
    async (c) => {
      const row = await findUser(db, c.req.valid('param').id);
      if (row === undefined) throw new Problem('not_found');
      return c.json(presentUser(row, encryption), 200, tagged(row));
    },
  );

  const changes = z.strictObject({
    name: text().optional(),
    role: z.enum(roles).optional(),
    phone: mobile.optional().openapi({ description: 'Of a customer who has another number now; ends his sessions' }),
    disabled: z.boolean().optional(),
    desk: desk.nullable().optional().openapi({ description: 'Of staff: which tickets come to them by themselves' }),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/users/{id}',
      summary: 'Change or disable a user',
      tag,
      roles: adminOnly,
      guard,
      params: idParam,
      body: changes,
      status: 200,
      answer: user,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        updateUser(context, encryption, c.req.valid('param').id, c.req.valid('json'), versionsOf(c)),
      );
      return c.json(presentUser(row, encryption), 200, tagged(row));
    },
  );
}
