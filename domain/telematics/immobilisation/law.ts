import type { LocalDate } from '../../calendar.ts';
import type { Market } from '../../markets.ts';

/**
 * What a market's law, and where it is silent the lender's own policy, asks of whoever stops a vehicle, takes it back or
 * sells it, from a day on.
 * It is data (`telematics.market_rules`): a law that changes is a row with its date of effect, and no release.
 */
export interface MarketRule {
  readonly market: Market;
  /** The first local day on which it holds. */
  readonly effectiveFrom: LocalDate;
  /** Days past due that do not suffice; the plan may ask for more. */
  readonly leastDaysPastDue: number;
  /** Hours between a warning that was delivered and the stop; the plan may ask for more. */
  readonly noticeHours: number;
  /** Local hours, from the first until the second, in which a vehicle may be stopped. */
  readonly fromHour: number;
  readonly untilHour: number;
  /** False where a customer who has paid two thirds may only be sued. */
  readonly stopsAfterTwoThirds: boolean;
  /** Days between the written notice of arrears and the day on which a vehicle may be taken back. */
  readonly repossessionNoticeDays: number;
  /** True where, once two thirds are paid, only a court orders that a vehicle is taken back. */
  readonly courtAfterTwoThirds: boolean;
  /** Days after a written demand before which a vehicle that was taken back may not be sold. */
  readonly saleDaysAfterDemand: number;
  /** True where a customer still owes what the sale of a vehicle that was taken back has not brought. */
  readonly isShortfallOwed: boolean;
  /** Which law, section and year, or whose policy. */
  readonly source: string;
}

/** The rule of a market that holds on a local day; null where none does: then nothing is stopped. */
export function ruleOn<Rule extends Pick<MarketRule, 'market' | 'effectiveFrom'>>(
  rules: readonly Rule[],
  market: Market,
  on: LocalDate,
): Rule | null {
  const held = rules.filter((rule) => rule.market === market && rule.effectiveFrom <= on);
  return held.toSorted((a, b) => (a.effectiveFrom < b.effectiveFrom ? 1 : -1))[0] ?? null;
}

/** Days past due beyond which a vehicle may be stopped: the stricter of plan and law. */
export const thresholdOf = (planDays: number | null, rule: Pick<MarketRule, 'leastDaysPastDue'>): number =>
  Math.max(planDays ?? 0, rule.leastDaysPastDue);

/** Hours of notice: the stricter of plan and law. */
export const legalNoticeOf = (planHours: number, rule: Pick<MarketRule, 'noticeHours'>): number =>
  Math.max(planHours, rule.noticeHours);
