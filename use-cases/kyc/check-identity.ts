import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { and, eq, inArray, isNull, ne } from 'drizzle-orm';
import { documents, submissions } from '#db/schema/index';
import { findSubmission, type SubmissionRow } from '#db/queries/kyc';
import type { CheckResult } from '#domain/kyc/decision';
import type { DocumentKind } from '#domain/kyc/submission';
import type { IdentityCheckProvider } from '#providers/identity-check/provider';
import { ProviderFailure } from '#providers/provider-failure';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import type { KycDependencies } from './dependencies.ts';

/** The provider takes requests of at most 4.5 MB; the rest of the form needs little. */
const LARGEST_FILES = 4_300_000;

/**
 * Sends a submission to the identity-check provider once, and on every later try asks for the verdict:
 * polling is the activity's retry policy. The provider has no idempotency key, so that a sending is
 * written down before it begins; one of which nobody knows the end is never repeated but goes to an agent.
 *
 * @throws ApplicationFailure `NotTaken` or `Pending`: to be tried again.
 */
export async function checkIdentity(
  deps: KycDependencies,
  input: { readonly submissionId: string },
): Promise<CheckResult> {
  const row = await findSubmission(deps.db, input.submissionId);
  if (row === null) throw new Error(`there is no submission ${input.submissionId}`);
  const provider = deps.identityCheck;
  if (provider === null) return { state: 'attention', reason: 'no_provider' };
  if (row.jobId !== null) return askVerdict(deps, provider, row.id, row.jobId);
  if (row.callbackHash !== null) return { state: 'unanswered', reason: 'outcome_unknown' };
  return send(deps, provider, row);
}

async function send(deps: KycDependencies, provider: IdentityCheckProvider, row: SubmissionRow): Promise<CheckResult> {
  const { db, encryption, config } = deps;
  const files = await filesOf(deps, row);
  if (files === null) return { state: 'attention', reason: 'files_not_checkable' };
  const secret = callbackSecret(encryption, row.id);
  const begun = await db
    .update(submissions)
    .set({ callbackHash: callbackHash(encryption, secret) })
    .where(and(eq(submissions.id, row.id), isNull(submissions.callbackHash), isNull(submissions.jobId)))
    .returning({ id: submissions.id });
  if (begun.length === 0) return { state: 'unanswered', reason: 'outcome_unknown' };
  try {
    const { jobId } = await provider.submit({
      submissionId: row.id,
      userId: row.userId,
      country: row.country,
      documentType: row.documentType,
      documentNumber: encryption.decrypt(row.documentNumberEncrypted),
      ...files,
      consent: { grantedAt: row.consentedAt, noticeUrl: `${config.PUBLIC_URL}/v1/kyc/notice` },
      callbackUrl: `${config.PUBLIC_URL}/v1/callbacks/smileid/${secret}`,
    });
    await db.update(submissions).set({ jobId }).where(eq(submissions.id, row.id));
  } catch (error) {
    return whenNotSent(deps, row, error);
  }
  throw again('Pending', 'the provider took the check');
}

async function whenNotSent({ db, log }: KycDependencies, row: SubmissionRow, error: unknown): Promise<CheckResult> {
  if (!(error instanceof ProviderFailure)) throw error;
  switch (error.kind) {
    case 'not_taken':
      await db.update(submissions).set({ callbackHash: null }).where(eq(submissions.id, row.id));
      throw again('NotTaken', error.message);
    case 'refused':
      log.warn({ submissionId: row.id, reason: error.message }, 'the identity-check provider refused a submission');
      return { state: 'error', reason: 'refused' };
    case 'unknown':
      return { state: 'unanswered', reason: 'outcome_unknown' };
  }
}

async function askVerdict(
  { db }: KycDependencies,
  provider: IdentityCheckProvider,
  submissionId: string,
  jobId: string,
): Promise<CheckResult> {
  let verdict;
  try {
    verdict = await provider.status(jobId);
  } catch (error) {
    if (error instanceof ProviderFailure) throw again('Pending', error.message);
    throw error;
  }
  const { state, reason } = verdict;
  if (state === 'pending') throw again('Pending', 'the provider has no verdict yet');
  // Of whoever was erased meanwhile nothing is kept.
  const isKept = and(eq(submissions.id, submissionId), ne(submissions.documentNumberHash, ''));
  await db.update(submissions).set({ verdict: { state, reason } }).where(isKept);
  return { state, reason };
}

/** Waiting is no fault: workers do not warn of it. */
const again = (type: 'NotTaken' | 'Pending', message: string) =>
  ApplicationFailure.create({ message, type, category: ApplicationFailureCategory.BENIGN });

/** The face and the document that are compared; null where they are none the provider takes. */
async function filesOf({ db, encryption }: KycDependencies, row: SubmissionRow) {
  const wanted: DocumentKind = row.documentType === 'drivingLicence' ? 'drivingLicence' : 'idFront';
  const found = await db
    .select()
    .from(documents)
    .where(and(inArray(documents.id, row.documentIds), inArray(documents.kind, ['selfie', wanted])));
  const selfie = found.find(({ kind }) => kind === 'selfie');
  const document = found.find(({ kind }) => kind === wanted);
  if (selfie === undefined || document === undefined) return null;
  if (selfie.mediaType === 'application/pdf') return null;
  if (selfie.size + document.size > LARGEST_FILES) return null;
  const clear = ({ keyId, contentEncrypted, mediaType }: typeof selfie) => ({
    bytes: encryption.decryptBytes(keyId, contentEncrypted),
    mediaType,
  });
  return { selfie: clear(selfie), document: clear(document) };
}
