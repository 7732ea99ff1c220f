import { isReference } from '../leases/reference.ts';

/** What stands behind PAY in a text. */
interface PayOrder {
  /** As it was typed; empty for none. */
  readonly amount: string;
  /** The reference of the lease that it is for; null where none is named. */
  readonly reference: string | null;
}

/** Words that may stand beside an amount and say nothing else. */
const beside =
  /^(?:UGX|KES|RWF|USHS?|KSHS?|SHS?|SHILLINGS?|BOB|FRW|FRS?|FRANCS?|K|ONLY|PLEASE|TAFADHALI|FOR|REF|REFERENCE)$/;
/** Of those what is no part of the amount. */
const filler = /^(?:PLEASE|TAFADHALI|FOR|REF|REFERENCE)[.,:!]*$/i;

const referenceIn = (word: string): string | null => {
  const plain = word.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  // Digits alone are an amount.
  return /[A-Z]/.test(plain) && isReference(plain) ? plain : null;
};

/**
 * Reads what stands behind PAY: an amount, the reference of a lease, or both, in whatever order. What stands in lines
 * below is a signature, but for a reference alone.
 *
 * @returns null for a sentence, which a person reads
 */
export function payOrderIn(rest: string): PayOrder | null {
  const [first = '', ...below] = rest.trim().split(/\s*\n\s*/);
  const words = [first, ...below.filter((line) => referenceIn(line) !== null)].join(' ').split(/\s+/);
  const references = new Set(words.flatMap((word) => referenceIn(word) ?? []));
  const left = words.filter((word) => referenceIn(word) === null);
  const letters = left.flatMap((word) => word.toUpperCase().match(/\p{L}+/gu) ?? []);
  if (references.size > 1 || !letters.every((word) => beside.test(word))) return null;
  const [reference = null] = references;
  const amount = left.filter((word) => !filler.test(word)).join(' ');
  return { amount: amount.replace(/[\s.,;:!?]+$/, ''), reference };
}
