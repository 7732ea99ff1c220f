import { describe, expect, it } from 'vitest';
import { addBusinessDays, dueDate, instantOf, localDate, localDateAt } from '#domain/calendar';
import { bucketOf, levelled, lineStatus, ownedPercent, positionOn, schedule, twoThirdsOf } from './position.ts';
import { isReference, leaseReference } from './reference.ts';

const terms = {
  depositPercent: 15,
  markupPercent: 35,
  instalments: 24,
  frequency: 'monthly',
  components: { vehicle: 85, insurance: 10, tracker: 5 },
} as const;

describe('lines that a payment which was taken back has left a gap in', () => {
  const paidOf = (...paid: number[]) =>
    schedule({ ...terms, instalments: paid.length }, 'UG', localDate('2026-01-31'), 100).map((line, i) => ({
      ...line,
      paid: paid[i] ?? 0,
    }));
  it.each([
    ['are as they are while none is ahead', [100, 40, 0], [100, 40, 0]],
    ['are paid by the money on later ones, oldest first', [60, 100, 100], [100, 100, 60]],
    ['share what is there', [0, 50, 0], [50, 0, 0]],
    ['stay paid where nothing is missing', [100, 100, 100], [100, 100, 100]],
  ])('%s', (_, booked, paid) => {
    expect(levelled(paidOf(...booked)).map((line) => line.paid)).toEqual(paid);
  });
  it('are late only by what all their money leaves', () => {
    const lease = {
      deposit: 0,
      depositPaid: 0,
      feesCharged: 0,
      feesPaid: 0,
      feesWaived: 0,
      credit: 0,
      totalPrice: 300,
    };
    const position = positionOn(localDate('2026-03-01'), lease, paidOf(99, 1, 0));
    expect(position).toMatchObject({ overdue: 0, daysPastDue: 0, nextDue: { number: 2 } });
  });
});

describe('calendar', () => {
  it('keeps the day of the month, shortened to the last', () => {
    const days = [1, 2, 3].map((number) => dueDate(localDate('2026-01-31'), 'monthly', number));
    expect(days).toEqual(['2026-02-28', '2026-03-31', '2026-04-30']);
  });

  it('dates an instant by the wall calendar of the market', () => {
    const lateEvening = Date.parse('2026-03-01T21:30:00Z');
    expect([localDateAt(lateEvening, 'UG'), localDateAt(lateEvening, 'RW')]).toEqual(['2026-03-02', '2026-03-01']);
    expect(new Date(instantOf(localDate('2026-03-02'), 8, 'KE')).toISOString()).toBe('2026-03-02T05:00:00.000Z');
  });

  it('skips weekends and public holidays in the deadlines of agents', () => {
    const friday = Date.parse('2026-06-05T09:00:00Z');
    expect(new Date(addBusinessDays(friday, 2, 'UG')).toISOString()).toBe('2026-06-10T09:00:00.000Z');
  });
});

describe('position', () => {
  const plan = { ...terms, components: { vehicle: 100 } };
  const lines = schedule(plan, 'UG', localDate('2026-01-15'), 100).slice(0, 3);
  const sums = { deposit: 50, depositPaid: 50, feesCharged: 0, feesPaid: 0, feesWaived: 0, credit: 0, totalPrice: 350 };

  it.each([
    ['2026-02-14', 0, 0, 'upcoming', 'current'],
    ['2026-02-15', 0, 0, 'due', 'current'],
    ['2026-02-16', 1, 100, 'overdue', '1-7'],
    ['2026-03-16', 29, 200, 'overdue', '8-30'],
    ['2026-06-01', 106, 300, 'overdue', '90+'],
  ] as const)('on %s is %i days past due with %i overdue', (day, daysPastDue, overdue, status, bucket) => {
    const today = localDate(day);
    const position = positionOn(today, sums, lines);
    expect(position).toMatchObject({
      daysPastDue,
      overdue,
      paid: 50,
      outstanding: 300,
      nextDue: { number: 1, amount: 100 },
    });
    const [first] = lines;
    expect(first === undefined ? null : lineStatus(first, today)).toBe(status);
    expect(bucketOf(daysPastDue)).toBe(bucket);
  });

  const short = (...rests: number[]) => lines.map((line, i) => ({ ...line, paid: 100 - (rests[i] ?? 100) }));
  it.each([
    ['a rest waits for the next line', '2026-03-01', short(1), [0, 0, 0, { number: 2, on: '2026-03-15', amount: 101 }]],
    ['and is owed with it', '2026-03-15', short(9), [0, 109, 0, { number: 2, on: '2026-03-15', amount: 109 }]],
    ['and late with it', '2026-03-16', short(9), [109, 109, 1, { number: 2, on: '2026-03-15', amount: 109 }]],
    [
      'what is enough to ask for is late',
      '2026-03-01',
      short(10),
      [10, 10, 14, { number: 1, on: '2026-02-15', amount: 10 }],
    ],
    ['several rests are one', '2026-04-16', short(5, 5, 0), [10, 10, 1, { number: 3, on: '2026-04-15', amount: 10 }]],
    ['the last one is owed', '2026-05-01', short(0, 0, 3), [3, 3, 16, { number: 3, on: '2026-04-15', amount: 3 }]],
  ] as const)('below what anybody is asked for: %s', (_what, day, booked, [overdue, dueNow, daysPastDue, nextDue]) => {
    const position = positionOn(localDate(day), { ...sums, leastAsked: 10 }, booked);
    expect(position).toMatchObject({ overdue, dueNow, daysPastDue, nextDue, oldestUnpaidOn: nextDue.on });
  });

  it('shows no line as overdue by a rest that nobody is asked for', () => {
    const today = localDate('2026-03-01');
    expect(short(9).map((line) => lineStatus(line, today, 10))).toEqual(['partly_paid', 'upcoming', 'upcoming']);
    expect(short(10).map((line) => lineStatus(line, today, 10))[0]).toBe('overdue');
  });

  it('counts two thirds and whole percents', () => {
    const paid = lines.map((line) => ({ ...line, paid: line.number < 3 ? 100 : 0 }));
    const position = positionOn(localDate('2026-03-20'), sums, paid);
    expect(position).toMatchObject({ instalmentsPaid: 2, twoThirdsPaid: true });
    expect(ownedPercent('active', position)).toBe(71);
    expect([twoThirdsOf(350), twoThirdsOf(351)]).toEqual([234, 234]);
  });

  it('counts as paid what is paid to its end, and not what was waived whole', () => {
    const settled = lines.map((line) =>
      line.number === 1 ? { ...line, paid: 100 } : { ...line, paid: line.number === 2 ? 10 : 0, waived: 90 },
    );
    const waived = settled.map((line) => (line.number === 3 ? { ...line, waived: 100 } : line));
    expect(positionOn(localDate('2026-03-20'), sums, waived).instalmentsPaid).toBe(2);
  });

  it.each([
    ['active', 350, 99],
    ['returned', 350, 99],
    ['completed', 350, 100],
    ['settled_early', 310, 100],
    ['applied', 0, 0],
  ] as const)('%s with %i paid of 350 owns %i percent', (status, paid, percent) => {
    expect(ownedPercent(status, { paid, outstanding: 350 - paid })).toBe(percent);
  });
});

describe('reference', () => {
  it('is typed by people: every single wrong character is noticed', () => {
    const reference = leaseReference(Uint8Array.from([7, 130, 255, 4, 99, 61, 200, 18]));
    expect(isReference(reference)).toBe(true);
    for (let i = 0; i < 8; i += 1) {
      for (const other of 'ABCDEFGHJKMNPQRSTUVWXYZ23456789') {
        const wrong = reference.slice(0, i) + other + reference.slice(i + 1);
        expect(isReference(wrong)).toBe(wrong === reference);
      }
    }
  });
});
