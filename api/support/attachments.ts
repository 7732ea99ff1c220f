import { z } from '@hono/zod-openapi';
import { attachmentOwner, listMacros } from '#db/queries/tickets';
import { languages } from '#domain/languages';
import { transact } from '#use-cases/context';
import { openAttachment, storeAttachment } from '#use-cases/support/attachments';
import { createMacro } from '#use-cases/support/create-macro';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { answerFile, fileFound, uploaded } from '../file.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, listOf, pageQuery, text } from '../schemas.ts';
import { attachment, macro, presentAttachment, presentMacro, prose } from './view.ts';

const tag = 'support';
const upload = z.strictObject({ file: uploaded });
const language = z.enum(languages);

/** Files that messages carry. */
export function attachmentRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/ticket-attachments',
      summary: 'Upload a file, which a message then names within a day',
      tag,
      roles: everybody,
      body: upload,
      multipart: true,
      status: 201,
      answer: attachment,
    }),
    async (c) => {
      const parsed = upload.safeParse(await c.req.parseBody());
      if (!parsed.success) throw invalidInput(parsed.error);
      const bytes = new Uint8Array(await parsed.data.file.arrayBuffer());
      const { actor } = callerOf(c);
      const stored = await transact(db, actor, new Date(), (context) => storeAttachment(context, deps, bytes));
      return c.json(presentAttachment(stored), 201);
    },
  );

  const content = defineRoute(deps, {
    method: 'get',
    path: '/ticket-attachments/{id}/content',
    summary: 'The file itself; every look is recorded',
    tag,
    roles: everybody,
    guard: owned((id) => attachmentOwner(db, id)),
    params: idParam,
    status: 200,
    answer: z.unknown(),
  });
  app.openapi({ ...content, responses: { ...content.responses, 200: fileFound } }, async (c) => {
    const { id } = c.req.valid('param');
    const { actor } = callerOf(c);
    return answerFile(c, await transact(db, actor, new Date(), (context) => openAttachment(context, deps, id)));
  });
  return app;
}

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
