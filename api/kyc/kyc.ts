import { z } from '@hono/zod-openapi';
import { transact, type Context } from '#use-cases/context';
import { openDocument } from '#use-cases/kyc/open-document';
import { storeDocument } from '#use-cases/kyc/store-document';
import { findUser } from '#db/queries/identity';
import {
  documentsByIds,
  findDocumentOwner,
  findSubmission,
  listSubmissions,
  type SubmissionRow,
} from '#db/queries/kyc';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { kycNotice } from '#domain/kyc/notice';
import { documentKinds, kycStatuses } from '#domain/kyc/submission';
import type { Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { decideIdentity } from '#use-cases/kyc/decide-identity';
import { submitIdentity } from '#use-cases/kyc/submit-identity';
import { forCustomer, presentSubmission, storedDocument, submission, submissionRequest } from './view.ts';
import { answerFile, fileFound, uploaded } from '../file.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, listOf, pageQuery, text, uuid } from '../schemas.ts';

const tag = 'kyc';
const upload = z.strictObject({
  file: uploaded,
  kind: z.enum(documentKinds),
  customerId: forCustomer,
});

/** Identity documents, submissions, and agents' decisions on them. */
export function kycRoutes(deps: ApiDependencies) {
  const app = router();
  documentRoutes(app, deps);
  submissionRoutes(app, deps);
  return app;
}

function documentRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
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
}

function submissionRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db, encryption } = deps;
  const present = async (rows: readonly SubmissionRow[], caller: Caller) => {
    const documents = await documentsByIds(
      db,
      rows.flatMap(({ documentIds }) => documentIds),
    );
    const viewer = { staff: isStaff(caller.role), encryption };
    return new Map(rows.map((row) => [row.id, presentSubmission(row, documents, viewer)]));
  };
  const read = async (id: string, caller: Caller) => {
    const row = await findSubmission(db, id);
    const shown = row === null ? undefined : (await present([row], caller)).get(id);
    if (shown === undefined) throw new Problem('not_found');
    return shown;
  };
  const own = owned(async (id) => (await findSubmission(db, id))?.userId);

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/kyc/submissions',
      summary: 'Hand the documents in to be checked',
      tag,
      roles: everybody,
      idempotency: 'optional',
      goesOn: true,
      body: submissionRequest,
      status: 202,
      answer: z.object({ id: uuid, status: z.enum(kycStatuses) }),
    }),
    async (c) => {
      const { consent, documents: documentIds, customerId, ...rest } = c.req.valid('json');
      const caller = callerOf(c);
      const userId = await whoseIs(deps, caller, customerId);
      const request = { ...rest, documentIds, noticeVersion: consent.noticeVersion };
      return c.json(await submitIdentity(deps, caller.actor, userId, request, c.get('idempotencyKey')), 202);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/kyc/submissions',
      summary: "Submissions, newest first: a customer's own, for staff everybody's",
      tag,
      roles: everybody,
      query: z.strictObject({ ...pageQuery, status: z.enum(kycStatuses).optional(), userId: uuid.optional() }),
      status: 200,
      answer: listOf(submission),
    }),
    async (c) => {
      const caller = callerOf(c);
      const { limit, cursor, status, userId } = c.req.valid('query');
      const filter = { status, userId: isStaff(caller.role) ? userId : caller.id };
      const rows = await listSubmissions(db, { ...filter, limit, cursor: timePage(cursor)?.id });
      const shown = await present(rows, caller);
      const { data, nextCursor } = page(rows, limit, ({ id }) => shown.get(id));
      return c.json({ data: data.filter((one) => one !== undefined), nextCursor }, 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/kyc/submissions/{id}',
      summary: 'One submission',
      tag,
      roles: everybody,
      guard: own,
      params: idParam,
      status: 200,
      answer: submission,
    }),
    async (c) => c.json(await read(c.req.valid('param').id, callerOf(c)), 200),
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/kyc/submissions/{id}/decision',
      summary: 'Decide a submission that is in review',
      tag,
      roles: staff,
      guard: own,
      idempotency: 'optional',
      goesOn: true,
      params: idParam,
      body: z.strictObject({ decision: z.enum(['approved', 'rejected']), reason: text() }),
      status: 200,
      answer: submission,
    }),
    async (c) => {
      const caller = callerOf(c);
      const { id: submissionId } = c.req.valid('param');
      await decideIdentity(
        deps,
        { submissionId, ...c.req.valid('json'), actor: caller.actor },
        c.get('idempotencyKey'),
      );
      return c.json(await read(submissionId, caller), 200);
    },
  );
}

/**
 * Whose papers somebody hands in: a customer his own, staff those of the customer whom they name.
 *
 * @throws Problem invalid_input naming `customerId`.
 */
async function whoseIs({ db }: ApiDependencies, { id, role }: Caller, customerId: string | undefined): Promise<string> {
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
