import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { changeOwnData } from '#use-cases/identity/change-own-data';
import { parts } from '#use-cases/identity/all-personal-data';
import { eraseUser } from '#use-cases/identity/erase-user';
import { exportUser } from '#use-cases/identity/export-user';
import { provesPresence } from '#use-cases/identity/proves-presence';
import { confirmMailAddress } from '#use-cases/notifications/confirm-mail-address';
import { ownMailOf } from '#use-cases/notifications/mail-record';
import { wakeQueued } from '#use-cases/notifications/wake-notifications';
import { cancelMailAddress, sendMailCode, sendMailCodeAgain } from '#use-cases/notifications/want-mail-address';
import { findUser, type UserRow } from '#db/queries/identity';
import { Problem } from '#domain/errors';
import { languages } from '#domain/languages';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, nothing, router } from '../route.ts';
import { instant, moneyOrNull, text } from '../schemas.ts';
import { presentUser, takePinAway, user } from './users.ts';

const tag = 'identity';

const emailPending = z
  .object({
    email: z.string(),
    codeExpiresAt: instant.openapi({ description: 'POST /me/email/resend sends another code' }),
    expiresAt: instant.openapi({ description: 'When it is forgotten unless it is confirmed' }),
  })
  .nullable()
  .openapi({ description: 'The address that I want to have, until I confirm it by the code that was sent there' });

const me = user.extend({ emailPending }).openapi('Me');

/** What people may do with their own data. */
export function ownRoutes(deps: ApiDependencies) {
  const app = router();
  const { db, encryption } = deps;

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/me',
      summary: 'Who I am',
      tag,
      roles: everybody,
      status: 200,
      answer: me,
    }),
    async (c) => {
      const row = found(await findUser(db, callerOf(c).id));
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
      answer: me,
    }),
    async (c) => {
      const row = await changeOwnData(deps, callerOf(c).actor, c.req.valid('json'), versionsOf(c));
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
      answer: me,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      const told = await transact(db, actor, new Date(), (context) =>
        confirmMailAddress(context, encryption, c.req.valid('json').code),
      );
      if (told === false) throw new Problem('wrong_credentials', 'The code is wrong or no longer good');
      await wakeQueued(deps, told);
      const row = found(await findUser(db, id));
      return c.json(await presentMe(deps, row), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/me/email/resend',
      summary: 'Send another code to the e-mail address that waits for one; the code before is good for nothing',
      tag,
      roles: ['customer'],
      body: z.strictObject({}),
      status: 200,
      answer: me,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      const code = await transact(db, actor, new Date(), (context) => sendMailCodeAgain(context, encryption));
      void sendMailCode(deps, code);
      return c.json(await presentMe(deps, found(await findUser(db, id))), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/me/email/pending',
      summary: 'Keep the e-mail address that I have: the one that waits for its code is forgotten',
      tag,
      roles: ['customer'],
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) => cancelMailAddress(context));
      return c.body(null, 204);
    },
  );

  const shapes = Object.entries(parts).map(([name, { shape }]) => [name, shape] as const);
  const everything = z.object({ exportedAt: instant, ...Object.fromEntries(shapes) });
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/me/pin',
      summary: 'Take my PIN away, which I have forgotten: I choose another one when I next sign on a phone',
      tag,
      roles: ['customer'],
      body: z.strictObject({
        code: z
          .string()
          .regex(/^\d{6}$/, 'must be 6 digits')
          .optional()
          .openapi({ description: 'Of POST /auth/otp; not needed within a quarter of an hour of a login' }),
      }),
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id, actor, sessionId } = callerOf(c);
      const { code } = c.req.valid('json');
      const isThere = await transact(db, actor, new Date(), (context) =>
        provesPresence(context, encryption, { userId: id, sessionId, code }),
      );
      if (!isThere) throw new Problem('second_factor_required');
      await takePinAway(deps, actor, id);
      return c.body(null, 204);
    },
  );

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
      return c.json(everything.parse(JSON.parse(JSON.stringify(held))), 200, {
        'content-disposition': 'attachment; filename="export.json"',
      });
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
  return app;
}

/** With the e-mail address that a customer has confirmed, and the one that waits for that. */
async function presentMe({ db, encryption }: ApiDependencies, row: UserRow): Promise<z.infer<typeof me>> {
  const shown = presentUser(row, encryption);
  if (row.role !== 'customer') return { ...shown, emailPending: null };
  const { address, pending } = await ownMailOf(db, encryption, row.id, new Date());
  return {
    ...shown,
    email: address,
    emailPending: pending && {
      email: pending.address,
      codeExpiresAt: pending.codeExpiresAt,
      expiresAt: pending.expiresAt,
    },
  };
}
