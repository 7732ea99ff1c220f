import { rows, type AnswerRow } from './answers.ts';

const portal = 'Daraja, error codes of each API';
const express = 'Daraja, M-Pesa Express';

/** Codes of a token that Daraja does not take (any more), whatever status stands beside them. */
export const tokenRefused: ReadonlySet<string> = new Set(['404.001.03', '400.003.01', '401.002.01', '401.003.01']);

/**
 * What Daraja's answers to a prompt and to a reversal mean. There is no idempotency key: what is not in this
 * table is never sent again. `ResponseCode n` is the code of an answer that is no error.
 */
export const mpesaAnswers: readonly AnswerRow[] = [
  // Spike arrest and quota: turned away before M-Pesa saw it.
  ...rows(['500.003.02', '500.003.03'], { status: 'any', means: 'not_taken', source: portal }),
  // Wrong credentials, no such merchant, or a subscriber with another prompt open.
  { status: 'any', code: '500.001.1001', means: 'not_taken', source: express },
  ...rows([...tokenRefused], { status: 'any', means: 'not_taken', source: portal }),
  { status: 'any', code: '400.*', means: 'refused', source: portal },
  ...[403, 404].map((status) => ({ status, code: '*', means: 'refused', source: portal }) as const),
  { status: 200, code: 'ResponseCode 0', means: 'taken', source: express },
  { status: 200, code: 'ResponseCode *', means: 'refused', source: express },
];

/**
 * What Daraja's answers to a payment to a customer mean. 500.001.1001 is not among what is sent again: here it may be said of
 * an id that was used before.
 */
export const mpesaPayoutAnswers: readonly AnswerRow[] = mpesaAnswers.filter(({ code }) => code !== '500.001.1001');
