import { addDays, type LocalDate } from '../calendar.ts';
import type { AllocationPart } from '../ledger/ledger.ts';
import { payOf } from './lease-credit.ts';

/** Money by the local day from which it counts. Minor units. */
export interface DatedMoney {
  readonly on: LocalDate;
  readonly amount: number;
}

/** A late fee that was charged, with what its line looked like then. Minor units. */
export interface ChargedFee {
  /** Of the transfer that charged it. */
  readonly id: string;
  readonly instalment: number;
  readonly on: LocalDate;
  readonly amount: number;
  /** The day on which it was booked, later than `on` where it was owed again; null where it is not owed yet. */
  readonly chargedOn: LocalDate | null;
  /** When its line was due. */
  readonly dueOn: LocalDate;
  /** What the lines up to it, with it, come to, less what was waived of them. */
  readonly upTo: number;
}

/** What a lease's fees are judged by. */
export interface FeeHistory {
  /** What came for fees and lines, without deposits. */
  readonly received: readonly DatedMoney[];
  readonly waived: readonly DatedMoney[];
  readonly graceDays: number;
  /** What nobody is late by, minor units. */
  readonly leastAsked: number;
  readonly credited?: CreditedDays;
}

/** Days that the house gave for its own workshop, and the local day on which it is asked. */
export interface CreditedDays {
  readonly today: LocalDate;
  /** `since`: the first of the days; `given`: when they were given, which moved the lines from then on. */
  readonly each: readonly { readonly since: LocalDate; readonly given: LocalDate; readonly days: number }[];
}

/** How many of these days a fee's line had to be paid later, had they been given on their day: those from before it was charged are in its line. */
export const daysCredited = ({ on }: ChargedFee, { each }: CreditedDays): number =>
  each.reduce((sum, { since, given, days }) => sum + (since <= on && on <= given ? days : 0), 0);

/**
 * The late fees that would not have been charged if every payment had been known on its day: those of lines
 * that, by value dates, were paid by the last day of their grace. Money fills the fees that were owed on its day
 * first, then lines in their order, as it does when it is posted; of a day the fee comes before the money. One that was
 * booked later, since it had been in doubt or undone, takes nothing of what came before. Days that the house gave later for its own workshop
 * are days more to pay: a fee of a line whose time is not over by that is unfounded too.
 */
export function unfoundedFees(
  charged: readonly ChargedFee[],
  { received, waived, graceDays, leastAsked, credited }: FeeHistory,
): ChargedFee[] {
  const filled: DatedMoney[] = [];
  let owed = 0;
  const unfounded: ChargedFee[] = [];
  const judge = (fee: ChargedFee) => {
    const more = credited === undefined ? 0 : daysCredited(fee, credited);
    const lastDay = addDays(fee.dueOn, graceDays + more);
    // Of money that came after the fee as well, where it was in time by the days that were given.
    const after = more === 0 ? [] : received.filter(({ on, amount }) => on >= fee.on && amount > 0);
    const inTime = [...filled, ...after].filter(({ on }) => on <= lastDay).reduce((sum, { amount }) => sum + amount, 0);
    const isToCome = more > 0 && credited !== undefined && credited.today <= lastDay;
    if (isToCome || fee.upTo - inTime < leastAsked) unfounded.push(fee);
  };
  const owe = (fee: ChargedFee) => {
    if (!unfounded.includes(fee)) owed += fee.amount;
  };
  // What was given back was beyond all that was owed: it had paid no fee.
  const take = ({ amount }: DatedMoney) => {
    if (amount < 0) return amount;
    const forFees = Math.min(owed, amount);
    owed -= forFees;
    return amount - forFees;
  };
  // Sorting is stable: what is named first comes first of its day.
  const happened = [
    ...charged.map((fee) => ({ on: fee.on, apply: () => judge(fee) })),
    ...charged.flatMap((fee) => (fee.chargedOn === null ? [] : [{ on: fee.chargedOn, apply: () => owe(fee) }])),
    ...received.map((one) => ({ on: one.on, apply: () => filled.push({ on: one.on, amount: take(one) }) })),
    ...waived.map((one) => ({ on: one.on, apply: () => take(one) })),
  ];
  for (const { apply } of happened.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))) apply();
  return unfounded;
}

/** What moved the fees of a lease, in the order in which it was booked. Minor units. */
export interface FeeEntry {
  /** Of the transfer. */
  readonly id: string;
  readonly kind: string;
  /** The transfer that it undoes. */
  readonly reverses: string | null;
  /** By how much less is due of fees; negative is more. */
  readonly amount: number;
}

/**
 * What was waived of each late fee, by the id of its transfer: of those that were due at that moment the oldest first,
 * as with what is paid of them.
 */
export function waivedByFee(entries: readonly FeeEntry[]): Map<string, number> {
  const waived = new Map<string, number>();
  let due: FeePart[] = [];
  let paid: FeePart[] = [];
  for (const { id, kind, reverses, amount } of entries) {
    if (kind === 'late_fee') due.push({ id, amount: -amount });
    else if (kind === 'late_fee_undone') {
      // What was paid of it has paid the next ones that are due.
      const free = paid.filter((fee) => fee.id === reverses).reduce((sum, fee) => sum + fee.amount, 0);
      const [taken, stay] = takeFrom(
        due.filter((fee) => fee.id !== reverses),
        free,
      );
      due = stay;
      paid = [...paid.filter((fee) => fee.id !== reverses), ...taken];
    } else if (amount < 0) {
      // A payment was taken back: what it had paid last is due again.
      const [again, stay] = takeFrom(paid.toReversed(), -amount);
      [due, paid] = [[...again.toReversed(), ...due], stay.toReversed()];
    } else {
      const [taken, stay] = takeFrom(due, amount);
      due = stay;
      if (kind !== 'fee_waiver' && kind !== 'rounding') paid.push(...taken);
      else for (const fee of taken) waived.set(fee.id, (waived.get(fee.id) ?? 0) + fee.amount);
    }
  }
  return waived;
}

interface FeePart {
  readonly id: string;
  readonly amount: number;
}

/** Splits `parts` into their first `sum` and the rest. */
function takeFrom(parts: readonly FeePart[], sum: number): [taken: FeePart[], rest: FeePart[]] {
  let left = sum;
  const split = parts.map(({ id, amount }) => {
    const taken = Math.min(left, amount);
    left -= taken;
    return { id, taken, rest: amount - taken };
  });
  return [
    split.filter(({ taken }) => taken > 0).map(({ id, taken }) => ({ id, amount: taken })),
    split.filter(({ rest }) => rest > 0).map(({ id, rest }) => ({ id, amount: rest })),
  ];
}

/** What taking fees back comes to. Minor units. */
interface FeesTakenBack {
  /** Of each fee: what is not owed any more, and what of it was paid and is the customer's again. */
  readonly each: readonly { readonly fee: ChargedFee; readonly amount: number; readonly paid: number }[];
  readonly amount: number;
  readonly paid: number;
}

/**
 * How much of `fees` is taken back: never what was waived of them (`waivedByFee`), since that was forgiven and is not
 * given a second time. What was paid of them beyond the fees that stay is free again.
 */
export function takeFeesBack(
  fees: readonly ChargedFee[],
  {
    feesCharged,
    feesPaid,
    feesWaived,
  }: { readonly feesCharged: number; readonly feesPaid: number; readonly feesWaived: number },
  waived: ReadonlyMap<string, number>,
): FeesTakenBack {
  let room = feesCharged - feesWaived;
  const amounts = fees.map((fee) => {
    const amount = Math.min(fee.amount - (waived.get(fee.id) ?? 0), room);
    room -= amount;
    return { fee, amount };
  });
  const amount = amounts.reduce((sum, one) => sum + one.amount, 0);
  const paid = Math.max(0, feesPaid - (feesCharged - amount - feesWaived));
  let left = paid;
  const each = amounts.map((one) => {
    const part = Math.min(left, one.amount);
    left -= part;
    return { ...one, paid: part };
  });
  return { each: each.filter((one) => one.amount > 0), amount, paid };
}

/**
 * Payments that paid a fee that is taken back have paid something else instead, so that taking them back owes
 * that again.
 *
 * @param payments newest first
 * @param parts what their fee money goes to now
 * @returns the new allocations, by payment; each sums to what it did.
 */
export function payInstead(
  payments: readonly { readonly id: string; readonly allocation: readonly AllocationPart[] }[],
  parts: readonly AllocationPart[],
): Map<string, AllocationPart[]> {
  const open = parts.map((part) => ({ ...part }));
  const changed = new Map<string, AllocationPart[]>();
  for (const { id, allocation } of payments) {
    const paid: AllocationPart[] = [];
    const kept = allocation.flatMap((part) => {
      if (part.component !== 'fee') return [part];
      const { paid: others, rest } = payOf(open, part.amount);
      paid.push(...others);
      return rest > 0 ? [{ ...part, amount: rest }] : [];
    });
    if (paid.length > 0) changed.set(id, [...kept, ...paid]);
  }
  return changed;
}
