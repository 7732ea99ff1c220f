import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, audit, leases, pauses, scheduleChanges } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import type { Order, PreviewedCommand } from '#domain/leases/commands';
import { unpaid } from '#domain/leases/position';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, agrees, day, LINE, runningLease, type LateLease } from '#test/late-money';
import type { Context } from '../context.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { changeDueDay } from './change-due-day.ts';
import { changeFrequency } from './change-frequency.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { lockLease, positionAt } from './lease-record.ts';
import { pauseLease } from './pause-lease.ts';
import { previewCommand } from './preview-command.ts';
import { reAgeLease, reAmortiseLease, restructureLease } from './restructure-lease.ts';
import { returnVehicle } from './return-vehicle.ts';
import { undoRestructure } from './undo-restructure.ts';
import { usePaidAhead } from './use-paid-ahead.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const recordOf = (lease: LateLease, number: number) => lease.act(day(number), ({ tx }) => lockLease(tx, lease.id));
/** The days on which something is owed, with how much. */
async function owed(lease: LateLease, number: number) {
  const { lines } = await recordOf(lease, number);
  return lines.filter((line) => unpaid(line) > 0).map((line) => [line.dueOn.slice(5), unpaid(line)] as const);
}
/** What the lease costs, by its row and by its lines, which is the same. */
async function price(lease: LateLease) {
  const { row, lines } = await recordOf(lease, 1);
  const sum = lines.reduce((all, line) => all + line.amount - line.waived, row.deposit);
  expect(sum).toBe(row.totalPrice);
  return sum;
}
const ahead = (weeks: number) => Array.from({ length: weeks }, (_, i) => i);

/** Ten lines on Mondays, the first on 5 January; a line is due on the day that it is paid. */
describe('the day of payment', () => {
  const to = (
    lease: LateLease,
    number: number,
    weekday: Order<'changeDueDay'>['weekday'],
    by: Actor = lease.customer,
  ) => lease.act(day(number), (context) => changeDueDay(context, { leaseId: lease.id, weekday }), by);

  it('moves the lines to come, twice a year, and costs nothing', async () => {
    const lease = await runningLease(database);
    await lease.cash(5, LINE);
    const before = await price(lease);
    expect(await to(lease, 6, 'friday')).toMatchObject({ nextDue: { on: '2026-01-16' } });
    await to(lease, 7, 'sunday', agent);
    expect((await owed(lease, 7)).map(([on]) => on).slice(0, 3)).toEqual(['01-18', '01-25', '02-01']);
    await expect(to(lease, 8, 'monday')).rejects.toMatchObject({ code: 'schedule_change_refused' });
    expect(await price(lease)).toBe(before);
    await agrees(database, lease, 8);
  });

  it('stays for who is late, for a day that it has already, and for a day of the month', async () => {
    const lease = await runningLease(database);
    await expect(to(lease, 6, 'friday')).rejects.toMatchObject({ code: 'schedule_change_refused' });
    await lease.cash(6, LINE);
    await expect(to(lease, 6, 'monday')).rejects.toMatchObject({ code: 'schedule_change_refused' });
    const ofMonth = lease.act(
      day(6),
      (context) => changeDueDay(context, { leaseId: lease.id, day: 3 }),
      lease.customer,
    );
    await expect(ofMonth).rejects.toMatchObject({ code: 'unprocessable', errors: [{ path: 'weekday' }] });
  });
});

describe('the frequency', () => {
  it('spreads what is left over about the same time, and costs nothing', async () => {
    const lease = await runningLease(database);
    await lease.cash(5, LINE + 10_000);
    const before = await price(lease);
    const to = (number: number, frequency: 'daily' | 'weekly' | 'monthly', by: Actor = lease.customer) =>
      lease.act(day(number), (context) => changeFrequency(context, { leaseId: lease.id, frequency }), by);
    await expect(to(6, 'daily', agent)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(to(6, 'weekly')).rejects.toMatchObject({ code: 'schedule_change_refused' });
    await to(6, 'monthly');
    // Until the ninth of March.
    expect(await owed(lease, 6)).toEqual([
      ['02-05', 3_640_000],
      ['03-05', 3_640_000],
    ]);
    expect((await recordOf(lease, 6)).row).toMatchObject({ frequency: 'monthly', instalment: 3_640_000 });
    await to(7, 'daily');
    const daily = await owed(lease, 7);
    expect(daily[0]?.[0]).toBe('01-08');
    expect(daily.at(-1)?.[0]).toBe('03-05');
    expect(daily.reduce((sum, [, amount]) => sum + amount, 0)).toBe(7_280_000);
    expect(await price(lease)).toBe(before);
    await agrees(database, lease, 7);
  });
});

describe('what was paid ahead', () => {
  const use = (lease: LateLease, number: number, makes: 'shorter' | 'lower') =>
    lease.act(day(number), (context) => usePaidAhead(context, { leaseId: lease.id, makes }), lease.customer);

  it.each([
    ['shorter', ahead(6).map(() => LINE), '02-16'],
    ['lower', ahead(9).map(() => (6 * LINE) / 9), '03-09'],
  ] as const)('makes it %s, and is given back to who leaves before its time', async (makes, amounts, last) => {
    const lease = await runningLease(database);
    await lease.cash(5, LINE);
    await expect(use(lease, 6, makes)).rejects.toMatchObject({ code: 'schedule_change_refused' });
    await lease.cash(6, 3 * LINE);
    const before = await price(lease);
    expect(await use(lease, 6, makes)).toMatchObject({ nextDue: { on: '2026-01-12', amount: amounts[0] } });
    const owes = await owed(lease, 6);
    expect(owes.map(([, amount]) => amount)).toEqual(amounts);
    expect([owes[0]?.[0], owes.at(-1)?.[0]]).toEqual(['01-12', last]);
    await expect(use(lease, 6, makes)).rejects.toMatchObject({ code: 'schedule_change_refused' });
    expect(await price(lease)).toBe(before);
    await agrees(database, lease, 6);
    const leaves = (context: Parameters<typeof returnVehicle>[0]) =>
      returnVehicle(context, { leaseId: lease.id, reason: 'moves away' });
    expect(await lease.act(day(6), leaves, lease.customer)).toMatchObject({ status: 'returned', credit: 3 * LINE });
    await agrees(database, lease, 6);
  });

  it('that is taken back is owed again with the next line, and the books agree', async () => {
    const lease = await runningLease(database);
    await lease.cash(5, LINE);
    const paymentId = await lease.cash(6, 2 * LINE);
    await use(lease, 6, 'shorter');
    await lease.act(
      day(7),
      (context) => reversePayment(context, { leaseId: lease.id, attemptId: paymentId, reason: 'not paid' }),
      admin,
    );
    expect((await owed(lease, 7)).reduce((sum, [, amount]) => sum + amount, 0)).toBe(9 * LINE);
    await agrees(database, lease, 7);
  });
});

describe('a gap that a payment taken back has left', () => {
  /** The first line's payment is taken back when later ones have paid others: by all the money the last of those is owed. */
  async function gap(number: number, lines: number) {
    const lease = await runningLease(database);
    const first = await lease.cash(5, LINE);
    for (const _ of ahead(lines - 1)) await lease.cash(5, LINE);
    const reversing = (context: Parameters<typeof reversePayment>[0]) =>
      reversePayment(context, { leaseId: lease.id, attemptId: first, reason: 'not paid' });
    await lease.act(day(number), reversing, admin);
    return lease;
  }
  const dueNow = async (lease: LateLease, number: number) =>
    positionAt(await recordOf(lease, number), day(number)).dueNow;

  it('has another frequency ask for nothing sooner', async () => {
    const lease = await gap(20, 4);
    const monthly = (context: Context) => changeFrequency(context, { leaseId: lease.id, frequency: 'monthly' });
    expect(await lease.act(day(20), monthly, lease.customer)).toMatchObject({ nextDue: { on: '2026-02-19' } });
    expect([await dueNow(lease, 20), (await lease.books(26)).daysPastDue]).toEqual([0, 0]);
    await agrees(database, lease, 20);
  });

  it.each(['shorter', 'lower'] as const)(
    'has money that was paid ahead make it %s by one line at a time',
    async (makes) => {
      const lease = await gap(13, 5);
      await lease.act(day(13), (context) => usePaidAhead(context, { leaseId: lease.id, makes }), lease.customer);
      expect([await dueNow(lease, 13), await dueNow(lease, 19)]).toEqual([
        0,
        makes === 'shorter' ? LINE : (6 * LINE) / 8,
      ]);
      await agrees(database, lease, 13);
    },
  );
});

it('a frequency asks for the period that runs also after money was used as paid ahead, and for 1,500 lines at most', async () => {
  const lease = await runningLease(database);
  for (const number of [5, 6]) await lease.cash(number, LINE);
  await lease.act(day(6), (context) => usePaidAhead(context, { leaseId: lease.id, makes: 'shorter' }), lease.customer);
  const daily = (of: LateLease) => (context: Context) =>
    changeFrequency(context, { leaseId: of.id, frequency: 'daily' });
  expect(await lease.act(day(6), daily(lease), lease.customer)).toMatchObject({ nextDue: { on: '2026-01-07' } });
  const long = await runningLease(database);
  await long.cash(5, LINE);
  const over = { leaseId: long.id, instalments: 800, reason: 'ill' };
  await long.act(day(6), (context) => restructureLease(context, over), agent);
  await expect(long.act(day(7), daily(long), long.customer)).rejects.toMatchObject({ code: 'schedule_change_refused' });
});

describe('a lease that is late', () => {
  const make = {
    restructure: (context, leaseId) => restructureLease(context, { leaseId, instalments: 20, reason: 'ill' }),
    reAge: (context, leaseId) => reAgeLease(context, { leaseId, reason: 'ill' }),
    reAmortise: (context, leaseId) => reAmortiseLease(context, { leaseId, reason: 'ill' }),
  } satisfies Record<string, (context: Parameters<typeof reAgeLease>[0], leaseId: string) => Promise<unknown>>;
  const late = async () => {
    const lease = await runningLease(database);
    await lease.cash(6, LINE + 100_000);
    await lease.arrears(16);
    return lease;
  };
  const undo = (lease: LateLease, number: number) =>
    lease.act(day(number), (context) => undoRestructure(context, { leaseId: lease.id, reason: 'a mistake' }), agent);

  it.each(['restructure', 'reAge', 'reAmortise'] as const)(
    'by %s is not late by what was paid before and is taken back, and that can be undone still',
    async (how) => {
      const [lease, other] = [await runningLease(database), await runningLease(database)];
      for (const one of [lease, other]) {
        const paymentId = await one.cash(6, LINE);
        await one.arrears(16);
        if (one === lease) await one.act(day(20), (context) => make[how](context, one.id), agent);
        const wish = { leaseId: one.id, attemptId: paymentId, reason: 'of another lease' };
        await one.act(day(21), (context) => reversePayment(context, wish), admin);
      }
      expect((await lease.books(21)).daysPastDue).toBe(0);
      await undo(lease, 22);
      expect((await recordOf(lease, 22)).lines).toEqual((await recordOf(other, 22)).lines);
      await agrees(database, lease, 22);
    },
  );

  it.each(['restructure', 'reAge', 'reAmortise'] as const)(
    'by %s is late no more, and is as if that had never been when it is undone',
    async (how) => {
      const [lease, other] = [await late(), await late()];
      const before = await price(lease);
      const { row: old } = await recordOf(lease, 20);
      const made = await lease.act(day(20), (context) => make[how](context, lease.id), agent);
      expect(made).toMatchObject({ status: 'active' });
      expect((await lease.books(20)).daysPastDue).toBe(0);
      expect(await price(lease)).toBe(before);
      const again = lease.act(day(21), (context) => make.reAge(context, lease.id), agent);
      await expect(again).rejects.toMatchObject({ code: 'second_restructure' });
      // The second was paid before the first, and is known later.
      for (const one of [lease, other]) {
        await one.cash(22, 1_000_000);
        await one.cash(23, 500_001, '2026-01-21');
      }
      await undo(lease, 24);
      const [back, never] = [await recordOf(lease, 24), await recordOf(other, 24)];
      expect(back.lines).toEqual(never.lines);
      const { instalment, instalmentsTotal, restructuredOn, arrearsRestructured, oldestUnpaidOn } = old;
      expect(back.row).toMatchObject({ instalment, instalmentsTotal, restructuredOn, arrearsRestructured });
      expect(back.row.oldestUnpaidOn).toBe(never.row.oldestUnpaidOn);
      expect(oldestUnpaidOn).toBe('2026-01-12');
      expect(await price(lease)).toBe(before);
      await agrees(database, lease, 24);
      // The payments say that they paid what they did where it had never been, as those do that are taken back then.
      const parts = async (id: string) =>
        (await database.db.select().from(attempts).where(eq(attempts.leaseId, id)))
          .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
          .flatMap(({ allocation }) => allocation)
          .filter(({ instalment: number }) => number !== null)
          .reduce((sum, { amount }) => sum + amount, 0);
      expect(await parts(lease.id)).toBe(await parts(other.id));
      await expect(undo(lease, 24)).rejects.toMatchObject({ code: 'schedule_change_refused' });
      // It was one all the same: an agent does not make a second one of it.
      const second = (by: Actor) => lease.act(day(55), (context) => make.reAge(context, lease.id), by);
      await expect(second(agent)).rejects.toMatchObject({ code: 'second_restructure' });
      await second(admin);
    },
  );

  it('keeps it where the schedule was changed since, or a late fee charged by it', async () => {
    const before = await late();
    await before.act(day(20), (context) => make.restructure(context, before.id), agent);
    // A pause of which nobody knows whether it came first, since its version was not kept yet.
    const illness = { leaseId: before.id, kind: 'illness', days: 2 } as const;
    await before.act(day(21), (context) => pauseLease(context, illness), agent);
    await database.db.update(pauses).set({ version: null }).where(eq(pauses.leaseId, before.id));
    await database.db.update(leases).set({ status: 'active', pausedUntil: null }).where(eq(leases.id, before.id));
    await expect(undo(before, 23)).rejects.toMatchObject({ code: 'schedule_change_refused' });
    const charged = await late();
    await charged.act(day(20), (context) => make.reAge(context, charged.id), agent);
    await charged.act(day(31), (context) => chargeLateFees(context, { leaseId: charged.id }));
    expect((await charged.books(31)).feesCharged).toBeGreaterThan(0);
    await expect(undo(charged, 31)).rejects.toMatchObject({ code: 'schedule_change_refused' });
  });
});

it('a preview is what the command does, and nothing stays of it', async () => {
  const lease = await runningLease(database);
  await lease.cash(5, 3 * LINE);
  const { row, lines } = await recordOf(lease, 6);
  const told = () =>
    Promise.all([
      database.db.$count(audit, eq(audit.leaseId, lease.id)),
      database.db.$count(scheduleChanges, eq(scheduleChanges.leaseId, lease.id)),
    ]);
  const before = await told();
  // The wall's clock is behind that of these leases: the preview looks at the day that it is then.
  const preview = <Name extends PreviewedCommand>(name: Name, order: Order<Name>) =>
    previewCommand(database, agent, { ...row, clockOffsetMs: day(6).getTime() - Date.now() }, name, order);
  const seen = await preview('usePaidAhead', { makes: 'lower' });
  expect(await recordOf(lease, 6)).toEqual({ row, lines });
  expect(await told()).toEqual(before);
  await expect(preview('reAge', { reason: 'ill' })).rejects.toMatchObject({ code: 'schedule_change_refused' });
  await lease.act(day(6), (context) => usePaidAhead(context, { leaseId: lease.id, makes: 'lower' }), agent);
  expect((await recordOf(lease, 6)).lines).toEqual(seen.lines);
});
