/** Why a charge did not succeed, in the platform's words; the adapters translate into these. */
export const declineReasons = [
  'no_funds',
  'declined',
  'no_subscriber',
  'over_limit',
  'expired',
  'blocked',
  'wrong_pin',
  'not_confirmed',
  'provider_error',
  /** Nothing reached the provider: no fault of the customer's. */
  'not_sent',
] as const;

export type DeclineReason = (typeof declineReasons)[number];
