import { addDays, type LocalDate } from '../calendar.ts';
import { levelled, positionOn, unpaid, type LeaseMoney, type Position, type ScheduleLine } from './position.ts';
import { unpaidMatured } from './settlement.ts';
import type { DatedMoney } from './value-date.ts';

/** Money of which nobody knows yet whether a lease was paid by it, by the day on which it was asked for or came. */
export interface Doubt extends DatedMoney {
  /** True where the money is there and only not booked. */
  readonly isThere: boolean;
  /** True for what a customer asks his own phone for, and of which nobody has heard; a settlement is none. */
  readonly isOwn?: boolean;
  /** True for a charge that is known to be paid, and only not booked. */
  readonly isPaid?: boolean;
  /** True while a provider may hear of it any moment. */
  readonly isPending?: boolean;
  /** Of what a person asked for and nobody has heard of: how many such came to nothing in the 30 days before it. */
  readonly unheardBefore?: number | null;
  /**
   * What of all lines was due on its day, paid or not, by the schedule of that day; minor units. Null where it was not
   * kept: the lines as they are now then say what was due.
   */
  readonly dueThen?: number | null;
}

/** How long, and how many of them within 30 days, what a person asks a phone for puts something off; as many count for later dues. */
const PUTS_OFF = { days: 7, times: 5 } as const;

/** What grants something: money that is there, or known to be paid. Who may keep it in doubt himself grants nothing to himself. */
export const granting = (doubts: readonly Doubt[]): Doubt[] =>
  doubts.filter(({ isThere, isPaid = false }) => isThere || isPaid);

/**
 * What puts off something that is done against a customer: all that is in doubt, but of what a person asks a phone for and
 * nobody answers a few and for some days. Otherwise he could put it off for ever.
 */
export const puttingOff = (doubts: readonly Doubt[], today: LocalDate): Doubt[] =>
  doubts.filter(
    ({ on, unheardBefore }) =>
      unheardBefore === null ||
      unheardBefore === undefined ||
      (unheardBefore < PUTS_OFF.times && addDays(on, PUTS_OFF.days) >= today),
  );

/**
 * What may be the deposit of an application: the same, and all that no provider can tell of, however old it is. Nobody makes a
 * payment unknown by himself, and a person decides on it.
 */
export const maybeDeposit = (doubts: readonly Doubt[], today: LocalDate): Doubt[] => {
  const few = new Set(puttingOff(doubts, today));
  return doubts.filter((doubt) => few.has(doubt) || doubt.isPending === false);
};

/** What is there or known to be paid pays later dues; so does what a person asked for, a few times. */
const reachesLaterDues = ({ isThere, isPaid = false, unheardBefore }: Doubt): boolean =>
  isThere || isPaid || (typeof unheardBefore === 'number' && unheardBefore < PUTS_OFF.times);

/** What is owed, in minor units. */
interface Debt {
  readonly depositDue: number;
  readonly feesDue: number;
  /** In order of their numbers. */
  readonly lines: readonly ScheduleLine[];
}

interface DoubtRule {
  readonly lateFee: number;
  readonly unit: number;
}

/**
 * What is owed if all money in doubt was paid. It fills the deposit, then fees, then lines oldest first, those that come due
 * later too, then fees that were charged after it, as it does when it is posted; a rest below a unit is forgiven as it is then.
 * What a lease asks for by itself may have paid what was due when it was asked for, at most its own sum, and no later due,
 * wherever a pause or a restructure has moved the lines since. So may what a person asks for and nobody hears of, beyond
 * a few times: otherwise he could hold collection off for ever.
 *
 * @param rule.lateFee what one late fee of the plan is, and what no payment is smaller than; minor units
 */
export function owedIfPaid(doubts: readonly Doubt[], debt: Debt, { lateFee, unit }: DoubtRule): Debt {
  if (doubts.length === 0) return debt;
  let { depositDue, feesDue, lines } = debt;
  for (const doubt of doubts.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))) {
    const { on, amount, isThere, dueThen } = doubt;
    const reaches = reachesLaterDues(doubt);
    let left = amount;
    const take = (wanted: number): number => {
      const taken = Math.min(left, Math.max(0, wanted));
      left -= taken;
      return taken;
    };
    const chargedLater = lines.filter(({ feeChargedOn }) => feeChargedOn !== null && feeChargedOn > on).length;
    depositDue -= take(depositDue);
    feesDue -= take(isThere ? feesDue : feesDue - lateFee * chargedLater);
    const isKept = !reaches && dueThen !== null && dueThen !== undefined;
    const settled = lines.reduce((sum, line) => sum + line.paid + line.waived, 0);
    let open = isKept ? Math.max(0, dueThen - settled) : 0;
    lines = lines.map((line) => {
      const taken = take(reaches ? unpaid(line) : isKept ? Math.min(open, unpaid(line)) : unpaidMatured(line, on));
      open -= taken;
      return taken === 0 ? line : { ...line, paid: line.paid + taken };
    });
    if (reaches) feesDue -= take(feesDue);
  }
  return {
    depositDue: depositDue < unit ? 0 : depositDue,
    feesDue: feesDue < unit ? 0 : feesDue,
    lines: lines.map((line) => (unpaid(line) < unit ? { ...line, paid: line.paid + unpaid(line) } : line)),
  };
}

/**
 * Where a lease stands on a day if all money in doubt was paid: by it what is late is shown and asked for, prompted
 * for and reminded of. Minor units.
 */
export function positionIfPaid(
  today: LocalDate,
  money: LeaseMoney,
  lines: readonly ScheduleLine[],
  { doubts, ...rule }: DoubtRule & { readonly doubts: readonly Doubt[] },
): Position {
  const { depositDue, feesDue } = positionOn(today, money, lines);
  const owed = owedIfPaid(doubts, { depositDue, feesDue, lines: levelled(lines) }, rule);
  const depositPaid = money.depositPaid + depositDue - owed.depositDue;
  const feesPaid = money.feesPaid + feesDue - owed.feesDue;
  return positionOn(today, { ...money, depositPaid, feesPaid }, owed.lines);
}
