import { addDays, type LocalDate } from '../calendar.ts';
import type { ErrorCode } from '../errors.ts';
import { formatMoney, money, type Currency } from '../money.ts';
import type { Plan } from '../vehicles/plan.ts';
import type { Position } from './position.ts';

/** What the law of a market asks of whoever takes a vehicle back. What stops one has its own, shorter notice. */
export interface RepossessionRule {
  /** Days between the written notice and the day on which it may be taken back. */
  readonly repossessionNoticeDays: number;
  /** True where a court has to order it once two thirds are paid. */
  readonly courtAfterTwoThirds: boolean;
}

/** Where no law of a market is entered. */
export const strictRepossession: RepossessionRule = { repossessionNoticeDays: 14, courtAfterTwoThirds: true };

/** Days past due beyond which a vehicle may be taken back whose plan never stops it: those of the last bucket. */
const UNSTOPPED_DAYS = 90;

/** Days past due beyond which a vehicle may be taken back. */
export const takenBackAfter = ({ immobiliseAfterDaysPastDue }: Pick<Plan, 'immobiliseAfterDaysPastDue'>): number =>
  immobiliseAfterDaysPastDue ?? UNSTOPPED_DAYS;

/** Why a vehicle that was taken back may not be sold on a day, or null: a written demand of what is owed has to have run. */
export function refuseSale(today: LocalDate, demand: { readonly until: LocalDate } | undefined): string | null {
  if (demand === undefined) return 'a written demand of what is owed is needed before it is sold';
  return today < demand.until ? `it may be sold from ${demand.until} on, when the demand has run` : null;
}

interface RepossessionRequest {
  /** On the lease's clock, in the market's dates. */
  readonly today: LocalDate;
  readonly position: Pick<Position, 'daysPastDue' | 'twoThirdsPaid' | 'oldestUnpaidOn' | 'paid'>;
  readonly currency: Currency;
  /** Days past due that the plan allows before it stops a vehicle. */
  readonly allowedDays: number;
  /** Of the market, on that day. */
  readonly rule: RepossessionRule;
  /** The day on which the customer had the written notice. */
  readonly noticeOn: LocalDate | null;
  /** Until when the house's own demand that runs has given him, whatever the law says by now. */
  readonly demandedUntil: LocalDate | null;
  /** The court's reference of its order. */
  readonly courtOrder: string | null;
}

/**
 * Why a vehicle may not be taken back, or null. The customer has to be later than the plan allows, to have had a written
 * notice of it for as long as the law of the market asks, and after two thirds are paid a court has to order it where that
 * law says so (for Kenya: Hire-Purchase Act, s. 15).
 */
export function refuseRepossession(request: RepossessionRequest): { code: ErrorCode; detail: string } | null {
  const { today, position, currency, allowedDays, rule, noticeOn, demandedUntil, courtOrder } = request;
  const { daysPastDue, twoThirdsPaid, oldestUnpaidOn, paid } = position;
  if (daysPastDue <= allowedDays)
    return {
      code: 'repossession_refused',
      detail: `the lease is ${daysPastDue} days past due; the plan has it wait for more than ${allowedDays}`,
    };
  const isOfNow = noticeOn !== null && noticeOn <= today && (oldestUnpaidOn === null || noticeOn > oldestUnpaidOn);
  if (noticeOn === null || !isOfNow)
    return {
      code: 'notice_required',
      detail: 'a written notice of these arrears is needed; noticeOn is the day of it',
    };
  const byLaw = addDays(noticeOn, rule.repossessionNoticeDays);
  const earliest = demandedUntil !== null && demandedUntil > byLaw ? demandedUntil : byLaw;
  if (today < earliest)
    return { code: 'notice_required', detail: `the notice of ${noticeOn} has to run until ${earliest}` };
  if (twoThirdsPaid && rule.courtAfterTwoThirds && courtOrder === null)
    return {
      code: 'court_order_required',
      detail: `${formatMoney(money(paid, currency))} are paid, two thirds or more: a court has to order it`,
    };
  return null;
}
