import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, agrees, day, FEE, LINE, on, runningLease, type LateLease } from '#test/late-money';
import type { Context } from '../context.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { changeDueDay } from './change-due-day.ts';
import { changeFrequency } from './change-frequency.ts';
import { lockLease, positionAt } from './lease-record.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { reAgeLease } from './restructure-lease.ts';
import { returnVehicle } from './return-vehicle.ts';
import { quoteSettlement } from './settle-early.ts';
import { usePaidAhead } from './use-paid-ahead.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const ahead = (weeks: number) => Array.from({ length: weeks }, (_, i) => i);
type Frequency = 'daily' | 'weekly' | 'monthly';

/** Ten lines on Mondays from 5 January on; whoever does what by themselves. */
async function begun(paid = LINE) {
  const lease = await runningLease(database);
  await lease.cash(5, paid);
  const by = <T>(number: number, work: (context: Context) => Promise<T>, actor: Actor = lease.customer) =>
    lease.act(day(number), work, actor);
  const { id: leaseId } = lease;
  return {
    ...lease,
    record: (number: number) => by(number, ({ tx }) => lockLease(tx, leaseId)),
    position: async (number: number) => positionAt(await by(number, ({ tx }) => lockLease(tx, leaseId)), day(number)),
    dueDay: (number: number, wish: { weekday: 'friday' | 'sunday' } | { day: number }) =>
      by(number, (context) => changeDueDay(context, { leaseId, ...wish })),
    frequency: (number: number, frequency: Frequency) =>
      by(number, (context) => changeFrequency(context, { leaseId, frequency })),
    uses: (number: number, makes: 'shorter' | 'lower') =>
      by(number, (context) => usePaidAhead(context, { leaseId, makes })),
    pause: (number: number, days: number) =>
      by(number, (context) => pauseLease(context, { leaseId, kind: 'repair', days }), agent),
    resume: (number: number) => by(number, (context) => resumeLease(context, { leaseId })),
    takeBack: (number: number, attemptId: string) =>
      by(number, (context) => reversePayment(context, { leaseId, attemptId, reason: 'chargeback' }), admin),
    /** What is owed for the lines of days that are over, less what is given back, and what the house would save who settles. */
    async leaves(number: number) {
      const { saved } = await by(number, (context) => quoteSettlement(context, { leaseId }));
      await agrees(database, lease, number);
      const { credit, outstanding } = await by(
        number,
        (context) => returnVehicle(context, { leaseId, reason: 'moves' }),
        admin,
      );
      return { owes: outstanding - credit, saved };
    },
  };
}
type Begun = Awaited<ReturnType<typeof begun>>;

const changes: readonly (readonly [string, (lease: Begun) => Promise<unknown>])[] = [
  ['the day', (lease) => lease.dueDay(6, { weekday: 'sunday' })],
  [
    'the day twice',
    (lease) => lease.dueDay(6, { weekday: 'friday' }).then(() => lease.dueDay(7, { weekday: 'sunday' })),
  ],
  ['the frequency', (lease) => lease.frequency(6, 'monthly')],
  [
    'the day and the frequency',
    (lease) => lease.dueDay(6, { weekday: 'sunday' }).then(() => lease.frequency(7, 'monthly')),
  ],
];

describe('days of use', () => {
  it.each(changes)('are owed by who leaves whatever he has changed: %s', async (_, change) => {
    const [plain, changed] = [await begun(), await begun()];
    await change(changed);
    // The weeks to the 12th and the 19th are over.
    const left = await plain.leaves(22);
    expect(left.owes).toBe(2 * LINE);
    expect(await changed.leaves(22)).toEqual(left);
  });

  it('are asked for within 31 days, all changes together', async () => {
    const lease = await begun();
    expect(await lease.frequency(6, 'monthly')).toMatchObject({ nextDue: { on: '2026-02-05' } });
    // The week to the 12th of January would be asked for on the fourth of March.
    await expect(lease.dueDay(7, { day: 4 })).rejects.toMatchObject({ code: 'schedule_change_refused' });
    expect(await lease.dueDay(7, { day: 12 })).toMatchObject({ nextDue: { on: '2026-02-12' } });
    await agrees(database, lease, 7);
  });

  it('are asked for within 31 days whatever is taken back afterwards of a line that was paid in part', async () => {
    const lease = await begun(6 * LINE);
    expect(await lease.frequency(6, 'monthly')).toMatchObject({ nextDue: { on: '2026-03-09' } });
    const payment = await lease.cash(6, 2 * LINE);
    // Without that money the week to the 16th of February would be asked for on the 25th of March.
    await expect(lease.dueDay(7, { day: 25 })).rejects.toMatchObject({ code: 'schedule_change_refused' });
    await lease.dueDay(7, { day: 15 });
    await lease.takeBack(8, payment);
    expect(await lease.position(8)).toMatchObject({ nextDue: { on: '2026-03-15', amount: 4 * LINE } });
    await agrees(database, lease, 8);
  });
});

describe('what was paid ahead', () => {
  const paidAhead = async (pauses: boolean, makes: 'shorter' | 'lower' | 'nothing') => {
    const lease = await begun(6 * LINE);
    if (makes !== 'nothing') await lease.uses(6, makes);
    if (pauses) await lease.pause(6, 14).then(() => lease.resume(20));
    const later = pauses ? 14 : 0;
    // What falls due until then is paid on its day.
    const open = (await lease.record(7)).lines.filter((line) => line.paid === 0);
    for (const number of ahead(30 + later))
      for (const line of open.filter(({ dueOn }) => dueOn === on(number))) await lease.cash(number, line.amount);
    return (await lease.leaves(30 + later)).owes;
  };

  it.each([
    ['shorter', 5 * LINE],
    ['lower', 2_700_000],
    ['nothing', 2 * LINE],
  ] as const)('pays for as many days after a pause: %s', async (makes, back) => {
    expect(await paidAhead(false, makes)).toBe(-back);
    expect(await paidAhead(true, makes)).toBe(-back);
  });

  it('pays for as much later time as a lease that is late was given', async () => {
    const lease = await begun(4 * LINE);
    await lease.uses(6, 'shorter');
    await lease.arrears(25);
    await lease.act(day(25), (context) => reAgeLease(context, { leaseId: lease.id, reason: 'ill' }), agent);
    // Five lines are overdue on the first of March; three are paid that would end on the 23rd.
    expect(await lease.leaves(60)).toMatchObject({ owes: 5 * LINE - 3 * LINE });
  });

  it('is used once, also where the next instalment pays for days before its own', async () => {
    const lease = await begun(6 * LINE);
    await lease.frequency(41, 'monthly');
    const payment = await lease.cash(41, LINE);
    expect(await lease.uses(41, 'shorter')).toMatchObject({ nextDue: { on: '2026-03-09', amount: 3 * LINE } });
    await expect(lease.uses(42, 'lower')).rejects.toMatchObject({ code: 'schedule_change_refused' });
    await lease.takeBack(43, payment);
    expect(await lease.position(43)).toMatchObject({ nextDue: { on: '2026-03-09', amount: 4 * LINE } });
    await agrees(database, lease, 43);
    expect((await lease.leaves(60)).owes).toBe(2 * LINE);
  });

  it.each(['nothing', 'shorter', 'lower'] as const)(
    'that is taken back is asked for when it would have been without it: %s',
    async (makes) => {
      const lease = await begun();
      const payment = await lease.cash(6, 5 * LINE);
      if (makes !== 'nothing') await lease.uses(6, makes);
      await lease.takeBack(7, payment);
      const { lines } = await lease.record(12);
      expect(lines.map(({ dueOn, amount }) => [dueOn, amount])).toEqual(
        ahead(10).map((week) => [on(5 + 7 * week), LINE]),
      );
      await lease.fees(16);
      expect(await lease.books(16)).toMatchObject({ feesCharged: FEE, daysPastDue: 4 });
      await agrees(database, lease, 16);
    },
  );

  it.each([
    ['daily', '2026-01-07', 3],
    ['monthly', '2026-01-12', 0],
  ] as const)(
    'in part of the next line and is taken back after a change to %s is due from %s on',
    async (to, from, late) => {
      const lease = await begun();
      const payment = await lease.cash(6, 700_000);
      await lease.frequency(6, to);
      await lease.takeBack(7, payment);
      expect(await lease.position(10)).toMatchObject({ nextDue: { on: from }, daysPastDue: late });
      await agrees(database, lease, 10);
    },
  );
});

describe('late fees', () => {
  it('are of instalments as they were signed, however often who is late pays', async () => {
    const fees = async (lease: LateLease) => {
      for (const number of [10, 16, 17, 23, 26]) await lease.fees(number);
      return (await lease.books(26)).feesCharged;
    };
    const [weekly, daily] = [await begun(), await begun()];
    await daily.frequency(6, 'daily');
    expect(await fees(weekly)).toBe(2 * FEE);
    expect(await fees(daily)).toBe(2 * FEE);
  });
});
