import { z } from '@hono/zod-openapi';
import {
  documentsByIds,
  findSubmission,
  listSubmissions,
  type DocumentFacts,
  type SubmissionRow,
} from '#db/queries/kyc';
import { localDate } from '#domain/calendar';
import { isStaff } from '#domain/identity/roles';
import { renewableFrom } from '#domain/kyc/decision';
import { documentTypes, kycStatuses } from '#domain/kyc/submission';
import { vehicleTypes } from '#domain/vehicles/vehicle';
import { clearOf, type Encryption } from '#platform/encryption';
import { decideIdentity } from '#use-cases/kyc/decide-identity';
import { submitIdentity } from '#use-cases/kyc/submit-identity';
import type { Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { isCountry } from '#domain/kyc/document-number';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, localDay, pageQuery, text, uuid } from '../schemas.ts';
import { forCustomer, storedDocument, whoseIs } from './documents.ts';

const submissionRequest = z
  .strictObject({
    documentType: z.enum(documentTypes),
    documentNumber: text(40),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be the two capital letters of the issuing country')
      .refine(isCountry, 'must be a country of ISO 3166-1')
      .openapi({ example: 'UG' }),
    consent: z.strictObject({ granted: z.literal(true, 'is needed'), noticeVersion: text(40) }),
    documents: z
      .array(uuid)
      .min(1)
      .max(10)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each document once'),
    vehicleType: z.enum(vehicleTypes).optional().openapi({
      description: 'Asks for what this type needs besides; what an open application is for is asked for by itself',
    }),
    documentExpiresOn: localDay.optional().openapi({ description: 'Last valid day of the document' }),
    customerId: forCustomer,
  })
  .openapi('KycSubmissionRequest');

/** What docs/openapi.json calls a submission. */
const submission = z
  .object({
    id: uuid,
    userId: uuid,
    status: z.enum(kycStatuses),
    documentType: z.enum(documentTypes),
    documentNumber: z.string().openapi({ description: 'Masked but for staff' }),
    country: z.string(),
    documents: z.array(storedDocument.extend({ mediaType: z.string() })),
    consent: z.object({ noticeVersion: z.string(), grantedAt: instant }),
    reason: z.string().nullable().openapi({ description: 'Why it was rejected or has expired' }),
    submittedAt: instant,
    decidedAt: instantOrNull,
    expiresOn: localDay.nullable().openapi({ description: 'First day on which the approval no longer holds' }),
    renewableFrom: localDay.nullable(),
    review: z
      .object({
        why: z.string().nullable(),
        dueAt: instantOrNull.openapi({ description: 'End of the service level' }),
        verdict: z.object({ state: z.string(), reason: z.string().nullable() }).nullable(),
        decidedBy: uuid.nullable(),
      })
      .optional()
      .openapi({ description: 'For staff only' }),
  })
  .openapi('KycSubmission');

interface SubmissionViewer {
  readonly staff: boolean;
  readonly encryption: Pick<Encryption, 'decrypt'>;
}

/** A submission as its customer or as staff see it. Why a person looks at it is not for the customer. */
function presentSubmission(
  row: SubmissionRow,
  documents: readonly DocumentFacts[],
  { staff, encryption }: SubmissionViewer,
): z.infer<typeof submission> {
  const number = clearOf(encryption, row.documentNumberEncrypted) ?? '';
  return {
    id: row.id,
    userId: row.userId,
    status: row.status,
    documentType: row.documentType,
    documentNumber: staff ? number : `${'•'.repeat(Math.max(0, number.length - 3))}${number.slice(-3)}`,
    country: row.country,
    documents: documents
      .filter(({ id }) => row.documentIds.includes(id))
      .map(({ id, kind, sha256, size, mediaType }) => ({ id, kind, sha256, size, mediaType })),
    consent: { noticeVersion: row.noticeVersion, grantedAt: row.consentedAt },
    reason: row.reason,
    submittedAt: row.createdAt,
    decidedAt: row.decidedAt,
    expiresOn: row.expiresOn,
    renewableFrom: row.status === 'approved' && row.expiresOn !== null ? renewableFrom(localDate(row.expiresOn)) : null,
    ...(staff
      ? { review: { why: row.reviewReason, dueAt: row.reviewDueAt, verdict: row.verdict, decidedBy: row.decidedBy } }
      : {}),
  };
}

const tag = 'kyc';

/** Submissions, and agents' decisions on them. */
export function submissionRoutes(deps: ApiDependencies) {
  const app = router();
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
    return found(shown);
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
  return app;
}
