import type { LeaseRow } from './lease-record.ts';

/** What the workflow goes by of what was agreed. Amounts are minor units. */
export interface LeaseTerms {
  readonly market: 'UG' | 'KE' | 'RW';
  readonly currency: 'UGX' | 'KES' | 'RWF';
  readonly deposit: number;
  readonly instalment: number;
  readonly graceDays: number;
  readonly offerHours: number;
  readonly signHours: number;
  readonly depositHours: number;
}

export function termsOf({ market, currency, deposit, instalment, plan }: LeaseRow): LeaseTerms {
  const { graceDays, offerHours, signHours, depositHours } = plan;
  return { market, currency, deposit, instalment, graceDays, offerHours, signHours, depositHours };
}
