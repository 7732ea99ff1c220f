import { addDays, localDate, type LocalDate } from '../calendar.ts';

/** What the automated check found. `unanswered`: nobody could say within the deadline. */
export interface CheckResult {
  readonly state: 'clear' | 'block' | 'attention' | 'error' | 'unanswered';
  /** The provider's reason word, or our own (`outcome_unknown`, `no_provider`, …); null for a match. */
  readonly reason: string | null;
}

/** What is suspicious about a submission before anybody has looked at the documents. */
const suspicions = ['document_of_another_customer'] as const;
export type Suspicion = (typeof suspicions)[number];

export type Judgement =
  | { readonly to: 'approved' }
  | { readonly to: 'rejected'; readonly reason: string }
  | { readonly to: 'in_review'; readonly why: string };

/**
 * What follows from an automated check. A definite no rejects; a match approves only where nothing else
 * is suspicious; everything between is for a person. `why` is for staff and never shown to a customer.
 */
export function judge(result: CheckResult, suspected: readonly Suspicion[]): Judgement {
  if (result.state === 'block') return { to: 'rejected', reason: rejectionText(result.reason) };
  if (suspected.length > 0) return { to: 'in_review', why: [...suspected, result.state].join(', ') };
  if (result.state === 'clear') return { to: 'approved' };
  return { to: 'in_review', why: result.reason === null ? result.state : `${result.state}: ${result.reason}` };
}

/** True when a verdict that comes during the review may still decide by itself. */
export function isFinal(result: CheckResult): boolean {
  return result.state === 'clear' || result.state === 'block';
}

const rejections: ReadonlyMap<string, string> = new Map([
  ['identifier_not_found', 'The document number was not found in the national registry.'],
  ['face_verification_failed', 'The photograph does not match the document.'],
  ['spoof_detected', 'The photograph was not taken of a living person.'],
  ['age_requirement_not_met', 'The document says that you are not old enough.'],
  ['document_check_failed', 'The document could not be verified as genuine.'],
  ['document_expired', 'The document has expired.'],
  ['document_copy_detected', 'The photograph shows a copy, not the document itself.'],
]);

/** What the customer is told, and can do something about; the provider's own words are not passed on. */
export function rejectionText(reason: string | null): string {
  return rejections.get(reason ?? '') ?? 'Your identity could not be confirmed with this document.';
}

/** Reasons of a check that point to a forgery rather than to a mistake. */
export const forgeryReasons = ['document_check_failed', 'spoof_detected', 'document_copy_detected'] as const;

/** Business days of the market within which an agent looks at a submission, and after which it lapses unlooked at. */
export const REVIEW_BUSINESS_DAYS = 2;
export const REVIEW_LAPSE_BUSINESS_DAYS = 20;

/** Days for which an approval holds at most: who a customer is, is asked again every two years. */
const APPROVAL_DAYS = 730;
/** Days before the lapse from which a new document is taken, and at which the customer's file is marked for renewal. */
export const RENEWAL_DAYS = 60;

/**
 * The first local day on which an approval no longer holds: the day after the document's last, two years
 * after the approval at the latest.
 *
 * @param documentExpiresOn the document's last valid day, where the customer named it
 */
export function lapsesOn(approvedOn: LocalDate, documentExpiresOn: string | null): LocalDate {
  const latest = addDays(approvedOn, APPROVAL_DAYS);
  if (documentExpiresOn === null) return latest;
  const afterDocument = addDays(localDate(documentExpiresOn), 1);
  return afterDocument < latest ? afterDocument : latest;
}

/** The first local day on which a renewal is taken. */
export function renewableFrom(lapse: LocalDate): LocalDate {
  return addDays(lapse, -RENEWAL_DAYS);
}
