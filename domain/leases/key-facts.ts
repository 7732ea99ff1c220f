import { daysBetween, type LocalDate } from '../calendar.ts';
import { marketRules, type Market } from '../markets.ts';
import { money } from '../money.ts';
import type { Frequency, Plan, Subsidy } from '../vehicles/plan.ts';
import { financedOn, subsidyOn } from '../vehicles/price-on-plan.ts';
import { twoThirdsOf, unpaid, type ScheduleLine } from './position.ts';
import { annualRates, type AnnualRates, type Flow } from './rates.ts';
import { strictRepossession, takenBackAfter, type RepossessionRule } from './repossession.ts';
import { settlementOn } from './settlement.ts';

/** What a market's law and the plan together ask before a vehicle is stopped. */
interface StopTerms {
  /** Days past due beyond which it is stopped by itself; null: never. */
  readonly afterDaysPastDue: number | null;
  readonly noticeHours: number;
  /** False where nobody's vehicle is stopped who has paid two thirds. */
  readonly afterTwoThirds: boolean;
}

/** What is signed, or was. Minor units of the market's currency. */
export interface Agreed {
  readonly market: Market;
  readonly plan: Pick<
    Plan,
    'frequency' | 'markupPercent' | 'graceDays' | 'lateFee' | 'immobiliseAfterDaysPastDue' | 'subsidy'
  >;
  /** What it would cost at once. */
  readonly price: number;
  readonly deposit: number;
  /** From which the dates of the lines count. */
  readonly handedOverOn: LocalDate;
  /** As they are before anything is paid, one at least. */
  readonly lines: readonly ScheduleLine[];
  /** Both are null where no law of the market is entered: then nothing is stopped. */
  readonly stop: StopTerms | null;
  readonly repossession: RepossessionRule | null;
}

/** Two thirds of the total, and the line with which they are paid by the schedule; 0 where the deposit does. */
interface TwoThirds {
  readonly paid: number;
  readonly instalment: number;
  /** From then on only a court orders that the vehicle is taken back. */
  readonly needsCourt: boolean;
}

/** What a customer has to know before he signs. Minor units. */
export interface KeyFacts {
  readonly market: Market;
  readonly frequency: Frequency;
  readonly price: number;
  readonly deposit: number;
  /** What somebody else pays of the price; null where nobody does. */
  readonly subsidy: Subsidy | null;
  /** The price less the subsidy and the deposit: what is paid over time. */
  readonly financed: number;
  readonly instalments: number;
  /** Deposit and all lines. */
  readonly total: number;
  /** The total less what of the price is the customer's to pay. */
  readonly costOfCredit: number;
  readonly rates: AnnualRates;
  readonly handedOverOn: LocalDate;
  /** The first lines and the last one. */
  readonly example: readonly ScheduleLine[];
  readonly late: {
    readonly graceDays: number;
    readonly fee: Plan['lateFee'];
    readonly stop: StopTerms | null;
    /** Days past due beyond which the vehicle may be taken back, and the days of the written notice before it. */
    readonly takenBackAfterDays: number;
    readonly takenBackNoticeDays: number;
  };
  readonly twoThirds: TwoThirds;
  /** What owning it costs after half of the lines, on the day of the last of them. */
  readonly settling: { readonly afterInstalments: number; readonly amount: number; readonly saved: number };
}

const FIRST_LINES = 3;

/**
 * The key facts of an agreement: those of the European form (Directive 2008/48/EC annex II; 2023/2225 annex I) that fit
 * a rental that ends in ownership, the amounts of 12 CFR 1026.18 (amount financed, finance charge, total of payments), and
 * the house's own terms for who is late or leaves. The cost of credit is everything beyond the price, services in the
 * instalments included, since nobody gets the vehicle without them.
 */
export function keyFactsOf(agreed: Agreed): KeyFacts {
  const { market, plan, price, deposit, lines, stop } = agreed;
  const repossession = agreed.repossession ?? strictRepossession;
  const total = lines.reduce((sum, line) => sum + line.amount, deposit);
  const cash = money(price, marketRules(market).currency);
  const subsidy = subsidyOn(plan, market, cash);
  const financed = financedOn(plan, market, cash, deposit);
  return {
    market,
    frequency: plan.frequency,
    price,
    deposit,
    subsidy: subsidy === 0 ? null : { amount: subsidy, by: plan.subsidy?.by ?? '' },
    financed,
    instalments: lines.length,
    total,
    costOfCredit: total - deposit - financed,
    rates: annualRates(financed, flowsOf(agreed), plan.frequency),
    handedOverOn: agreed.handedOverOn,
    example: lines.filter((_, i) => i < FIRST_LINES || i === lines.length - 1),
    late: {
      graceDays: plan.graceDays,
      fee: plan.lateFee,
      stop,
      takenBackAfterDays: takenBackAfter(plan),
      takenBackNoticeDays: repossession.repossessionNoticeDays,
    },
    twoThirds: { ...twoThirdsBy(deposit, total, lines), needsCourt: repossession.courtAfterTwoThirds },
    settling: settledHalfway(agreed, total),
  };
}

/**
 * The key facts of a lease that runs, for whoever takes it over: what he is told of its schedule goes by the lines that it has by
 * now, the rest by what was agreed on.
 */
export function keyFactsNow(
  agreed: Agreed,
  { today, lines }: { readonly today: LocalDate; readonly lines: readonly ScheduleLine[] },
): KeyFacts {
  const facts = keyFactsOf(agreed);
  const { deposit } = agreed;
  const owed = lines.map((line) => ({ ...line, amount: line.amount - line.waived }));
  const total = owed.reduce((sum, line) => sum + line.amount, deposit);
  return {
    ...facts,
    twoThirds: { ...facts.twoThirds, ...twoThirdsBy(deposit, total, owed) },
    settling: settledHalfway({ ...agreed, lines }, total, today),
  };
}

/** Lines by the periods of the rates: a daily plan has its days, so that one that skips some is dearer by no more than it is. */
function flowsOf({ plan, lines, handedOverOn }: Pick<Agreed, 'plan' | 'lines' | 'handedOverOn'>): Flow[] {
  return lines.map(({ amount, dueOn }, i) => ({
    period: plan.frequency === 'daily' ? daysBetween(handedOverOn, dueOn) : i + 1,
    amount,
  }));
}

function twoThirdsBy(deposit: number, total: number, lines: readonly ScheduleLine[]): Omit<TwoThirds, 'needsCourt'> {
  const wanted = twoThirdsOf(total);
  let paid = deposit;
  const by = deposit >= wanted ? undefined : lines.find(({ amount }) => (paid += amount) >= wanted);
  return { paid: wanted, instalment: by?.number ?? 0 };
}

/** @param now before which nobody settles; of a lease of which more than half is paid, what it would cost after that */
function settledHalfway(agreed: Agreed, totalPrice: number, now?: LocalDate): KeyFacts['settling'] {
  const { market, plan, deposit, lines, handedOverOn } = agreed;
  const afterInstalments = Math.max(Math.floor(lines.length / 2), lines.filter((line) => unpaid(line) === 0).length);
  const lastOn = lines[afterInstalments - 1]?.dueOn ?? handedOverOn;
  const today = now !== undefined && now > lastOn ? now : lastOn;
  const paid = lines.map((line, i) =>
    i < afterInstalments ? { ...line, paid: line.amount - line.waived, filled: line.components } : line,
  );
  const standing = { deposit, depositPaid: deposit, feesCharged: 0, feesPaid: 0, feesWaived: 0, credit: 0, totalPrice };
  const terms = { markupPercent: plan.markupPercent, unit: marketRules(market).lineUnit };
  return { afterInstalments, ...settlementOn(today, standing, paid, terms) };
}
