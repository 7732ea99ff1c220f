/** What settling early costs; amounts are minor units of the lease's currency. */
export interface SettlementQuote {
  readonly id: string;
  readonly amount: number;
  readonly saved: number;
  /** ISO instant on the lease's clock. */
  readonly validUntil: string;
}
