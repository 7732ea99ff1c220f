import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { documentsOf } from '#db/queries/kyc';
import { typesAppliedFor } from '#db/queries/vehicles';
import { users } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem, type FieldError } from '#domain/errors';
import { documentNumberProblem, normaliseDocumentNumber } from '#domain/kyc/document-number';
import { kycNotice } from '#domain/kyc/notice';
import { missingDocuments, missingText, type DocumentType } from '#domain/kyc/submission';
import type { Market } from '#domain/markets';
import type { VehicleType } from '#domain/vehicles/vehicle';
import type { Encryption } from '#platform/encryption';
import type { SubmissionOrder } from '#domain/kyc/wire';

/** What a customer sends, its shape already checked. */
export interface SubmissionRequest {
  readonly documentType: DocumentType;
  readonly documentNumber: string;
  /** ISO 3166-1 alpha-2 of the document's issuer. */
  readonly country: string;
  readonly noticeVersion: string;
  readonly documentIds: readonly string[];
  /** The vehicle the customer has in mind, whose further documents are wanted too, as are those of what he has applied for. */
  readonly vehicleType?: VehicleType | undefined;
  /** Last valid local day of the document. */
  readonly documentExpiresOn?: string | undefined;
}

/**
 * Checks a submission and seals its document number, so that the workflow never holds it in clear.
 * Nothing is written; the workflow records it, or refuses it while another is open.
 *
 * @throws Problem naming every field that is wrong.
 */
export async function prepareSubmission(
  { db, encryption }: { readonly db: Database; readonly encryption: Encryption },
  input: { readonly userId: string; readonly at: Date; readonly request: SubmissionRequest },
): Promise<{ readonly market: Market; readonly order: SubmissionOrder }> {
  const { userId, at, request } = input;
  const number = normaliseDocumentNumber(request.documentNumber);
  const wrongNumber = documentNumberProblem(number);
  if (wrongNumber !== null)
    throw new Problem('invalid_input', `documentNumber: ${wrongNumber}`, [
      { path: 'documentNumber', message: wrongNumber },
    ]);

  const [user] = await db.select({ market: users.market }).from(users).where(eq(users.id, userId));
  const market = user?.market ?? null;
  if (market === null) throw new Problem('unprocessable', 'only customers of a market submit documents');
  const errors = [
    ...meaning(request, localDateAt(at.getTime(), market)),
    ...(await documentErrors(db, userId, request)),
  ];
  const [first] = errors;
  if (first !== undefined)
    throw new Problem('unprocessable', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), errors);

  return {
    market,
    order: {
      submissionId: uuidv7(),
      userId,
      documentType: request.documentType,
      documentNumberEncrypted: encryption.encrypt(number),
      documentNumberHash: encryption.hash('document', `${request.country}:${request.documentType}:${number}`),
      country: request.country,
      documentIds: request.documentIds,
      noticeVersion: request.noticeVersion,
      consentedAt: at.toISOString(),
      documentExpiresOn: request.documentExpiresOn ?? null,
    },
  };
}

function meaning({ noticeVersion, documentExpiresOn }: SubmissionRequest, today: string): FieldError[] {
  const errors: FieldError[] = [];
  if (noticeVersion !== kycNotice.noticeVersion) {
    errors.push({
      path: 'consent.noticeVersion',
      message: `the current notice is ${kycNotice.noticeVersion}: show it and ask again`,
    });
  }
  if (documentExpiresOn !== undefined && documentExpiresOn < today) {
    errors.push({ path: 'documentExpiresOn', message: 'the document has expired' });
  }
  return errors;
}

async function documentErrors(db: Database, userId: string, request: SubmissionRequest): Promise<FieldError[]> {
  const { documentType, documentIds, vehicleType } = request;
  const own = await documentsOf(db, userId, documentIds);
  const foreign = documentIds.flatMap((id, i) =>
    own.some((document) => document.id === id)
      ? []
      : [{ path: `documents.${i}`, message: 'there is no such document of yours' }],
  );
  if (foreign.length > 0) return foreign;
  const missing = missingDocuments(
    documentType,
    own.map(({ kind }) => kind),
    ...(vehicleType === undefined ? [] : [vehicleType]),
    ...(await typesAppliedFor(db, userId)),
  );
  return missing.length === 0 ? [] : [{ path: 'documents', message: missingText(missing) }];
}
