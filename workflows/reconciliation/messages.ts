import type { ReportOrder } from '#domain/payments/wire';

/** What a reconciliation is started with. */
export interface ReconciliationInput extends ReportOrder {
  /** Minutes for which a provider that does not give its statement is asked; half a day where it is not said. */
  readonly patience?: number;
}

/** One at a time for a provider's day; it may be done again when it is over. `prefix` is the platform's. */
export function reconciliationWorkflowId(
  prefix: string,
  { provider, market, date }: Pick<ReconciliationInput, 'provider' | 'market' | 'date'>,
): string {
  return `${prefix}reconciliation-${provider}-${market ?? 'all'}-${date}`;
}
