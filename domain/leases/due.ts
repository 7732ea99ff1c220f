/** What payments of a lease are for, by the word with which their `due` begins. */
const words = {
  deposit: 'deposit',
  instalment: 'instalment',
  /** What a customer pays by himself. */
  own: 'pay',
  settlement: 'settle',
  refund: 'refund',
  /** Credit that is paid out in cash. */
  credit: 'return',
  sale: 'sale',
  cash: 'cash',
  /** What stands in for what was taken back of whoever had the lease before, by the transfer that took it. */
  former: 'former',
  inbound: 'inbound',
} as const;
type DueKind = keyof typeof words;

/** A payment's `due`: its tries share it, and a later part of it adds its number (`instalment-7.2`, `partOf`). */
export const dueFor = (kind: DueKind, of?: string | number): string =>
  of === undefined ? words[kind] : `${words[kind]}-${of}`;

/** The `due` of a part, from 1 on. */
export const partOf = (due: string, part: number): string => (part === 1 ? due : `${due}.${part}`);

/** For SQL: what the dues of a kind are like. */
export const anyDue = (kind: Exclude<DueKind, 'deposit'>): string => `${words[kind]}-%`;
/** For SQL: what the parts of a due but the first are like. */
export const laterParts = (due: string): string => `${due}.%`;

/** What a `due` is for, and the id or number in it; null for what no payment of ours has. */
export function parseDue(due: string): { readonly kind: DueKind | null; readonly of: string } {
  const [, word, of = ''] = /^([a-z]+)(?:-(.*))?/.exec(due) ?? [];
  const kinds: readonly string[] = Object.keys(words);
  const isKind = (one: string): one is DueKind => kinds.includes(one);
  return { kind: kinds.filter(isKind).find((kind) => words[kind] === word) ?? null, of };
}
