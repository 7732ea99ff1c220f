/**
 * Why a customer is rung today, the most pressing first. What stands higher is rung first, and a lease is on the list by
 * any of them. The order is what collectors do: a word that was broken and a vehicle that is about to be stopped come
 * before what is only late, and a first instalment that was missed before a later one.
 */
export const callReasons = {
  call_again: 'It was agreed to ring again today, or before',
  promise_broken: 'A promise to pay was broken in the last week',
  first_instalment_missed: 'Nothing but the deposit was ever paid, and an instalment is late',
  immobilise_soon: 'The vehicle may be stopped within three days',
  tracker_silent: 'It is late, and its tracker is silent',
  prompts_declined: 'It is late, and the last three prompts were refused',
  immobilised: 'The vehicle is stopped',
  in_arrears: 'It is late beyond the grace of its plan',
} as const;
export type CallReason = keyof typeof callReasons;

/** How a call went. Who was reached, or will be rung on another day, is off the list until then. */
export const callOutcomes = ['reached', 'promised', 'no_answer', 'wrong_number', 'refused', 'call_again'] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** Who did not answer may be rung again on that day, at most so often. Our assumption; the codes of conduct of the region name no number. */
export const CALLS_A_DAY = 3;
