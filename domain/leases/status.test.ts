import { describe, expect, it } from 'vitest';
import { hasEnded, isApplication, isPast, isRunning, leaseStatuses, mayFollow, type LeaseStatus } from './status.ts';

/** Every step that a lease may take; what is not here is refused. */
const steps = new Set<string>(
  [
    ['applied>verifying', 'verifying>assessing', 'assessing>offered', 'assessing>declined', 'offered>reserved'],
    ['reserved>awaiting_deposit', 'awaiting_deposit>awaiting_handover', 'awaiting_handover>awaiting_deposit'],
    ['awaiting_handover>active'],
    leaseStatuses.slice(0, 7).flatMap((from) => [`${from}>withdrawn`, `${from}>lapsed`]),
    ['active>in_arrears', 'active>paused', 'active>immobilised', 'active>stolen'],
    ['in_arrears>active', 'in_arrears>paused', 'in_arrears>immobilised', 'in_arrears>stolen'],
    ['immobilised>active', 'immobilised>in_arrears', 'immobilised>paused', 'immobilised>stolen'],
    ['paused>active', 'paused>in_arrears', 'paused>stolen'],
    ['stolen>active', 'stolen>in_arrears', 'stolen>immobilised'],
    ['active', 'in_arrears', 'immobilised', 'paused', 'stolen'].flatMap((from) =>
      ['completed', 'settled_early', 'upgraded', 'returned', 'repossessed', 'written_off', 'total_loss'].map(
        (to) => `${from}>${to}`,
      ),
    ),
  ].flat(),
);

describe.each(leaseStatuses)('a lease that is %s', (from) => {
  it.each(leaseStatuses)('may become %s, or not', (to) => {
    expect(mayFollow(from, to)).toBe(steps.has(`${from}>${to}`));
  });

  it('is in one part of its life', () => {
    expect([isApplication(from), isRunning(from), hasEnded(from)].filter(Boolean)).toHaveLength(1);
  });

  it('goes nowhere once it has ended', () => {
    if (hasEnded(from)) expect(leaseStatuses.filter((to) => mayFollow(from, to))).toEqual([]);
  });
});

it.each<[LeaseStatus, LeaseStatus, boolean]>([
  ['verifying', 'applied', false],
  ['verifying', 'verifying', false],
  ['verifying', 'assessing', true],
  ['reserved', 'awaiting_handover', true],
])('past %s: %s is %s', (stage, status, past) => {
  expect(isPast(stage, status)).toBe(past);
});
