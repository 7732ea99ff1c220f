import type { DeclineReason } from '#domain/payments/decline';

/**
 * `not_taken`: the provider did not take the charge; sending it again is safe.
 * `unknown`: it may have been taken; ask, never resend blind.
 * `refused`: a final no, with a reason.
 */
export type ProviderFailureKind = 'not_taken' | 'unknown' | 'refused';

export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly kind: ProviderFailureKind;
  readonly reason: DeclineReason;

  constructor(
    kind: ProviderFailureKind,
    message: string,
    reason: DeclineReason = 'provider_error',
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.kind = kind;
    this.reason = reason;
  }
}
