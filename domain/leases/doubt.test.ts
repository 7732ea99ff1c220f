import { expect, it } from 'vitest';
import { handedOver } from '#test/schedules';
import { addDays } from '../calendar.ts';
import { owedIfPaid } from './doubt.ts';
import { schedule, unpaid } from './position.ts';

const lines = schedule({ instalments: 3, frequency: 'weekly', components: { vehicle: 100 } }, 'UG', handedOver, 1_000);
const on = (days: number) => addDays(handedOver, days);
const moved = lines.map((line) => ({
  ...line,
  dueOn: addDays(line.dueOn, 10),
  matured: line.number === 1 ? 1_000 : 0,
}));
/** The first line is paid, and the second was due when they were moved. */
const paidFirst = moved.map((line) => ({
  ...line,
  paid: line.number === 1 ? 1_000 : 0,
  matured: line.number < 3 ? 1_000 : 0,
}));
const withFee = lines.map((line) => (line.number === 1 ? { ...line, feeChargedOn: on(10) } : line));

it.each([
  ['nothing', [], {}, [0, 0, 1_000, 1_000, 1_000]],
  ['what was due when it was asked for', [[7, 900_000]], {}, [0, 0, 0, 1_000, 1_000]],
  ['no more than its own sum', [[14, 1_200]], {}, [0, 0, 0, 800, 1_000]],
  ['nothing that was not due yet', [[6, 900_000]], {}, [0, 0, 1_000, 1_000, 1_000]],
  ['two of one due', [[7, 400], [8, 400]], {}, [0, 0, 200, 1_000, 1_000]], // prettier-ignore
  ['each its own due', [[15, 1_000], [7, 1_000]], {}, [0, 0, 0, 0, 1_000]], // prettier-ignore
  ['the deposit first', [[7, 900]], { depositDue: 500 }, [0, 0, 600, 1_000, 1_000]],
  ['a fee that was charged before', [[14, 1_050]], { feesDue: 50, lines: withFee }, [0, 0, 0, 1_000, 1_000]],
  ['no fee that was charged later', [[9, 900_000]], { feesDue: 50, lines: withFee }, [0, 50, 0, 1_000, 1_000]],
  ['what was due before it was moved', [[7, 1_000]], { lines: moved }, [0, 0, 0, 1_000, 1_000]],
] as const)('takes for paid: %s', (_what, charges, owed, expected) => {
  const doubts = charges.map(([days, amount]) => ({ on: on(days), amount, isThere: false }));
  const left = owedIfPaid(doubts, { depositDue: 0, feesDue: 0, lines, ...owed }, { lateFee: 50, unit: 1 });
  expect([left.depositDue, left.feesDue, ...left.lines.map(unpaid)]).toEqual(expected);
});

it.each([
  ['what was due then, wherever it is now', 1_000, moved, [0, 1_000, 1_000]],
  ['nothing of what became due until it was moved', 1_000, paidFirst, [0, 1_000, 1_000]],
  ['nothing of what became due until it was spread anew', 0, moved, [1_000, 1_000, 1_000]],
])('takes for paid of a schedule that has changed: %s', (_what, dueThen, schedule, expected) => {
  const doubt = { on: on(7), amount: 900_000, isThere: false, dueThen };
  const left = owedIfPaid([doubt], { depositDue: 0, feesDue: 0, lines: schedule }, { lateFee: 50, unit: 1 });
  expect(left.lines.map(unpaid)).toEqual(expected);
});

it.each([
  ['later dues, in their order', { unheardBefore: 4 }, [50, 0, 500, 1_000]],
  ['only what was due when he asked, beyond a few times', { unheardBefore: 5 }, [50, 1_000, 1_000, 1_000]],
  ['later dues, known to be paid', { isPaid: true }, [50, 0, 500, 1_000]],
  ['fees that were charged after it last', { unheardBefore: 0, amount: 3_020 }, [30, 0, 0, 0]],
])('takes for paid of what a person asked for: %s', (_what, doubt, expected) => {
  const debt = { depositDue: 0, feesDue: 50, lines: withFee };
  const asked = { on: on(1), amount: 1_500, isThere: false, dueThen: 0, ...doubt };
  const left = owedIfPaid([asked], debt, { lateFee: 50, unit: 1 });
  expect([left.feesDue, ...left.lines.map(unpaid)]).toEqual(expected);
});

it('takes for paid what comes due later, where the money is there', () => {
  const left = owedIfPaid(
    [{ on: on(1), amount: 1_500, isThere: true }],
    { depositDue: 0, feesDue: 0, lines },
    { lateFee: 50, unit: 1 },
  );
  expect(left.lines.map(unpaid)).toEqual([0, 500, 1_000]);
});
