import type { DeclineReason } from '#domain/payments/decline';
import { ProviderFailure } from '../provider-failure.ts';

/** One answer to a request that moves money, as a provider documents it. */
export interface AnswerRow {
  readonly status: number | 'any';
  /** The provider's own code; `*` stands for the rest of one, and alone for any. Empty: with or without one. */
  readonly code: string;
  readonly means: 'taken' | 'not_taken' | 'refused' | 'unknown';
  /** Where that is written. */
  readonly source: string;
}

/** An answer as the table knows it: HTTP status, and every code that the body has. */
export interface CodedAnswer {
  readonly status: number;
  readonly codes: readonly string[];
}

/**
 * What an answer means, by the first row that it fits. What no row names may have been taken: time-outs, other
 * server errors, too many requests, pages of a proxy, a success that nobody can read.
 */
function meaningOf(table: readonly AnswerRow[], { status, codes }: CodedAnswer): Omit<AnswerRow, 'status' | 'code'> {
  const fits = (row: AnswerRow) =>
    (row.status === 'any' || row.status === status) &&
    (row.code === '' || codes.some((code) => matches(row.code, code)));
  return table.find(fits) ?? { means: 'unknown', source: 'not documented' };
}

function matches(pattern: string, code: string): boolean {
  return pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : code === pattern;
}

/**
 * Returns where the request was taken.
 *
 * @param reasons what the provider's codes say about the customer
 * @throws ProviderFailure otherwise, with what it means for the money.
 */
export function expectTaken(
  provider: string,
  table: readonly AnswerRow[],
  answer: CodedAnswer,
  reasons?: ReadonlyMap<string, DeclineReason>,
): void {
  const { means } = meaningOf(table, answer);
  if (means === 'taken') return;
  const reason = answer.codes.map((code) => reasons?.get(code)).find((known) => known !== undefined);
  throw new ProviderFailure(means, `${provider}: answered ${[answer.status, ...answer.codes].join(' ')}`, reason);
}

/** Rows that differ in their code alone. */
export function rows(codes: Iterable<string>, shared: Omit<AnswerRow, 'code'>): AnswerRow[] {
  return Array.from(codes, (code) => ({ ...shared, code }));
}
