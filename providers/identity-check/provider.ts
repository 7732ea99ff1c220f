import type { CircuitState } from '../breaker.ts';

/** The documents and facts that an automated identity check compares. */
export interface IdentityCheckRequest {
  /** The KYC submission; the provider has no idempotency key, so it is only sent once a job is not known. */
  readonly submissionId: string;
  readonly userId: string;
  readonly country: string;
  readonly documentType: 'nationalId' | 'passport' | 'drivingLicence';
  readonly documentNumber: string;
  readonly selfie: { readonly bytes: Uint8Array; readonly mediaType: string };
  readonly document: { readonly bytes: Uint8Array; readonly mediaType: string };
  readonly consent: { readonly grantedAt: Date; readonly noticeUrl: string };
  readonly callbackUrl: string;
}

/** `clear`: a match. `block`: a definite no. `attention`: a person must look. `error`: no verdict. */
export interface IdentityVerdict {
  readonly state: 'pending' | 'clear' | 'block' | 'attention' | 'error';
  /** The provider's reason word (`identifier_not_found`, `spoof_detected`, …) or null. */
  readonly reason: string | null;
}

/** An identity-check provider over its wire format; every call throws `ProviderFailure` when there is no answer. */
export interface IdentityCheckProvider {
  readonly name: string;
  submit(request: IdentityCheckRequest): Promise<{ readonly jobId: string }>;
  status(jobId: string): Promise<IdentityVerdict>;
  /** @throws SyntaxError when the body is not a callback of this provider. */
  parseCallback(body: string): { readonly jobId: string; readonly verdict: IdentityVerdict };
  /** Resolves when the provider answers. @throws ProviderFailure */
  ping(): Promise<void>;
  /** Of the circuit breaker, for health and metrics. */
  circuit(): CircuitState;
}
