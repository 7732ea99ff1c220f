/**
 * What Temporal calls a failure, its `type`. Retry policies name these words, and recorded histories hold them: a word
 * that is there is never given another meaning.
 */

/** Somebody is refused what he asked for, as a `Problem` says: nothing is broken. */
export const REFUSAL = 'Problem';
/** It comes back the same until somebody mends it. */
export const DEFECT = 'Defect';
/** Somebody outside does not answer. */
export const PROVIDER = 'Provider';
/** A part of ours is out of reach, which passes. */
export const OUTAGE = 'Outage';

/** Why an activity failed. */
export type FailureKind = typeof DEFECT | typeof PROVIDER | typeof OUTAGE;
