import type { LocalDate } from '#domain/calendar';
import type { Market, PaymentProvider } from '#domain/markets';

/** What a reconciliation is started with. */
export interface ReconciliationInput {
  readonly reconciliationId: string;
  readonly provider: PaymentProvider;
  /** Null: all markets of the provider, in one report. */
  readonly market: Market | null;
  /** On the provider's wall. */
  readonly date: LocalDate;
  readonly requestedBy: string | null;
  /** Only where the day has no good report yet. */
  readonly ifMissing?: boolean;
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
