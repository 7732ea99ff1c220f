import { DrizzleQueryError } from 'drizzle-orm';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Problem, TryLater } from '#domain/errors';
import { DEFECT, OUTAGE, PROVIDER, REFUSAL } from '#domain/failures';
import { ProviderFailure } from '#providers/provider-failure';
import { nameFailure, refusalIn } from './failures.ts';

/** What the database refuses with a SQLSTATE, as a query of ours throws it. */
function refused(code: string, constraint?: string): Error {
  const { PostgresError } = postgres;
  const error = Object.assign(new PostgresError('refused'), { code, constraint_name: constraint });
  return new DrizzleQueryError('select $1', ['secret'], error);
}
const coded = (code: string, cause?: Error) => Object.assign(new Error('it failed', { cause }), { code });
const transaction = { activityType: 'postPayment' };

describe('an error is', () => {
  it.each([
    ['22P02, no such text', refused('22P02'), DEFECT],
    ['23505, twice', refused('23505'), DEFECT],
    ['P0001, our own exception', refused('P0001'), DEFECT],
    ['42P01, no such table', refused('42P01'), DEFECT],
    ['54000, too much', refused('54000'), DEFECT],
    ['40001, at the same time', refused('40001'), OUTAGE],
    ['40P01, a deadlock', refused('40P01'), OUTAGE],
    ['53300, too many connections', refused('53300'), OUTAGE],
    ['57P01, shut down', refused('57P01'), OUTAGE],
    ['a socket', coded('ECONNREFUSED'), OUTAGE],
    ['a socket below a query', new DrizzleQueryError('select 1', [], coded('ECONNRESET')), OUTAGE],
    ['a connection of the driver', coded('CONNECT_TIMEOUT'), OUTAGE],
    ['a value that the driver cannot send', coded('UNDEFINED_VALUE'), DEFECT],
    ['a provider', new ProviderFailure('unknown', 'no answer'), PROVIDER],
    [
      'a provider, whatever is below it',
      new ProviderFailure('unknown', 'x', 'not_sent', { cause: coded('ECONNREFUSED') }),
      PROVIDER,
    ],
    ['a type error', new TypeError('x is not a function'), DEFECT],
    ['a type error below another', new Error('it failed', { cause: new RangeError('no') }), DEFECT],
    ['what does not parse', z.string().safeParse(1).error, DEFECT],
    ['a refusal that nobody takes', new Problem('invalid_state'), DEFECT],
    ['a refusal that passes', new TryLater('unavailable', 'later', 1), OUTAGE],
    ['anything else', new Error('who knows'), OUTAGE],
    ['no error at all', 'thrown', OUTAGE],
  ] as const)('%s', (_, error, kind) => {
    const named = nameFailure(error, transaction, 1);
    expect([named.kind, named.failure.type]).toEqual([kind, kind]);
    expect(JSON.stringify(named.failure)).not.toContain('secret');
  });
});

it('brings a back-off where its policy has none: a defect, and what polls', () => {
  const delay = (error: Error, activityType: string, tries: number): unknown =>
    nameFailure(error, { activityType }, tries).failure.nextRetryDelay;
  expect(delay(coded('ECONNREFUSED'), 'postPayment', 3)).toBeUndefined();
  expect(delay(coded('ECONNREFUSED'), 'collect', 3)).toBe(4_000);
  expect(delay(coded('ECONNREFUSED'), 'collect', 30)).toBe(30_000);
  expect(delay(refused('23505'), 'postPayment', 3)).toBe(4_000);
  expect(delay(refused('23505'), 'postPayment', 30)).toBe(3_600_000);
});

it('is a refusal only where somebody takes one', () => {
  const policy = (...nonRetryableErrorTypes: string[]) => ({ retryPolicy: { nonRetryableErrorTypes } });
  const problem = new Problem('invalid_state');
  expect(refusalIn(problem, policy())).toBeNull();
  expect(refusalIn(problem, policy(REFUSAL))).toBe(problem);
  const taken = refused('23505', 'attempts_receipt');
  expect(refusalIn(taken, policy(REFUSAL))).toBeNull();
  expect(refusalIn(taken, policy(REFUSAL, DEFECT))).toMatchObject({ code: 'receipt_conflict' });
  expect(refusalIn(refused('23505', 'leases_pkey'), policy(REFUSAL, DEFECT))).toBeNull();
});
