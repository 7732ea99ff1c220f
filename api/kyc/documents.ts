import { z } from '@hono/zod-openapi';
import { transact, type Context } from '#use-cases/context';
import { openDocument } from '#use-cases/kyc/open-document';
import { storeDocument } from '#use-cases/kyc/store-document';
import { findUser } from '#db/queries/identity';
import { findDocumentOwner } from '#db/queries/kyc';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { kycNotice } from '#domain/kyc/notice';
import { documentKinds } from '#domain/kyc/submission';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { answerFile, fileFound, uploaded } from '../file.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, uuid } from '../schemas.ts';

/** What docs/openapi.json calls a document. */
export const storedDocument = z
  .object({
    id: uuid,
    kind: z.enum(documentKinds),
    sha256: z.string().length(64),
    size: z.int().openapi({ description: 'Bytes' }),
  })
  .openapi('KycDocument');

/** Whose papers staff hand in. */
export const forCustomer = uuid.optional().openapi({
  description: 'For staff, who hand in what a customer without a smartphone gives them; his own need none',
});

const tag = 'kyc';
const upload = z.strictObject({
  file: uploaded,
  kind: z.enum(documentKinds),
  customerId: forCustomer,
});

/** Identity documents, and what is consented to with them. */
export function documentRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/kyc/notice',
      summary: 'What a customer consents to',
      tag,
      roles: 'public',
      status: 200,
      answer: z.object({ noticeVersion: z.string(), text: z.string() }),
    }),
    (c) => c.json(kycNotice, 200),
  );

  // The same content for the same kind is the same document, so that repeating an upload is harmless.
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/kyc/documents',
      summary: 'Upload a document',
      tag,
      roles: everybody,
      body: upload,
      multipart: true,
      status: 201,
      answer: storedDocument,
    }),
    async (c) => {
      const parsed = upload.safeParse(await c.req.parseBody());
      if (!parsed.success) throw invalidInput(parsed.error);
      const caller = callerOf(c);
      const { actor } = caller;
      const { file, kind, customerId } = parsed.data;
      const userId = await whoseIs(deps, caller, customerId);
      const input = { userId, kind, bytes: new Uint8Array(await file.arrayBuffer()) };
      return c.json(await transact(db, actor, new Date(), (context) => storeDocument(context, deps, input)), 201);
    },
  );

  const content = defineRoute(deps, {
    method: 'get',
    path: '/kyc/documents/{id}/content',
    summary: 'The file itself; every look is recorded',
    tag,
    roles: everybody,
    guard: owned(async (id) => (await findDocumentOwner(db, id)) ?? undefined),
    params: idParam,
    status: 200,
    answer: z.unknown(),
  });
  app.openapi({ ...content, responses: { ...content.responses, 200: fileFound } }, async (c) => {
    const { id: documentId } = c.req.valid('param');
    const { actor } = callerOf(c);
    const look = (context: Context) => openDocument(context, deps, { documentId });
    return answerFile(c, await transact(db, actor, new Date(), look));
  });
  return app;
}

/**
 * Whose papers somebody hands in: a customer his own, staff those of the customer whom they name.
 *
 * @throws Problem invalid_input naming `customerId`.
 */
export async function whoseIs(
  { db }: ApiDependencies,
  { id, role }: Caller,
  customerId: string | undefined,
): Promise<string> {
  const refuse = (message: string) =>
    new Problem('invalid_input', `customerId: ${message}`, [{ path: 'customerId', message }]);
  if (!isStaff(role)) {
    if (customerId !== undefined && customerId !== id) throw refuse('is for staff');
    return id;
  }
  if (customerId === undefined) throw refuse('is needed: staff have no papers of their own to hand in');
  const user = await findUser(db, customerId);
  if (user?.role !== 'customer') throw refuse('is no customer');
  return customerId;
}
