import fc from 'fast-check';
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { audit, marketRuleRows } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { givenBy, leftOf } from '#use-cases/leases/credit-shares';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { fillFloats, keptLife, keptSteps, people, type KeptStep } from '#test/kept-lives';

/**
 * Random lives of vehicles that were taken back, by either law (`test/kept-lives.ts` says what may happen): after each step the
 * books agree, credit that is there means that nothing is owed, the customer owes or has just what came of it, and what one
 * person has said, taken or freed has not gone out by his hand alone. `REPOSSESSIONS=200` tries more.
 */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await fillFloats(database);
});
afterAll(() => database.close());

/** With the deposit, before anything was paid. */
const PRICE = 118_334;

const LIVES = Number(process.env['REPOSSESSIONS'] ?? 6);

type Life = Awaited<ReturnType<typeof keptLife>>;
type Payment = Awaited<ReturnType<Life['received']>>[number];

const total = <T>(all: readonly T[], amount: (one: T) => number) => all.reduce((sum, one) => sum + amount(one), 0);
const isBooked = ({ status, transferId }: Payment) => status === 'succeeded' && transferId !== null;
const partOf = (payments: readonly Payment[], isIt: (component: string) => boolean) =>
  total(payments, ({ allocation }) => total(allocation, (part) => (isIt(part.component) ? part.amount : 0)));

const sum = z.object({ amount: z.number() });
const lost = z.object({ amount: sum, disputed: sum.optional() });

/** What was given up of disputes, less what of it turned out to have been a slip. */
async function lostOf(leaseId: string): Promise<number> {
  const isIts = and(
    eq(audit.leaseId, leaseId),
    inArray(audit.type, ['lease.dispute_given_up', 'lease.costs_overpaid']),
  );
  const entries = await database.db.select({ type: audit.type, detail: audit.detail }).from(audit).where(isIts);
  return total(entries, ({ type, detail }) => {
    const { amount, disputed } = lost.parse(detail);
    if (type === 'lease.dispute_given_up') return amount.amount;
    return disputed === undefined ? 0 : disputed.amount - amount.amount;
  });
}

async function agrees({ lease, received }: Life, isOwed: boolean) {
  const { credit, disputed, recovered, feesPaid } = await lease.row();
  const [balances, all, held] = [await lease.balances(), await received(), await lease.kept()];
  const of = (name: string) => balances.get(name) ?? 0;
  const [payments, refunds] = [
    all.filter((one) => isBooked(one) && one.kind !== 'refund'),
    all.filter((one) => isBooked(one) && one.kind === 'refund'),
  ];
  expect(total([...balances.values()], (one) => one)).toBe(0);
  expect(
    [of('unapplied') + credit, of('disputed') - disputed, of('recovery') + recovered, of('sale')],
    'credit, dispute and recovery are what their accounts hold, and nothing of a sale waits',
  ).toEqual([0, 0, 0, 0]);
  const at = (isIt: (one: Payment) => boolean) =>
    total(payments.filter(isIt), leftOf) - total(refunds.filter(isIt), leftOf);
  const isSold = held?.status === 'sold';
  expect([of('clearing:mtn'), of('cash:office')], 'what came is there').toEqual([
    at(({ provider }) => provider === 'mtn'),
    (isSold ? (held.proceeds ?? 0) : 0) - (held?.costs ?? 0),
  ]);
  for (const { id } of people)
    expect(of(`float:${id}`), 'cash').toBe(at(({ agentId, kind }) => agentId === id && kind !== 'settlement'));
  for (const one of payments)
    expect(
      total(one.allocation, ({ amount }) => amount),
      'a payment went to what it paid',
    ).toBe(leftOf(one));
  const gone = total(refunds, leftOf);
  expect(
    partOf(payments, (component) => component === 'fee'),
    'costs that payments paid',
  ).toBeLessThanOrEqual(feesPaid);
  expect(
    partOf(payments, (component) => component === 'credit'),
    'whose the credit is',
  ).toBeGreaterThanOrEqual(0);

  const underWay = total(
    all.filter(({ kind, status }) => kind === 'refund' && status === 'pending'),
    leftOf,
  );
  const owed = await lease.owes('05-10');
  expect(credit - underWay > 0 && owed + disputed > 0, 'credit beside what is owed').toBe(false);
  const forgiven = isSold && !isOwed ? (held.shortfall ?? 0) : 0;
  expect(owed + disputed - credit, 'what is owed, less what is his').toBe(
    PRICE + (held?.costs ?? 0) - total(payments, leftOf) + gone - forgiven - (await lostOf(lease.id)),
  );
  if (isSold && !isOwed) expect(owed, 'a shortfall that nobody owes').toBe(0);
  const told = await lease.openCases();
  const isTold = told.includes('chargeback') || told.includes('refund_beyond_credit');
  expect(isTold, 'a case of what is in dispute, and none else').toBe(disputed > 0);
}

/** Nobody pays out what he has brought, decided or freed, and nothing of a sale that waits to be confirmed. */
async function wentByTwo(
  { lease, received }: Life,
  before: readonly string[],
  { id, actor }: { id: string; actor: { id: string } },
) {
  const all = await received();
  const out = all.find((one) => one.id === id);
  if (out === undefined) return;
  const isHis = and(eq(audit.leaseId, lease.id), eq(sql`${audit.actor} ->> 'id'`, actor.id));
  const his = await database.db.select({ type: audit.type, subject: audit.subject }).from(audit).where(isHis);
  expect(
    his.map(({ type }) => type),
    'who takes costs back pays nothing out',
  ).not.toContain('lease.costs_taken_back');
  const decided = his.filter(({ type }) => type === 'payment.backdated' || type === 'payment.booked_again');
  for (const [of] of givenBy(out)) {
    const source = all.find((one) => one.id === of);
    expect(source?.agentId, 'what he took or sold himself').not.toBe(actor.id);
    expect(
      decided.map(({ subject }) => subject),
      'what he decided',
    ).not.toContain(of);
    if (before.includes('sale_to_confirm')) expect(source?.provider, 'of a sale that waits').not.toBe('sale');
  }
}

/** What was known when a vehicle was sold, and what has counted as of before that since. Minor units. */
interface AtSale {
  /** What had gone back by then, or was on its way. */
  gone: number;
  lost: number;
  /** Of cash whose day somebody has confirmed since, by payment. */
  readonly counted: Map<string, number>;
}

/** What nobody owes goes by what was paid until the sale, whenever it is known; what an agent alone says was not. */
async function shortfallIs({ lease, received }: Life, { gone, lost: givenUp, counted }: AtSale): Promise<void> {
  const held = await lease.kept();
  if (held?.status !== 'sold' || held.endedAt === null) return;
  const { endedAt } = held;
  const soldOn = localDateAt(endedAt.getTime(), 'UG');
  const countedOf = (payment: Payment) => {
    const { id, valueOn, requestedAt, claimedOn } = payment;
    const isAtSale = requestedAt <= endedAt;
    const day = valueOn ?? soldOn;
    const isOfBefore = day < soldOn || (day === soldOn && isAtSale);
    if (claimedOn === null) return isOfBefore ? leftOf(payment) : 0;
    return isAtSale ? leftOf(payment) : isOfBefore ? (counted.get(id) ?? 0) : 0;
  };
  const payments = (await received()).filter((one) => isBooked(one) && one.kind !== 'refund');
  const short = PRICE + held.costs + gone - givenUp - total(payments, countedOf);
  expect([held.shortfall, held.surplus], 'what the sale has not brought').toEqual([
    Math.max(0, short),
    Math.max(0, -short),
  ]);
}

/** Notes what a step was about that the shortfall goes by. */
async function noteStep(life: Life, at: AtSale, what: KeptStep['what'], before: readonly Payment[]): Promise<void> {
  if (what === 'sale') {
    const refunds = before.filter((one) => one.kind === 'refund' && (one.status === 'pending' || isBooked(one)));
    Object.assign(at, { gone: total(refunds, leftOf), lost: await lostOf(life.lease.id) });
  }
  if (what !== 'day is confirmed') return;
  const isIt = and(eq(audit.leaseId, life.lease.id), eq(audit.type, 'payment.backdated'));
  const entries = await database.db.select({ id: audit.subject }).from(audit).where(isIt).orderBy(desc(audit.number));
  const [last] = entries;
  const payment = before.find(({ id }) => id === last?.id);
  if (payment === undefined || at.counted.has(payment.id)) return;
  const given = total(before.filter(({ kind }) => kind === 'refund').flatMap(givenBy), ([of, amount]) =>
    of === payment.id ? amount : 0,
  );
  at.counted.set(payment.id, partOf([payment], (component) => component === 'credit') - given);
}

/** How often what was done, or refused. */
const seen = new Map<string, number>();
const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);

async function lives(steps: readonly KeptStep[], isOwed: boolean): Promise<void> {
  const life = await keptLife(database);
  const atSale: AtSale = { gone: 0, lost: 0, counted: new Map() };
  for (const step of steps) {
    const [before, payments] = [await life.lease.openCases(), await life.received()];
    const done = await life.does(step);
    if (done.refused === null) await noteStep(life, atSale, step.what, payments);
    note(`${step.what}: ${done.refused ?? 'done'}`);
    await agrees(life, isOwed);
    if (!isOwed) await shortfallIs(life, atSale);
    if (step.what === 'paid out' && done.refused === null) await wentByTwo(life, before, done);
  }
}

it.each([true, false])(
  'the books of a vehicle that was taken back agree, where a shortfall is owed: %s',
  async (isOwed) => {
    await database.db.update(marketRuleRows).set({ isShortfallOwed: isOwed }).where(eq(marketRuleRows.market, 'UG'));
    seen.clear();
    await fc.assert(
      fc.asyncProperty(keptSteps, (steps) => lives(steps, isOwed)),
      { numRuns: LIVES },
    );
    if (LIVES > 6)
      process.stderr.write(
        `${[...seen]
          .map(([what, times]) => `${times}\t${what}`)
          .toSorted()
          .join('\n')}\n`,
      );
  },
  LIVES * 6_000 + 30_000,
);
