import { addDays, type LocalDate } from '../calendar.ts';
import type { AllocationPart } from '../payments/payment.ts';

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
}

/**
 * The late fees that would not have been charged if every payment had been known on its day: those of lines
 * that, by value dates, were paid by the last day of their grace. Money fills the fees that were owed on its day
 * first, then lines in their order, as it does when it is posted; of a day the fee comes before the money.
 */
export function unfoundedFees(
  charged: readonly ChargedFee[],
  { received, waived, graceDays }: FeeHistory,
): ChargedFee[] {
  const events = [
    ...received.map(({ on, amount }) => ({ on, amount, isWaiver: false })),
    ...waived.map(({ on, amount }) => ({ on, amount, isWaiver: true })),
  ].toSorted(byDay);
  const filled: DatedMoney[] = [];
  let owed = 0;
  const unfounded: ChargedFee[] = [];
  for (const fee of charged.toSorted(byDay)) {
    for (let next = events[0]; next !== undefined && next.on < fee.on; next = events[0]) {
      events.shift();
      const forFees = Math.min(owed, next.amount);
      owed -= forFees;
      if (!next.isWaiver) filled.push({ on: next.on, amount: next.amount - forFees });
    }
    const lastDay = addDays(fee.dueOn, graceDays);
    const inTime = filled.filter(({ on }) => on <= lastDay).reduce((sum, { amount }) => sum + amount, 0);
    if (inTime >= fee.upTo) unfounded.push(fee);
    else owed += fee.amount;
  }
  return unfounded;
}

const byDay = (a: { readonly on: LocalDate }, b: { readonly on: LocalDate }) =>
  a.on < b.on ? -1 : a.on > b.on ? 1 : 0;

/** What taking fees back comes to. Minor units. */
export interface FeesTakenBack {
  /** Of each fee: what is not owed any more, and what of it was paid and is the customer's again. */
  readonly each: readonly { readonly fee: ChargedFee; readonly amount: number; readonly paid: number }[];
  readonly amount: number;
  readonly paid: number;
}

/**
 * How much of `fees` is taken back: never what was waived already, since that was forgiven and is not given a
 * second time. What was paid of them beyond the fees that stay is free again.
 */
export function takeBack(
  fees: readonly ChargedFee[],
  {
    feesCharged,
    feesPaid,
    feesWaived,
  }: { readonly feesCharged: number; readonly feesPaid: number; readonly feesWaived: number },
): FeesTakenBack {
  let room = feesCharged - feesWaived;
  const amounts = fees.map((fee) => {
    const amount = Math.min(fee.amount, room);
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
      let left = part.amount;
      for (const one of open) {
        const amount = Math.min(left, one.amount);
        left -= amount;
        one.amount -= amount;
        if (amount > 0) paid.push({ ...one, amount });
      }
      return left > 0 ? [{ ...part, amount: left }] : [];
    });
    if (paid.length > 0) changed.set(id, [...kept, ...paid]);
  }
  return changed;
}
