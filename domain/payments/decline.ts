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
  /** It was not due any more when it was to be sent: nobody was asked. */
  'not_due',
] as const;

export type DeclineReason = (typeof declineReasons)[number];

export interface Decline {
  /** Whether the customer's next payment method is tried at once. */
  readonly tryNextMethod: boolean;
  /** When the next automatic try is: `nextTry` says how a long row of failures lengthens it. */
  readonly retry: 'at_next_hours' | 'next_day' | 'next_week';
  /**
   * The text that the customer gets where no other method is tried; null where there is nothing to tell him: no
   * fault of his, or nothing that he could mend before the next try.
   */
  readonly text: 'prompt_declined' | 'wrong_pin' | 'other_method' | null;
}

/** What follows from each reason. Workflow code: a change of `tryNextMethod` or `retry` needs a guard, and so does a text. */
export const declines: Readonly<Record<DeclineReason, Decline>> = {
  no_funds: { tryNextMethod: true, retry: 'at_next_hours', text: null },
  declined: { tryNextMethod: false, retry: 'next_day', text: 'prompt_declined' },
  no_subscriber: { tryNextMethod: true, retry: 'next_week', text: 'other_method' },
  over_limit: { tryNextMethod: true, retry: 'next_week', text: 'other_method' },
  expired: { tryNextMethod: false, retry: 'next_day', text: 'prompt_declined' },
  blocked: { tryNextMethod: true, retry: 'next_week', text: 'other_method' },
  wrong_pin: { tryNextMethod: false, retry: 'next_day', text: 'wrong_pin' },
  not_confirmed: { tryNextMethod: false, retry: 'next_day', text: null },
  provider_error: { tryNextMethod: false, retry: 'at_next_hours', text: null },
  not_sent: { tryNextMethod: false, retry: 'at_next_hours', text: null },
  not_due: { tryNextMethod: false, retry: 'at_next_hours', text: null },
};
