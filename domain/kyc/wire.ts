import type { LocalDate } from '../calendar.ts';
import type { BusinessDays } from '../calendar.ts';
import type { Cause } from '../cause.ts';
import type { Actor } from '../identity/roles.ts';
import type { CheckResult, Suspicion } from './decision.ts';
import type { DocumentType, KycStatus } from './submission.ts';

/** What goes between an identity check and its activities (`domain/leases/wire.ts` says by which rules). */

/** A submission on its way to the workflow; the document's number is sealed before it leaves the API. */
export interface SubmissionOrder {
  readonly submissionId: string;
  readonly userId: string;
  readonly documentType: DocumentType;
  readonly documentNumberEncrypted: string;
  readonly documentNumberHash: string;
  readonly country: string;
  readonly documentIds: readonly string[];
  readonly noticeVersion: string;
  /** ISO 8601 UTC. */
  readonly consentedAt: string;
  /** Last valid local day of the document. */
  readonly documentExpiresOn: string | null;
  /** Who of the staff hands it in for the customer, and so does not decide; without it he does himself. */
  readonly handedInBy?: Actor;
}

export interface Subject {
  readonly userId: string;
  readonly submissionId: string;
}

type Decision = 'approved' | 'rejected' | 'expired';

export interface DecisionOrder extends Subject {
  readonly to: Decision;
  readonly reason: string | null;
}

export interface Decided {
  readonly submissionId: string;
  readonly status: Decision;
  /** First local day of the market on which an approval no longer holds. */
  readonly expiresOn: LocalDate | null;
}

/** The activities of the `kyc` task queue. */
export interface KycActivities {
  recordSubmission: (
    input: { readonly order: SubmissionOrder } & Cause,
  ) => Promise<{ readonly suspicions: Suspicion[] }>;
  checkIdentity: (input: { readonly submissionId: string }) => Promise<CheckResult>;
  /** @returns epoch milliseconds */
  businessDeadline: (input: BusinessDays) => Promise<number>;
  /** `dueAt` is an ISO instant. @returns the decision that has fallen already, if any; nothing in histories of before */
  beginReview: (
    input: Subject & { readonly why: string; readonly dueAt: string } & Cause,
  ) => Promise<Decided | null | undefined>;
  noteReviewOverdue: (input: Subject & Cause) => Promise<void>;
  noteRenewalDue: (input: Subject & { readonly expiresOn: string } & Cause) => Promise<void>;
  /** @returns the decision that stands: where a person's has fallen, the check's own changes nothing */
  decideSubmission: (input: DecisionOrder & Cause) => Promise<Decided>;
  tellWaitingLeases: (input: Subject & { readonly status: KycStatus }) => Promise<void>;
}
