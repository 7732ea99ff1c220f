/** How a provider's statement and the books differ about one payment. Amounts are minor units. */
export interface Difference {
  /** `missing_here`: on the statement, not in the books; `missing_there`: the other way round. */
  readonly kind: 'missing_here' | 'missing_there' | 'differs';
  /** The provider's receipt. */
  readonly receipt: string | null;
  readonly paymentId: string | null;
  readonly leaseId: string | null;
  readonly statementAmount: number | null;
  readonly ledgerAmount: number | null;
  readonly caseId: string | null;
}
