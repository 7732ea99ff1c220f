import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findLease, scheduleOf } from '#db/queries/leases';
import { demands, marketRuleRows } from '#db/schema/index';
import { addDays, daysBetween, localDate, localDateAt } from '#domain/calendar';
import { money } from '#domain/money';
import { compare } from '#domain/payments/reconciliation';
import { isTrusted } from '#domain/payments/reconciliation-days';
import { tradeInValue, upgradeQuote } from '#domain/upgrades/upgrade';
import { changeDueDay } from '#use-cases/leases/change-due-day';
import { changeStatus } from '#use-cases/leases/change-status';
import { repossessVehicle } from '#use-cases/leases/repossess-vehicle';
import { chargeCosts } from '#use-cases/leases/repossession/charge-costs';
import { sellVehicle } from '#use-cases/payments/sale/sell-vehicle';
import { changeFrequency } from '#use-cases/leases/change-frequency';
import { lockLease, positionAt } from '#use-cases/leases/lease-record';
import { pauseLease } from '#use-cases/leases/pause-lease';
import { recoverTheft, reportTheft } from '#use-cases/leases/report-theft';
import { restructureLease } from '#use-cases/leases/restructure-lease';
import { returnVehicle } from '#use-cases/leases/return-vehicle';
import { quoteSettlement } from '#use-cases/leases/settle-early';
import type { Context } from '#use-cases/context';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { keptVehicle } from '../kept-vehicle.ts';
import { admin, agent, config, day, on, runningLease } from '../late-money.ts';
import { bookLease, weeklyPlan } from '../lease-books.ts';
import { figures, notCarriedOut } from './figures.ts';

/**
 * The worked examples of the other documents, by the figures that they have: each is read out of its page and carried out in the
 * books. A page that has another one, or says another figure, is wrong or has no test here.
 */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

type Lease = Awaited<ReturnType<typeof bookLease>>;
const MONDAY = '2026-01-05T07:00:00Z';
const TUESDAY = '2026-01-06T07:00:00Z';

async function handedOver({ deposit = 20_000, instalment = 10_000 } = {}): Promise<
  Lease & { readonly deposited: string }
> {
  const lease = await bookLease(database, config, { deposit, instalment });
  const deposited = await lease.isCharged(MONDAY, deposit);
  await lease.handOver(MONDAY);
  return { ...lease, deposited };
}
const owed = (lease: Lease, instant: string) =>
  lease.at(instant, async ({ tx, at }) => positionAt(await lockLease(tx, lease.id), at).outstanding);
const quote = (lease: Pick<Lease, 'id'>) => (context: Context) => quoteSettlement(context, { leaseId: lease.id });

it('an early settlement, whatever moved the schedule on that day', async () => {
  const all = figures('leases.md', 'less a sixth');
  const [line = 0, markup, due, ahead, quoted = 0, saved, byPayBill = 0, inCash = 0, credit, first] = all;
  const AFTER_THREE = '2026-01-27T09:00:00Z';
  const at = (lease: Lease, work: (context: Context) => Promise<unknown>) => lease.at(AFTER_THREE, work);
  const moves: readonly ((lease: Lease) => Promise<unknown>)[] = [
    () => Promise.resolve(),
    (lease) => at(lease, (context) => restructureLease(context, { leaseId: lease.id, instalments: 20, reason: 'x' })),
    (lease) =>
      at(lease, (context) =>
        pauseLease({ ...context, actor: agent }, { leaseId: lease.id, kind: 'illness', days: 40 }),
      ),
  ];
  expect(weeklyPlan.markupPercent).toBe(markup);
  for (const move of moves) {
    const lease = await handedOver({ instalment: line });
    await move(lease);
    expect(await lease.at(AFTER_THREE, quote(lease))).toMatchObject({ amount: quoted, saved });
    await lease.pays(AFTER_THREE, byPayBill);
    await lease.paysCash(AFTER_THREE, inCash, agent.id);
    expect(await lease.row()).toMatchObject({ status: 'settled_early', credit });
  }
  expect([due, first, ahead]).toEqual([3 * line, 3 * line, 7 * line]);
});

it('days of use that are owed although nothing was due for them', async () => {
  const [paidOn = 0, changedOn = 0, firstOn = 0, backOn = 0, second = 0, third = 0, late = 0, since = 0, days] =
    figures('leases.md', 'lines are due on Mondays');
  const monthly = async () => {
    const lease = await runningLease(database);
    await lease.cash(paidOn, 810_000);
    const to = { leaseId: lease.id, frequency: 'monthly' } as const;
    const { customerId: id = '' } = (await findLease(database.db, lease.id)) ?? {};
    const him = { role: 'customer', id } as const;
    const standing = await lease.act(day(changedOn), (context) => changeFrequency(context, to), him);
    expect(standing.nextDue?.on).toBe(localDate(`2026-02-0${firstOn}`));
    return lease;
  };
  const lease = await monthly();
  await lease.act(day(backOn), (context) => returnVehicle(context, { leaseId: lease.id, reason: 'moves' }), admin);
  expect((await lease.books(backOn)).outstanding).toBe(2 * 810_000);
  expect([second, third].map((number) => new Date(on(number)).getUTCDay())).toEqual([1, 1]);

  const refused = await monthly();
  const wish = { leaseId: refused.id, day: late };
  await expect(refused.act(day(changedOn), (context) => changeDueDay(context, wish), admin)).rejects.toMatchObject({
    code: 'schedule_change_refused',
  });
  expect(daysBetween(on(since), localDate(`2026-03-0${late}`))).toBe(days);
});

it('a stolen vehicle that is found before its days are over', async () => {
  const [paidOn, stolenOn, lineOn, waitsUntil, foundOn, dueOn] = figures('leases.md', 'Stolen on the');
  const lease = await handedOver();
  const of = (number: number | undefined) => `2026-01-${number}T07:00:00Z`;
  const second = async () => (await scheduleOf(database.db, lease.id, (await lease.row()).scheduleVersion))[1]?.dueOn;
  await lease.isCharged(of(paidOn), 10_000);
  expect(await second()).toBe(`2026-01-${lineOn}`);
  await lease.at(of(stolenOn), (context) => reportTheft({ ...context, actor: agent }, { leaseId: lease.id }));
  expect(await second()).toBe(`2026-02-${waitsUntil}`);
  await lease.at(of(foundOn), (context) => recoverTheft({ ...context, actor: agent }, { leaseId: lease.id }));
  expect(await second()).toBe(`2026-01-${dueOn}`);
});

it('a vehicle that is brought back by who has paid ahead', async () => {
  const [instalment = 0, deposit = 0, paid = 0, stays, refunded] = figures('statements.md', 'are due every Monday');
  const lease = await handedOver({ deposit, instalment });
  await lease.isCharged(TUESDAY, paid);
  // Handed over on a Monday, the first line is due a week later: the second one on the 19th.
  await lease.at('2026-01-20T07:00:00Z', (context) => returnVehicle(context, { leaseId: lease.id, reason: 'moves' }));
  const { credit } = await lease.row();
  expect([deposit + paid - credit, credit]).toEqual([stays, refunded]);
});

it('an exchange of a motorcycle', () => {
  const [
    price = 0,
    days = 0,
    percent = 0,
    tradeIn = 0,
    settlement = 0,
    equity,
    other = 0,
    asked = 0,
    needs,
    deposit,
    spread,
  ] = figures('upgrades.md', 'a motorcycle of');
  const handover = localDateAt(Date.parse(MONDAY), 'UG');
  const vehicle = { type: 'motorcycle', price: money(price, 'UGX') } as const;
  expect(tradeInValue(vehicle, handover, addDays(handover, days), 'UG')).toBe(tradeIn);
  expect(tradeIn).toBe((price * percent) / 100);
  expect(equity).toBe(tradeIn - settlement);
  expect(needs).toBe((other * asked) / 100);
  const plan = { ...weeklyPlan, depositPercent: asked };
  const quoted = upgradeQuote({ tradeIn, subsidy: 0, settlement }, plan, 'UG', money(other, 'UGX'));
  expect(quoted).toMatchObject({ deposit, payout: 0, missing: 0 });
  const { instalment, total } = quoted.price;
  expect(total.amount).toBe(quoted.deposit + plan.instalments * instalment.amount);
  const withMarkup = ((spread ?? 0) * (100 + plan.markupPercent)) / 100;
  expect(Math.abs(plan.instalments * instalment.amount - withMarkup)).toBeLessThan(plan.instalments * 1_000);
});

it('a vehicle that was taken back and is sold', async () => {
  const all = figures('leases.md', 'for the auction');
  const [line = 0, markup, owedAfter, towing = 0, auction = 0, owedThen, much = 0, more, little = 0, still] = all;
  expect(weeklyPlan.markupPercent).toBe(markup);
  const TAKEN_BACK = '2026-03-10T07:00:00Z';
  const SOLD = '2026-05-09T07:00:00Z';
  const sold = async (proceeds: number, costs: { readonly towing: number; readonly auction: number }) => {
    const lease = await bookLease(database, config, { instalment: line, plan: { ...weeklyPlan, lateFee: null } });
    const { id: leaseId } = lease;
    await lease.isCharged(MONDAY, 20_000);
    await lease.handOver(MONDAY);
    await lease.at('2026-01-20T07:00:00Z', (context) => changeStatus(context, { leaseId, to: 'in_arrears' }));
    const at = <T>(instant: string, work: (context: Context) => Promise<T>) =>
      lease.at(instant, (context) => work({ ...context, actor: admin }));
    const taken = { leaseId, reason: 'does not pay', noticeOn: '2026-02-20' };
    await at(TAKEN_BACK, (context) => repossessVehicle(context, taken));
    expect(await owed(lease, TAKEN_BACK)).toBe(owedAfter);
    const keeping = { leaseId, costsId: randomUUID(), amount: costs.towing, reason: 'towed' };
    if (costs.towing > 0) await at(TAKEN_BACK, (context) => chargeCosts(context, keeping));
    const { customerId, currency } = await lease.row();
    const demandedOn = localDateAt(Date.parse(TAKEN_BACK), 'UG');
    const days = { demandedOn, until: addDays(demandedOn, 60), createdAt: new Date(TAKEN_BACK) };
    const paper = { language: 'en', code: randomUUID(), sha256: 'a', signature: 'a', keyId: 'a' } as const;
    const said = { leaseId, customerId, kind: 'redemption', currency, amount: 1 } as const;
    await database.db.insert(demands).values({ id: randomUUID(), ...said, ...days, ...paper });
    const sale = { leaseId, saleId: randomUUID(), buyer: 'buyer', reference: 'Auction 7' } as const;
    await at(SOLD, (context) => sellVehicle(context, { ...sale, proceeds, costs: costs.auction }));
    return { lease, left: await owed(lease, SOLD) };
  };
  const rich = await sold(much, { towing, auction });
  expect(await rich.lease.row()).toMatchObject({ recovered: owedThen, credit: more });
  expect((await sold(little, { towing: 0, auction: 0 })).left).toBe(still);
  await database.db.update(marketRuleRows).set({ isShortfallOwed: false });
  expect((await sold(little, { towing: 0, auction: 0 })).left).toBe(0);
});

it('what nobody owes after a sale, once a charge of before is known, and taken back', async () => {
  const [open = 0, charge = 0, less, again] = figures('leases.md', 'of the 68,334');
  await database.db.update(marketRuleRows).set({ isShortfallOwed: false });
  const lease = await keptVehicle(database);
  await lease.demand();
  const id = await lease.asksInVain('05-08', charge);
  await lease.sells('05-09', 98_334 - open + lease.sale.costs);
  const forgiven = async () => [(await lease.kept())?.shortfall, (await lease.row()).credit];
  expect(await forgiven()).toEqual([open, 0]);
  await lease.confirms('2026-05-10T07:00:00Z', id);
  expect(await forgiven()).toEqual([less, 0]);
  const cases = await lease.openCases();
  await lease.takes('06-15', id);
  expect(await forgiven()).toEqual([again, 0]);
  expect(await lease.openCases()).toEqual(cases);
});

it('a second part that a provider takes, and nobody has booked', () => {
  const [booked = 0, same = 0, other = 0] = figures('reconciliation.md', 'taken on Thursday');
  const nobody = { payer: null, account: '', reference: null, originalReceipt: 'CHARGE' } as const;
  const THURSDAY = Date.parse('2026-01-08T09:00:00Z');
  const line = (receipt: string, amount: number, days: number) =>
    ({ type: 'refund', ...nobody, receipt, amount, at: THURSDAY + days * 86_400_000 }) as const;
  const ours = { ...nobody, id: 'part', direction: 'out', receipt: null, state: 'booked', isTakenBack: true } as const;
  const part = { ...ours, amount: booked, askedAt: THURSDAY, isOfAnotherDay: true };
  for (const amount of [same, other]) {
    const friday = compare([line('SECOND', amount, 1)], [part], [line('FIRST', booked, 0)]);
    expect(friday.missingHere.map(({ line: { receipt } }) => receipt)).toEqual(['SECOND']);
    const both = [part, { ...ours, id: 'second', amount, askedAt: THURSDAY + 2 * 86_400_000 }];
    const then = compare([line('SECOND', amount, 1)], both, [line('FIRST', booked, 0)]);
    expect([then.missingHere, then.missingThere]).toEqual([[], []]);
  }
});

it('a charge that a statement does not list, before its last line and after it', () => {
  const [hour = 0, minute = 0, ...charges] = figures('reconciliation.md', 'the last line of Monday');
  const monday = localDate('2026-01-05');
  /** The hour in which a charge may still be made. */
  const settlesWithin = 3_600_000;
  /** By the wall of Nairobi. */
  const at = (hours: number, minutes: number, days = 0) => new Date(Date.UTC(2026, 0, 5 + days, hours - 3, minutes));
  const read = (days: number) => ({ at: at(7, 0, days), until: at(hour, minute) });
  const wasNotMade = (hours = 0, minutes = 0, days: readonly number[] = [1]) =>
    isTrusted(monday, 'KE', days.map(read), at(hours, minutes).getTime() + settlesWithin);
  expect(wasNotMade(...charges.slice(0, 2))).toBe(true);
  const [later, past] = charges.slice(2, 4);
  expect([wasNotMade(later, past), wasNotMade(later, past, [1, 2])]).toEqual([false, true]);
});

it('every example of the other documents is carried out here', () => {
  expect(notCarriedOut((page) => page !== 'money.md')).toEqual([]);
});
