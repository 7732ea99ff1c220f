import type { AllocationPart } from '../ledger/ledger.ts';

/** A refund that fails is tried again on so many days, then it is a person's case, and may be paid out in cash. */
export const REFUND_TRIES = 5;

/** A payment that brought credit. */
interface CreditSource {
  readonly id: string;
  /** What it brought beyond what was owed, less what of it was given back or is on its way back. Minor units. */
  readonly open: number;
}

/**
 * What of a lease's credit came from which payment, so that each goes back the way it came and none gives back
 * more than it brought. Credit that was used was the oldest.
 *
 * @param credit minor units, without what is on its way back
 * @param sources oldest first
 */
export function creditBySource(credit: number, sources: readonly CreditSource[]): Map<string, number> {
  let used = Math.max(0, sources.reduce((sum, { open }) => sum + open, 0) - credit);
  return new Map(
    sources.map(({ id, open }) => {
      const gone = Math.min(used, open);
      used -= gone;
      return [id, open - gone];
    }),
  );
}

/**
 * What taking a payment back undoes. While the lease lives, what it paid is owed again; its credit is gone as
 * far as it is there, and what of it was used or given back is in dispute. Of a lease that has ended nothing is
 * owed again: all of it is taken from credit, and the rest is in dispute. Cents of it that the house had taken it gives back.
 *
 * @param parts of the payment's allocation
 * @param free credit of the lease in minor units, without what is on its way back
 */
export function takenBackParts(
  parts: readonly AllocationPart[],
  { ended, free }: { readonly ended: boolean; readonly free: number },
): AllocationPart[] {
  const goesToCredit = ({ component }: AllocationPart) => component === 'credit' || (ended && component !== 'rounding');
  const sum = parts.filter(goesToCredit).reduce((total, { amount }) => total + amount, 0);
  const credit = Math.min(sum, Math.max(0, free));
  const house = [
    { component: 'credit', instalment: null, amount: credit },
    { component: 'disputed', instalment: null, amount: sum - credit },
  ];
  return [...parts.filter((part) => !goesToCredit(part)), ...house.filter(({ amount }) => amount > 0)];
}

/** What of a payment's parts is left to take back where so much went back before: its credit first, then its deposit. */
export function lessWentBack(parts: readonly AllocationPart[], amount: number): AllocationPart[] {
  const { others, kept, gone } = without(parts, amount);
  let more = amount - gone;
  const paid = others.toReversed().flatMap((part) => {
    const taken = Math.min(more, part.amount);
    more -= taken;
    return part.amount > taken ? [{ ...part, amount: part.amount - taken }] : [];
  });
  return [...paid.toReversed(), ...kept];
}

/**
 * What of a payment its provider takes back that takes a part of it and leaves the rest: credit that is there first, then what
 * was paid last, then credit that is gone; cents that the house had taken come last.
 *
 * @param of.amount what is taken, at most what did not go back, minor units
 * @param of.back what went back to whoever paid it, by our own refunds
 * @param of.left what of its credit is there
 * @returns what is taken, and what the payment is for from now on
 */
export function partTakenBack(
  parts: readonly AllocationPart[],
  { amount, back, left }: { readonly amount: number; readonly back: number; readonly left: number },
): { readonly taken: AllocationPart[]; readonly stays: AllocationPart[] } {
  const { taken: there, kept: gone } = splitCredit(lessWentBack(parts, back), left);
  const isRounding = ({ component }: AllocationPart) => component === 'rounding';
  const inOrder = [...there.filter(isRounding), ...gone, ...there.filter((part) => !isRounding(part))];
  const taken = lastParts(inOrder, amount);
  return { taken, stays: less(parts, taken) };
}

/** An allocation without some parts of it, the last ones of their kind first. */
function less(parts: readonly AllocationPart[], taken: readonly AllocationPart[]): AllocationPart[] {
  const open = taken.map((part) => ({ ...part }));
  const stays = parts.toReversed().flatMap((part) => {
    let { amount } = part;
    for (const one of open) {
      if (one.component !== part.component || one.instalment !== part.instalment) continue;
      const gone = Math.min(one.amount, amount);
      one.amount -= gone;
      amount -= gone;
    }
    return amount > 0 ? [{ ...part, amount }] : [];
  });
  return stays.toReversed();
}

/**
 * Parts a payment's allocation into what stands still and can be taken back, and credit of it that was given back.
 *
 * @param left what of its credit is there, minor units
 */
export function splitCredit(
  parts: readonly AllocationPart[],
  left: number,
): { readonly taken: AllocationPart[]; readonly kept: AllocationPart[] } {
  const credit = sumOf(parts, 'credit');
  const part = (amount: number) => (amount > 0 ? [{ component: 'credit', instalment: null, amount }] : []);
  const there = Math.min(credit, left);
  const others = parts.filter(({ component }) => component !== 'credit');
  return { taken: [...others, ...part(there)], kept: part(credit - there) };
}

/**
 * Credit pays `parts`: the oldest first. What a payment's credit went to is what the payment paid, so that taking
 * it back owes that again.
 *
 * @param sources payments with their share in the credit, oldest first
 * @returns what each payment's credit has paid, and the payment's new allocation, which sums to what it did; and what no
 * payment's has
 */
export function spendCredit(
  sources: readonly { readonly id: string; readonly allocation: readonly AllocationPart[]; readonly left: number }[],
  parts: readonly AllocationPart[],
) {
  const open = parts.map((part) => ({ ...part }));
  const spent = sources.flatMap(({ id, allocation, left }) => {
    const { paid, rest } = payOf(open, left);
    if (paid.length === 0) return [];
    const { others, kept } = without(allocation, left - rest);
    return [{ id, paid, allocation: [...others, ...paid, ...kept] }];
  });
  return { spent, rest: open.filter(({ amount }) => amount > 0) };
}

/** What so much pays of parts that are open, in their order, and what is left of it. It is taken out of `open`. */
export function payOf(open: { -readonly [K in keyof AllocationPart]: AllocationPart[K] }[], amount: number) {
  const paid: AllocationPart[] = [];
  let rest = amount;
  for (const part of open) {
    const taken = Math.min(rest, part.amount);
    rest -= taken;
    part.amount -= taken;
    if (taken > 0) paid.push({ ...part, amount: taken });
  }
  return { paid, rest };
}

/** An allocation of which so much credit is gone; where that is all, the deposit that belongs to the customer again. */
function without(allocation: readonly AllocationPart[], amount: number) {
  let open = amount;
  const less = (part: AllocationPart) => {
    const taken = Math.min(open, part.amount);
    open -= taken;
    return part.amount > taken ? [{ ...part, amount: part.amount - taken }] : [];
  };
  const kept = allocation.filter(({ component }) => component === 'credit').flatMap(less);
  const others = allocation
    .filter(({ component }) => component !== 'credit')
    .flatMap((part) => (part.component === 'deposit' ? less(part) : [part]));
  return { others, kept, gone: amount - open };
}

/**
 * What payments paid of lines, or of what `isMeant` says, the newest payment and the last line first, is credit instead.
 *
 * @param payments newest first
 * @param amount minor units
 * @returns the parts that are paid no more, by payment, and the new allocations by payment, which sum to what they did
 */
export function creditInstead(
  payments: readonly { readonly id: string; readonly allocation: readonly AllocationPart[] }[],
  amount: number,
  isMeant: (part: AllocationPart) => boolean = ({ instalment }) => instalment !== null,
): {
  readonly freed: ReadonlyMap<string, readonly AllocationPart[]>;
  readonly changed: ReadonlyMap<string, AllocationPart[]>;
} {
  let left = amount;
  const freed = new Map<string, AllocationPart[]>();
  const changed = new Map<string, AllocationPart[]>();
  for (const { id, allocation } of payments) {
    const parts: AllocationPart[] = [];
    const before = left;
    const kept = allocation.toReversed().flatMap((part) => {
      const taken = isMeant(part) ? Math.min(left, Math.max(0, part.amount)) : 0;
      left -= taken;
      if (taken > 0) parts.push({ ...part, amount: taken });
      return part.amount === taken ? [] : [{ ...part, amount: part.amount - taken }];
    });
    if (parts.length === 0) continue;
    freed.set(id, parts);
    changed.set(id, [...kept.toReversed(), { component: 'credit', instalment: null, amount: before - left }]);
  }
  return { freed, changed };
}

/** The last of an allocation's parts, which sum to `amount` of minor units or to all that there are. */
export function lastParts(parts: readonly AllocationPart[], amount: number): AllocationPart[] {
  let left = amount;
  return parts.toReversed().flatMap((part) => {
    const taken = Math.min(left, part.amount);
    left -= taken;
    return taken === 0 ? [] : [{ ...part, amount: taken }];
  });
}

/** What of an allocation is for `component`, in minor units. */
export function sumOf(parts: readonly AllocationPart[], component: string): number {
  return parts.reduce((sum, part) => sum + (part.component === component ? part.amount : 0), 0);
}

/** What of an allocation paid the lease itself: neither credit, nor what is in dispute, nor what was rounded. Minor units. */
export function recoveredBy(parts: readonly AllocationPart[]): number {
  const isOwed = ({ component }: AllocationPart) => !['credit', 'disputed', 'rounding'].includes(component);
  return parts.reduce((sum, part) => sum + (isOwed(part) ? part.amount : 0), 0);
}

/**
 * Of what is taken back of a payment: what of it came back of what was given up before, which is owed and given up again, and the
 * rest, which was paid before. What is booked last is taken back first.
 *
 * @param recovered what of the payment is recovered, minor units
 */
export function splitRecovery(
  taken: readonly AllocationPart[],
  recovered: number,
): { readonly recovery: AllocationPart[]; readonly rest: AllocationPart[] } {
  if (recovered >= recoveredBy(taken)) return { recovery: [...taken], rest: [] };
  const recovery = lastParts(
    taken.filter((part) => recoveredBy([part]) > 0),
    recovered,
  );
  return { recovery, rest: less(taken, recovery) };
}
