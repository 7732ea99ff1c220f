import { describe, expect, it } from 'vitest';
import { creditBySource, partTakenBack, spendCredit, takenBackParts } from './lease-credit.ts';

const part = (component: string, amount: number, instalment: number | null = null) => ({
  component,
  instalment,
  amount,
});

describe('creditBySource', () => {
  it.each([
    ['one source', 90, { cash: 90 }, { cash: 90 }],
    ['nothing used', 120, { cash: 90, mtn: 30 }, { cash: 90, mtn: 30 }],
    ['some of the oldest used', 50, { cash: 90, mtn: 30 }, { cash: 20, mtn: 30 }],
    ['more used than the oldest brought', 20, { cash: 90, mtn: 30 }, { cash: 0, mtn: 20 }],
    ['all used', 0, { cash: 90, mtn: 30 }, { cash: 0, mtn: 0 }],
    ['three sources', 35, { mtn: 10, cash: 20, airtel: 30 }, { mtn: 0, cash: 5, airtel: 30 }],
    ['a source that was given back in part', 40, { mtn: 10, cash: 30 }, { mtn: 10, cash: 30 }],
    ['more than all sources together', 50, { mtn: 10, cash: 30 }, { mtn: 10, cash: 30 }],
  ])('%s', (_what, credit, open, expected) => {
    const sources = Object.entries(open).map(([id, amount]) => ({ id, open: amount }));
    expect(Object.fromEntries(creditBySource(credit, sources))).toEqual(expected);
  });
});

describe('takenBackParts', () => {
  const parts = [part('fee', 5), part('vehicle', 80, 3), part('credit', 15)];

  it.each([
    ['owes again what was paid', { ended: false, free: 15 }, parts],
    [
      'disputes credit that was used',
      { ended: false, free: 4 },
      [...parts.slice(0, 2), part('credit', 4), part('disputed', 11)],
    ],
    ['disputes all credit where none is left', { ended: false, free: 0 }, [...parts.slice(0, 2), part('disputed', 15)]],
    ['disputes all of it after the end', { ended: true, free: 0 }, [part('disputed', 100)]],
    ['takes credit first after the end', { ended: true, free: 30 }, [part('credit', 30), part('disputed', 70)]],
    ['takes no more credit than was paid', { ended: true, free: 300 }, [part('credit', 100)]],
    ['takes none where more is on its way back than there is', { ended: true, free: -5 }, [part('disputed', 100)]],
  ])('%s', (_what, lease, expected) => {
    expect(takenBackParts(parts, lease)).toEqual(expected);
  });

  it.each([false, true])('disputes no cents that the house had taken of it (ended: %s)', (ended) => {
    const cents = part('rounding', 50);
    expect(takenBackParts([cents, part('credit', 100)], { ended, free: 0 })).toEqual([cents, part('disputed', 100)]);
  });
});

describe('partTakenBack', () => {
  const parts = [
    part('fee', 5),
    part('vehicle', 80, 3),
    part('vehicle', 10, 4),
    part('credit', 15),
    part('rounding', 2),
  ];

  it.each([
    [
      'takes credit that is there first',
      { amount: 20, back: 0, left: 15 },
      [part('credit', 15), part('vehicle', 5, 4)],
    ],
    [
      'takes what was paid last before credit that is gone',
      { amount: 12, back: 0, left: 0 },
      [part('vehicle', 10, 4), part('vehicle', 2, 3)],
    ],
    [
      'takes nothing of what went back',
      { amount: 97, back: 15, left: 0 },
      [part('vehicle', 10, 4), part('vehicle', 80, 3), part('fee', 5), part('rounding', 2)],
    ],
    [
      'takes credit that is gone before cents of the house',
      { amount: 111, back: 0, left: 0 },
      [part('vehicle', 10, 4), part('vehicle', 80, 3), part('fee', 5), part('credit', 15), part('rounding', 1)],
    ],
  ])('%s', (_what, of, expected) => {
    const { taken, stays } = partTakenBack(parts, of);
    expect(taken).toEqual(expected);
    const sum = (some: typeof taken) => some.reduce((total, { amount }) => total + amount, 0);
    expect([sum(taken), sum(stays)]).toEqual([of.amount, 112 - of.amount]);
    expect(sum(stays.filter(({ component }) => component === 'credit'))).toBeGreaterThanOrEqual(of.back);
  });
});

it('spendCredit makes what credit paid part of the payments that brought it', () => {
  const sources = [
    { id: 'cash', allocation: [part('deposit', 500), part('credit', 60)], left: 60 },
    { id: 'mtn', allocation: [part('credit', 100)], left: 90 },
    { id: 'airtel', allocation: [part('credit', 7)], left: 7 },
  ];
  const parts = [part('tracker', 20, 1), part('vehicle', 80, 1)];
  expect(Object.fromEntries(spendCredit(sources, parts).spent.map(({ id, allocation }) => [id, allocation]))).toEqual({
    cash: [part('deposit', 500), part('tracker', 20, 1), part('vehicle', 40, 1)],
    mtn: [part('vehicle', 40, 1), part('credit', 60)],
  });
});
