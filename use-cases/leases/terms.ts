import type { LeaseTerms } from '#domain/leases/wire';
import type { LocalDate } from '#domain/calendar';
import { schedule, type ScheduleLine } from '#domain/leases/position';
import { money } from '#domain/money';
import { financedOn } from '#domain/vehicles/price-on-plan';
import type { LeaseRow } from './lease-record.ts';

/** What a lease's workflow goes by of what was agreed. */
export function leaseTermsOf({ market, currency, deposit, instalment, plan }: LeaseRow): LeaseTerms {
  const { graceDays, offerHours, signHours, depositHours } = plan;
  return { market, currency, deposit, instalment, graceDays, offerHours, signHours, depositHours };
}

/** The schedule of what was agreed, of a vehicle that is handed over on `start`. */
export function scheduleOn(
  {
    plan,
    market,
    price,
    currency,
    deposit,
    instalment,
    totalPrice,
  }: Pick<LeaseRow, 'plan' | 'market' | 'price' | 'currency' | 'deposit' | 'instalment' | 'totalPrice'>,
  start: LocalDate,
): ScheduleLine[] {
  const financed = financedOn(plan, market, money(price, currency), deposit);
  return schedule(plan, market, start, instalment, { total: totalPrice - deposit, financed });
}
