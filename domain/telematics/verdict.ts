/**
 * Whether the risk is there by this message; null where the message does not say. What only seems to be, or not to
 * be, counts where the message before or after says the same.
 */
export type Verdict = boolean | 'seems' | 'seems_not' | null;
