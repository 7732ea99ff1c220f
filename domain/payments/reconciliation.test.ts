import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeLike, compare, mayBe, type Comparison, type Line, type Movement } from './reconciliation.ts';

const NOON = Date.parse('2026-11-22T09:00:00Z');
const MINUTE = 60_000;
const line = (given: Partial<Line> = {}): Line => ({
  type: 'charge',
  receipt: 'R1',
  originalReceipt: null,
  reference: 'p1',
  account: 'LEASE7',
  payer: 'payer',
  amount: 1_000,
  at: NOON,
  ...given,
});
const movement = (given: Partial<Movement> = {}): Movement => ({
  id: 'p1',
  direction: 'in',
  receipt: 'R1',
  originalReceipt: null,
  payer: 'payer',
  account: 'LEASE7',
  amount: 1_000,
  askedAt: NOON - MINUTE,
  state: 'booked',
  ...given,
});
const nameless = { reference: null } as const;
const open = { receipt: null, state: 'open' } as const;
const part = movement({ id: 'p1:reversal', direction: 'out', receipt: null, originalReceipt: 'R1', isTakenBack: true });

/** `matched R1=p1`, `missing here R2 proves p2`, … */
function words(found: Comparison<Line, Movement>): string[] {
  const pairs = (name: string, of: Comparison<Line, Movement>['matched']) =>
    of.map((one) => `${name} ${one.line.receipt}=${one.movement.id}`);
  return [
    ...pairs('matched', found.matched),
    ...pairs('differs', found.differs),
    ...found.missingHere.map(({ line: { receipt }, proves, about }) =>
      [`missing here ${receipt}`, proves && `proves ${proves.id}`, about && `about ${about.id}`]
        .filter(Boolean)
        .join(' '),
    ),
    ...found.missingThere.map(({ id }) => `missing there ${id}`),
    ...found.elsewhere.map(({ id }) => `elsewhere ${id}`),
    ...found.idle.map(({ id }) => `idle ${id}`),
  ];
}

interface Row {
  readonly lines?: readonly Line[];
  readonly movements?: readonly Movement[];
  readonly elsewhere?: readonly Line[];
  readonly says: readonly string[];
}
const rows: Record<string, Row> = {
  'a day without anything': { says: [] },
  'the same receipt and amount': { lines: [line()], movements: [movement()], says: ['matched R1=p1'] },
  'our id where we have no receipt': {
    lines: [line()],
    movements: [movement({ receipt: null })],
    says: ['matched R1=p1'],
  },
  'our id with another receipt': {
    lines: [line()],
    movements: [movement({ receipt: 'R9' })],
    says: ['differs R1=p1'],
  },
  'another amount': { lines: [line({ amount: 900 })], movements: [movement()], says: ['differs R1=p1'] },
  'a line that nobody knows': { lines: [line()], says: ['missing here R1'] },
  'a payment that the provider does not have': { movements: [movement()], says: ['missing there p1'] },
  'known as paid, never posted, not at the provider': {
    movements: [movement({ state: 'settled' })],
    says: ['missing there p1'],
  },
  'known as paid, never posted, at the provider': {
    lines: [line()],
    movements: [movement({ state: 'settled' })],
    says: ['missing here R1 proves p1'],
  },
  'an unknown payment that was paid': {
    lines: [line()],
    movements: [movement(open)],
    says: ['missing here R1 proves p1'],
  },
  'an unknown payment that was not': { movements: [movement(open)], says: ['idle p1'] },
  'near midnight, on the next statement': {
    movements: [movement()],
    elsewhere: [line()],
    says: ['elsewhere p1'],
  },
  'near midnight, with its id only': {
    movements: [movement({ receipt: null })],
    elsewhere: [line()],
    says: ['elsewhere p1'],
  },
  'one payment, charged twice': {
    lines: [line(), line({ receipt: 'R2', at: NOON + 5 })],
    movements: [movement()],
    says: ['matched R1=p1', 'missing here R2 about p1'],
  },
  'one receipt, listed twice': {
    lines: [line(), line()],
    movements: [movement()],
    says: ['matched R1=p1', 'missing here R1 about p1'],
  },
  'one receipt, listed twice, the second with our amount': {
    lines: [line({ amount: 500, at: NOON - 1 }), line()],
    movements: [movement()],
    says: ['matched R1=p1', 'missing here R1 about p1'],
  },
  'no id: payer, account, amount and time': {
    lines: [line(nameless)],
    movements: [movement(open)],
    says: ['missing here R1 proves p1'],
  },
  'no id: another payer': {
    lines: [line({ ...nameless, payer: 'other' })],
    movements: [movement(open)],
    says: ['missing here R1', 'idle p1'],
  },
  'no id: another amount': {
    lines: [line({ ...nameless, amount: 999 })],
    movements: [movement(open)],
    says: ['missing here R1', 'idle p1'],
  },
  'no id: another account': {
    lines: [line({ ...nameless, account: 'LEASE8' })],
    movements: [movement(open)],
    says: ['missing here R1', 'idle p1'],
  },
  'no id: an hour after the prompt': {
    lines: [line({ ...nameless, at: NOON + 60 * MINUTE })],
    movements: [movement(open)],
    says: ['missing here R1', 'idle p1'],
  },
  'no id: two that fit leave a doubt': {
    lines: [line(nameless)],
    movements: [movement(open), movement({ ...open, id: 'p2' })],
    says: ['missing here R1', 'idle p1', 'idle p2'],
  },
  'pay-bill is never a prompt of ours': {
    lines: [line({ ...nameless, type: 'payBill' })],
    movements: [movement(open)],
    says: ['missing here R1', 'idle p1'],
  },
  'pay-bill by its receipt': {
    lines: [line({ ...nameless, type: 'payBill' })],
    movements: [movement({ payer: null })],
    says: ['matched R1=p1'],
  },
  'a refund': {
    lines: [line({ type: 'refund', originalReceipt: 'R0' })],
    movements: [movement({ direction: 'out', originalReceipt: 'R0' })],
    says: ['matched R1=p1'],
  },
  'a refund is no charge, though the receipt is the same': {
    lines: [line({ type: 'refund', reference: 'p9' })],
    movements: [movement()],
    says: ['missing here R1 about p1', 'missing there p1'],
  },
  'a reversal by the receipt of its charge': {
    lines: [line({ type: 'refund', ...nameless, originalReceipt: 'R0' })],
    movements: [movement({ direction: 'out', receipt: null, originalReceipt: 'R0' })],
    says: ['matched R1=p1'],
  },
  'a refund that is unknown, and a line of its charge with its sum': {
    lines: [line({ type: 'refund', ...nameless, originalReceipt: 'R0' })],
    movements: [movement({ direction: 'out', ...open, originalReceipt: 'R0' })],
    says: ['missing here R1 proves p1'],
  },
  'a refund that is unknown, and what its provider took of its charge': {
    lines: [line({ type: 'refund', ...nameless, originalReceipt: 'R0', amount: 200 })],
    movements: [movement({ direction: 'out', ...open, originalReceipt: 'R0' })],
    says: ['missing here R1', 'idle p1'],
  },
  'the provider took a charge back, and we did not know': {
    lines: [line(), line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1' })],
    movements: [movement()],
    says: ['matched R1=p1', 'missing here R2 about p1'],
  },
  'a second part that the provider took, and nobody has booked': {
    lines: [line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1', at: NOON + MINUTE })],
    elsewhere: [line({ type: 'refund', ...nameless, receipt: 'R3', originalReceipt: 'R1' })],
    movements: [part],
    says: ['missing here R2', 'elsewhere p1:reversal'],
  },
  'a part that was booked with another sum': {
    lines: [line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1', amount: 900 })],
    movements: [part],
    says: ['missing here R2', 'missing there p1:reversal'],
  },
  'a part of another day is no matter of this one': {
    movements: [{ ...part, isOfAnotherDay: true }],
    says: ['idle p1:reversal'],
  },
  'a dismissed line of its sum is told of still, and leaves the part to the line that comes after it': {
    lines: [line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1', isDismissed: true })],
    elsewhere: [line({ type: 'refund', ...nameless, receipt: 'R3', originalReceipt: 'R1', at: NOON + MINUTE })],
    movements: [part],
    says: ['missing here R2', 'elsewhere p1:reversal'],
  },
  'a part that no other line tells of is none that is missing there': {
    lines: [line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1', isDismissed: true })],
    movements: [part],
    says: ['missing here R2', 'elsewhere p1:reversal'],
  },
  'a dismissed line proves no refund of ours': {
    lines: [line({ type: 'refund', ...nameless, originalReceipt: 'R0', isDismissed: true })],
    movements: [movement({ direction: 'out', ...open, originalReceipt: 'R0' })],
    says: ['missing here R1', 'idle p1'],
  },
  'two lines that told in parts of what was booked as a whole': {
    lines: [line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1', amount: 400 })],
    elsewhere: [line({ type: 'refund', ...nameless, receipt: 'R3', originalReceipt: 'R1', amount: 600 })],
    movements: [{ ...part, isRest: true }],
    says: ['matched R2=p1:reversal'],
  },
  'two lines of another sum, or of a part': {
    lines: [
      line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1', amount: 400 }),
      line({ type: 'refund', ...nameless, receipt: 'R3', originalReceipt: 'R1', amount: 600 }),
      line({ type: 'refund', ...nameless, receipt: 'R5', originalReceipt: 'R4', amount: 600 }),
      line({ type: 'refund', ...nameless, receipt: 'R6', originalReceipt: 'R4', amount: 600 }),
    ],
    movements: [part, { ...part, id: 'p2:reversal', originalReceipt: 'R4', isRest: true }],
    says: [
      'missing here R2',
      'missing here R3',
      'missing here R5',
      'missing here R6',
      'missing there p1:reversal',
      'missing there p2:reversal',
    ],
  },
  'a line that comes long after a part was booked tells of another': {
    lines: [
      line({ type: 'refund', ...nameless, receipt: 'R2', originalReceipt: 'R1', at: NOON + 32 * 24 * 60 * MINUTE }),
    ],
    movements: [part],
    says: ['missing here R2', 'missing there p1:reversal'],
  },
  'booked by mistake and undone: nothing at the provider': {
    movements: [movement({ state: 'undone' })],
    says: ['idle p1'],
  },
  'undone, and at the provider': {
    lines: [line()],
    movements: [movement({ state: 'undone' })],
    says: ['matched R1=p1'],
  },
};

describe('a statement against the books', () => {
  it.each(Object.entries(rows))('%s', (_, { lines = [], movements = [], elsewhere = [], says }) => {
    expect(words(compare(lines, movements, elsewhere))).toEqual(says);
  });
});

const oneOf = <T>(...all: T[]) => fc.constantFrom(...all);
const few = oneOf('a', 'b', 'c', 'd');
const anyLine: fc.Arbitrary<Line> = fc.record({
  type: oneOf('charge', 'payBill', 'refund'),
  receipt: few,
  originalReceipt: fc.option(few),
  reference: fc.option(few),
  account: oneOf('x', 'y'),
  payer: fc.option(oneOf('x', 'y')),
  amount: oneOf(1, 2),
  at: fc.integer({ min: 0, max: 20 }).map((minutes) => NOON + minutes * MINUTE),
  isDismissed: fc.boolean(),
});
const anyMovement: fc.Arbitrary<Movement> = fc.record({
  id: few,
  direction: oneOf('in', 'out'),
  receipt: fc.option(few),
  originalReceipt: fc.option(few),
  payer: fc.option(oneOf('x', 'y')),
  account: fc.option(oneOf('x', 'y')),
  amount: oneOf(1, 2),
  askedAt: fc.constant(NOON),
  state: oneOf('booked', 'settled', 'open', 'undone'),
  isTakenBack: fc.boolean(),
  isRest: fc.boolean(),
  isOfAnotherDay: fc.boolean(),
});
/** An id is one movement's. */
const anyMovements = fc.uniqueArray(anyMovement, { selector: ({ id }) => id, maxLength: 4 });
const anyDay = fc.record({
  lines: fc.array(anyLine, { maxLength: 6 }),
  movements: anyMovements,
  elsewhere: fc.array(anyLine, { maxLength: 3 }),
});

describe('a charge that nobody answered', () => {
  const asked = movement({ ...open, askedAt: NOON });
  it.each<[string, Partial<Line>, boolean]>([
    ['a line of its payer', { account: 'typed wrong' }, true],
    ['a line of its account', { payer: null }, true],
    ['another amount of its payer', { amount: 1 }, true],
    ['a line an hour later', { at: NOON + 60 * MINUTE }, true],
    ['a line more than an hour later', { at: NOON + 61 * MINUTE }, false],
    ['a line from before', { at: NOON - 3 * MINUTE }, false],
    ['a line that bears our id of another', { reference: 'p2' }, false],
    ['a line of somebody else', { payer: 'other', account: 'LEASE8' }, false],
    ['a payment that the customer made by himself', { type: 'payBill' }, false],
  ])('may be %s: %o is %s', (_, given, expected) => {
    expect(mayBe(line({ ...nameless, ...given }), asked, 60 * MINUTE)).toBe(expected);
  });
});

describe('whatever the day brought', () => {
  it('each line and each movement is accounted for exactly once; but what lines tell of in parts by each of them', () => {
    fc.assert(
      fc.property(anyDay, ({ lines, movements, elsewhere }) => {
        const found = compare(lines, movements, elsewhere);
        const pairs = [...found.matched, ...found.differs];
        const seenLines = [...pairs, ...found.missingHere].map((one) => one.line);
        const proven = found.missingHere.flatMap(({ proves }) => (proves === null ? [] : [proves]));
        const seenMovements = [
          ...pairs.map((one) => one.movement),
          ...proven,
          ...found.missingThere,
          ...found.elsewhere,
          ...found.idle,
        ];
        expect(seenLines).toHaveLength(lines.length);
        expect(new Set(seenLines)).toEqual(new Set(lines));
        expect(new Set(seenMovements)).toEqual(new Set(movements));
        for (const one of movements) {
          const proving = found.missingHere.filter(({ proves }) => proves === one);
          const parts = [...found.matched.filter(({ movement: whole }) => whole === one), ...proving];
          const isWhole = one.isTakenBack === true && one.isRest === true && parts.length > 1;
          expect(seenMovements.filter((seen) => seen === one)).toHaveLength(isWhole ? parts.length : 1);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('the order they come in changes nothing', () => {
    const shuffled = anyDay.chain((day) =>
      fc.tuple(
        fc.constant(day),
        fc.shuffledSubarray(day.lines, { minLength: day.lines.length }),
        fc.shuffledSubarray(day.movements, { minLength: day.movements.length }),
        fc.shuffledSubarray(day.elsewhere, { minLength: day.elsewhere.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([day, lines, movements, elsewhere]) => {
        const said = words(compare(day.lines, day.movements, day.elsewhere)).toSorted();
        expect(words(compare(lines, movements, elsewhere)).toSorted()).toEqual(said);
      }),
      { numRuns: 2_000 },
    );
  });

  it('what agrees has the same amount, and a difference of sums is explained by the differences', () => {
    fc.assert(
      fc.property(anyDay, ({ lines, movements }) => {
        const found = compare(lines, movements);
        const sum = (all: readonly { amount: number }[]) => all.reduce((total, { amount }) => total + amount, 0);
        for (const { movement: ours } of found.matched)
          expect(sum(found.matched.filter((pair) => pair.movement === ours).map((pair) => pair.line))).toBe(
            ours.amount,
          );
        const explained =
          sum(found.missingHere.map((one) => one.line)) +
          sum(found.differs.map((one) => one.line)) -
          sum(found.differs.map((one) => one.movement));
        const booked = sum([...found.matched.map((one) => one.line), ...found.differs.map((one) => one.movement)]);
        expect(sum(lines) - booked).toBe(explained);
      }),
    );
  });
});

describe('a line without our id that several charges fit', () => {
  type Charge = Parameters<typeof chargeLike>[0][number];
  const confirmed: Charge = { status: 'succeeded', providerRequestId: 'a' };
  const asked: Charge = { status: 'pending', providerRequestId: 'b' };
  const lost: Charge = { status: 'unknown', providerRequestId: null };
  it.each([
    ['is the confirmed one', [confirmed], confirmed],
    ['is any of those that are confirmed', [confirmed, { ...confirmed }], confirmed],
    ['is the only one whose answer was lost', [lost], lost],
    ['proves none that the provider can be asked about', [asked], undefined],
    ['proves none beside another', [lost, { ...lost }], undefined],
    ['is nobody’s where another may be it', [confirmed, asked], undefined],
    ['is nobody’s where none fits', [], undefined],
  ])('%s', (_, fitting, expected) => {
    expect(chargeLike(fitting, { canAskById: false })).toBe(expected);
  });

  it('proves none of a provider that knows our ids', () => {
    expect(chargeLike([lost], { canAskById: true })).toBeUndefined();
  });
});
