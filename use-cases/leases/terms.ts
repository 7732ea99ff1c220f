import type { LeaseTerms } from '#domain/leases/wire';
import type { LeaseRow } from './lease-record.ts';

/** What a lease's workflow goes by of what was agreed. */
export function termsOf({ market, currency, deposit, instalment, plan }: LeaseRow): LeaseTerms {
  const { graceDays, offerHours, signHours, depositHours } = plan;
  return { market, currency, deposit, instalment, graceDays, offerHours, signHours, depositHours };
}
