import { z } from '@hono/zod-openapi';
import { listMacros, type MacroRow } from '#db/queries/tickets';
import { languages } from '#domain/languages';
import { transact } from '#use-cases/context';
import { createMacro } from '#use-cases/support/create-macro';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { instant, listOf, pageQuery, text, uuid } from '../schemas.ts';
import { prose } from './ticket.ts';

const macro = z
  .object({ id: uuid, name: z.string(), language: z.string(), body: z.string(), createdAt: instant })
  .openapi('TicketMacro');

const presentMacro = ({ id, name, language, body, createdAt }: MacroRow): z.infer<typeof macro> => ({
  id,
  name,
  language,
  body,
  createdAt,
});

const tag = 'support';
const language = z.enum(languages);

/** Answers that staff give again and again. */
export function macroRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();

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
      body: z.strictObject({ name: text(60), language, body: prose }),
      status: 201,
      answer: macro,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        createMacro(context, c.req.valid('json')),
      );
      return c.json(presentMacro(row), 201);
    },
  );
  return app;
}
