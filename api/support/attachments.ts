import { z } from '@hono/zod-openapi';
import { attachmentOwner, type AttachmentFacts } from '#db/queries/tickets';
import { transact } from '#use-cases/context';
import { openAttachment, storeAttachment } from '#use-cases/support/attachments';
import type { ApiDependencies } from '../dependencies.ts';
import { answerFile, fileFound, uploaded } from '../file.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, uuid } from '../schemas.ts';

/** What docs/openapi.json calls an attachment. */
export const attachment = z
  .object({
    id: uuid,
    mediaType: z.string(),
    sha256: z.string().length(64),
    size: z.int().openapi({ description: 'Bytes' }),
  })
  .openapi('TicketAttachment');

export const presentAttachment = ({ id, mediaType, sha256, size }: AttachmentFacts) => ({
  id,
  mediaType,
  sha256,
  size,
});

const tag = 'support';
const upload = z.strictObject({ file: uploaded });

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
