import { z } from '@hono/zod-openapi';
import { findMacro, listMacros, type MacroRow } from '#db/queries/tickets';
import { languages } from '#domain/languages';
import { transact } from '#use-cases/context';
import { changeMacro, createMacro, deleteMacro } from '#use-cases/support/macros';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, instant, listOf, pageQuery, text, uuid } from '../schemas.ts';
import { prose } from './ticket.ts';

const macro = z
  .object({
    id: uuid,
    name: z.string(),
    language: z.string(),
    body: z.string(),
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('TicketMacro');

const presentMacro = ({ id, name, language, body, createdAt, updatedAt }: MacroRow): z.infer<typeof macro> => ({
  id,
  name,
  language,
  body,
  createdAt,
  updatedAt,
});

const tag = 'support';
const language = z.enum(languages);
const newMacro = z.strictObject({ name: text(60), language, body: prose });

/** Answers that staff give again and again. */
export function macroRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const known = { tag, roles: staff, guard: existing((id) => findMacro(db, id)), params: idParam } as const;

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/ticket-macros',
      summary: 'Answers that are given again and again, newest first',
      tag,
      roles: staff,
      query: z.object({ ...pageQuery, language: language.optional() }),
      status: 200,
      answer: listOf(macro),
    }),
    async (c) => {
      const { limit, cursor, language: wanted } = c.req.valid('query');
      const rows = await listMacros(db, wanted, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentMacro), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/ticket-macros',
      summary: 'Keep such an answer',
      tag,
      roles: staff,
      idempotency: 'optional',
      body: newMacro,
      status: 201,
      answer: macro,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        createMacro(context, c.req.valid('json')),
      );
      return c.json(presentMacro(row), 201, tagged(row));
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...known,
      method: 'get',
      path: '/ticket-macros/{id}',
      summary: 'One such answer',
      status: 200,
      answer: macro,
    }),
    async (c) => {
      const row = found(await findMacro(db, c.req.valid('param').id));
      return c.json(presentMacro(row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      ...known,
      method: 'patch',
      path: '/ticket-macros/{id}',
      summary: 'Change such an answer; what was written by it stays',
      body: newMacro.partial(),
      status: 200,
      answer: macro,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        changeMacro(context, c.req.valid('param').id, c.req.valid('json'), versionsOf(c)),
      );
      return c.json(presentMacro(row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      ...known,
      method: 'delete',
      path: '/ticket-macros/{id}',
      summary: 'Take such an answer away',
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) =>
        deleteMacro(context, c.req.valid('param').id, versionsOf(c)),
      );
      return c.body(null, 204);
    },
  );
  return app;
}
