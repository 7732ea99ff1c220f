export const creditStatuses = ['approved', 'referred', 'declined'] as const;
export type CreditStatus = (typeof creditStatuses)[number];

export const creditTiers = ['A', 'B', 'C', 'D'] as const;
export type CreditTier = (typeof creditTiers)[number];

/** One line of the scorecard: what was looked at, what it was worth, in words for the customer. */
export interface CreditReason {
  readonly code: string;
  readonly points: number;
  readonly text: string;
}

/** What an approval may ask for on top of the plan. */
export interface CreditConditions {
  readonly depositPercent?: number | undefined;
  readonly guarantor?: boolean | undefined;
  readonly instalments?: number | undefined;
}

/** What is paid of a price counts as what a condition asks to be paid at the start. Minor units; 0 for nothing missing. */
export function missingOfCondition(
  { price, paid }: { readonly price: number; readonly paid: number },
  conditions: CreditConditions | null,
): number {
  return Math.max(0, Math.ceil((price * (conditions?.depositPercent ?? 0)) / 100) - paid);
}
