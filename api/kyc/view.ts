import { z } from '@hono/zod-openapi';
import type { DocumentFacts, SubmissionRow } from '#db/queries/kyc';
import { localDate } from '#domain/calendar';
import { renewableFrom } from '#domain/kyc/decision';
import { documentKinds, documentTypes, kycStatuses } from '#domain/kyc/submission';
import { vehicleTypes } from '#domain/vehicles/vehicle';
import { clearOf, type Encryption } from '#platform/encryption';
import { instant, instantOrNull, localDay, text, uuid } from '../schemas.ts';

/** What the contract calls a document and a submission. */
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

export const submissionRequest = z
  .strictObject({
    documentType: z.enum(documentTypes),
    documentNumber: text(40),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be the two capital letters of the issuing country')
      .openapi({ example: 'UG' }),
    consent: z.strictObject({ granted: z.literal(true, 'is needed'), noticeVersion: text(40) }),
    documents: z
      .array(uuid)
      .min(1)
      .max(10)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each document once'),
    vehicleType: z.enum(vehicleTypes).optional().openapi({ description: 'Asks for what this type needs besides' }),
    documentExpiresOn: localDay.optional().openapi({ description: 'Last valid day of the document' }),
    customerId: forCustomer,
  })
  .openapi('KycSubmissionRequest');

export const submission = z
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

export interface SubmissionViewer {
  readonly staff: boolean;
  readonly encryption: Pick<Encryption, 'decrypt'>;
}

/** A submission as its customer or as staff see it. Why a person looks at it is not for the customer. */
export function presentSubmission(
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
