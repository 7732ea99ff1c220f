import { describe, expect, it } from 'vitest';
import { shareOut, theirsOf } from './former.ts';

describe('what of a payment is theirs who had the lease before', () => {
  it.each([
    { tenures: [], theirs: [] },
    { tenures: [['A', 50, 0]], theirs: [['A', 50]] },
    { tenures: [['A', 50, 20]], theirs: [['A', 30]] },
    { tenures: [['A', 50, 50]], theirs: [] },
    // The last is taken from first.
    {
      tenures: [
        ['A', 30, 0],
        ['B', 50, 0],
      ],
      theirs: [
        ['B', 20],
        ['A', 30],
      ],
    },
    {
      tenures: [
        ['A', 30, 10],
        ['B', 50, 20],
      ],
      theirs: [['A', 20]],
    },
    // What was out of the books when it was made over once more was not signed for.
    {
      tenures: [
        ['A', 50, 0],
        ['B', 0, 0],
      ],
      theirs: [],
    },
    {
      tenures: [
        ['A', 50, 0],
        ['B', 30, 0],
      ],
      theirs: [['A', 30]],
    },
    // Who had it twice.
    {
      tenures: [
        ['A', 30, 35],
        ['B', 40, 0],
        ['A', 60, 35],
      ],
      theirs: [
        ['A', 15],
        ['B', 10],
      ],
    },
  ] satisfies Table)('$tenures: $theirs', ({ tenures, theirs }) => {
    const had = tenures.map(([customerId, booked, claimed]) => ({ customerId, booked, claimed }));
    expect(theirsOf(had)).toEqual(theirs.map(([customerId, amount]) => ({ customerId, amount })));
  });

  it.each([
    { booked: 50, amount: 10, own: 10, formers: [] },
    { booked: 50, amount: 30, own: 15, formers: [['B', 15]] },
    {
      booked: 50,
      amount: 50,
      own: 15,
      formers: [
        ['B', 20],
        ['A', 15],
      ],
    },
    {
      booked: 30,
      amount: 30,
      own: 0,
      formers: [
        ['B', 20],
        ['A', 10],
      ],
    },
  ] satisfies Shared)('$amount of $booked: $own, $formers', ({ booked, amount, own, formers }) => {
    const theirs = [
      { customerId: 'B', amount: 20 },
      { customerId: 'A', amount: 15 },
    ];
    const owed = formers.map(([customerId, of]) => ({ customerId, amount: of }));
    expect(shareOut({ booked, amount }, theirs)).toEqual({ own, formers: owed });
  });
});

type Owed = [string, number][];
type Table = { tenures: [string, number, number][]; theirs: Owed }[];
type Shared = { booked: number; amount: number; own: number; formers: Owed }[];
