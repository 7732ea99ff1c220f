import { isReference } from '../leases/reference.ts';
import type { LeaseStatus } from '../leases/status.ts';

/** What speaks for a lease as the one that suspense money belongs to. */
export interface Candidate {
  readonly leaseId: string;
  /** Its very reference was typed: the status for which it was not credited. Null where another was typed. */
  readonly named: LeaseStatus | null;
  /** Its reference stands among other words, or in letters that are read by people alone: the status. */
  readonly within: LeaseStatus | null;
  /** The reference is one slip away from what was typed. */
  readonly byReference: boolean;
  /** The payer's phone is the customer's, or one of his payment methods. */
  readonly byPhone: boolean;
  /** Exactly so much is due now. */
  readonly byAmount: boolean;
}

export interface Suggestion {
  readonly leaseId: string;
  readonly why: string;
}

const SUGGESTIONS = 5;

/** The most likely leases first: its own reference weighs most, then one among other words, a near one weighs more than a known phone, a phone more than an amount. */
export function rank(candidates: readonly Candidate[]): Suggestion[] {
  return candidates
    .map((candidate) => ({ candidate, weight: weightOf(candidate) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || (a.candidate.leaseId < b.candidate.leaseId ? -1 : 1))
    .slice(0, SUGGESTIONS)
    .map(({ candidate }) => ({ leaseId: candidate.leaseId, why: whyOf(candidate) }));
}

const weightOf = ({ named, within, byReference, byPhone, byAmount }: Candidate) =>
  (named === null ? 0 : 16) +
  (within === null ? 0 : 8) +
  (byReference ? 4 : 0) +
  (byPhone ? 2 : 0) +
  (byAmount ? 1 : 0);

function whyOf({ named, within, byReference, byPhone, byAmount }: Candidate): string {
  return [
    ...(named === null ? [] : [`the reference is its own; the lease is ${named}`]),
    ...(within === null ? [] : [`its reference is within what was typed; the lease is ${within}`]),
    ...(byReference ? ['the reference is one slip away'] : []),
    ...(byPhone ? ["the phone is the customer's"] : []),
    ...(byAmount ? ['the amount is what is due'] : []),
  ].join('; ');
}

/** What a customer typed, as references are written: capitals and digits, nothing between. */
export function normalReference(typed: string): string {
  return typed.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

const LENGTH = 9;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/**
 * Every reference that stands somewhere in what was typed: nine characters in a row, spaces and marks aside, of which
 * the last is the check character of the others. One in 31 fits by chance; that it is a lease's hardly ever does.
 */
export function referencesIn(typed: string): string[] {
  const text = normalReference(typed.normalize('NFKC'));
  const found = Array.from(text, (_, i) => text.slice(i, i + LENGTH)).filter(isReference);
  return [...new Set(found)];
}

/**
 * Every reference from which what was typed is one slip away: a wrong, missing or extra character, or two
 * neighbours swapped. Empty when the length tells that it cannot be.
 */
export function oneSlipAway(typed: string): string[] {
  const text = normalReference(typed);
  const found = new Set<string>();
  const at = (i: number) => [text.slice(0, i), text.slice(i)] as const;
  for (let i = 0; i <= text.length; i += 1) {
    const [before, after] = at(i);
    if (text.length === LENGTH + 1 && after !== '') found.add(before + after.slice(1));
    if (text.length === LENGTH && after !== '') {
      for (const letter of alphabet) found.add(before + letter + after.slice(1));
      if (after.length > 1) found.add(before + after.charAt(1) + after.charAt(0) + after.slice(2));
    }
    if (text.length === LENGTH - 1) for (const letter of alphabet) found.add(before + letter + after);
  }
  found.delete(text);
  return [...found];
}
