import { isReference } from '../leases/reference.ts';
import { marketRules, type Market } from '../markets.ts';
import { toE164 } from '../phone.ts';
import type { LeaseStatus } from '../leases/status.ts';

/** What speaks for a lease as the one that suspense money belongs to. */
export interface Candidate {
  readonly leaseId: string;
  /** Its very reference was typed: the status for which it was not credited. Null where another was typed. */
  readonly named: LeaseStatus | null;
  /** Its reference stands among other words, or in letters that are read by people alone: the status. */
  readonly within: LeaseStatus | null;
  /** The number plate of its vehicle was typed. */
  readonly byPlate: boolean;
  /** The reference is one slip away from what was typed. */
  readonly byReference: boolean;
  /** A phone was typed that is the customer's, or one of his payment methods. */
  readonly byTypedPhone: boolean;
  /** The customer logs in by the payer's phone. */
  readonly byPhone: boolean;
  /** The payer's phone is one of the customer's payment methods, which nobody may have proved. */
  readonly byMethod: boolean;
  /** Exactly so much is due now. */
  readonly byAmount: boolean;
}

export interface Suggestion {
  readonly leaseId: string;
  readonly why: string;
}

const SUGGESTIONS = 5;

/** What speaks for a lease, from the strongest to the weakest: each outweighs all that come after it. */
const reasons: readonly ((candidate: Candidate) => string | null)[] = [
  ({ named }) => (named === null ? null : `the reference is its own; the lease is ${named}`),
  ({ within }) => (within === null ? null : `its reference is within what was typed; the lease is ${within}`),
  ({ byPlate }) => (byPlate ? 'the number plate is its vehicle’s' : null),
  ({ byReference }) => (byReference ? 'the reference is one slip away' : null),
  ({ byTypedPhone }) => (byTypedPhone ? 'the phone that was typed is the customer’s' : null),
  ({ byPhone }) => (byPhone ? "the phone is the customer's" : null),
  ({ byMethod, byPhone }) => (byMethod && !byPhone ? 'the phone is one of the customer’s payment methods' : null),
  ({ byAmount }) => (byAmount ? 'the amount is what is due' : null),
];

/** The most likely leases first. */
export function rank(candidates: readonly Candidate[]): Suggestion[] {
  return candidates
    .map((candidate) => {
      const told = reasons.map((reason) => reason(candidate));
      return {
        leaseId: candidate.leaseId,
        told,
        weight: told.reduce((sum, one) => sum * 2 + (one === null ? 0 : 1), 0),
      };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || (a.leaseId < b.leaseId ? -1 : 1))
    .slice(0, SUGGESTIONS)
    .map(({ leaseId, told }) => ({ leaseId, why: told.filter((one) => one !== null).join('; ') }));
}

/** The phone that was typed instead of a reference, in E.164, as people of a market write theirs; null where it is none. */
export function phoneTyped(typed: string, market: Market): string | null {
  const { callingCode } = marketRules(market);
  const digits = typed
    .normalize('NFKC')
    .replaceAll(/[\s().-]/g, '')
    .replace(/^(\+|00)/, '');
  if (!/^\d+$/.test(digits)) return null;
  const isInternational = digits.startsWith(callingCode.slice(1));
  return toE164(isInternational ? `+${digits}` : callingCode + digits.replace(/^0/, ''));
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
