import { randomUUID } from 'node:crypto';
import { and, desc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, outbox, settlementQuotes } from '#db/schema/index';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { waiveFees } from './waive-fees.ts';
import { pauseLease } from './pause-lease.ts';
import { restructureLease } from './restructure-lease.ts';
import { admitSettlement, quoteSettlement } from './settle-early.ts';
import { tellStoppedSettlements } from './tell-stopped-settlements.ts';

/** A quote, the money that covers it by whatever way it comes, and what moves the schedule before it. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig(unreachedMobileMoney);
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
const HANDOVER = '2026-01-05T07:00:00Z';
/** Three lines of 10,000 are due, the seven ahead save a sixth of 70,000. */
const TODAY = '2026-01-27T09:00:00Z';
const HOURS_LATER = '2026-01-27T15:00:00Z';
const TOMORROW = '2026-01-28T09:00:01Z';

type Lease = Awaited<ReturnType<typeof bookLease>>;

async function running(): Promise<Lease> {
  const lease = await bookLease(database, config);
  await lease.pays(HANDOVER, 20_000);
  await lease.handOver(HANDOVER);
  return lease;
}
const quote = (lease: Lease, on = TODAY) => lease.at(on, (context) => quoteSettlement(context, { leaseId: lease.id }));

const settles = (lease: Lease, quoteId: string) =>
  lease.at(HOURS_LATER, async (context) => {
    const attemptId = randomUUID();
    await admitSettlement(context, { leaseId: lease.id, attemptId, quoteId });
    const by = { paymentMethodId: lease.methodId, quoteId, attemptId } as const;
    return openAttempt(context, deps, { leaseId: lease.id, kind: 'settlement', ...by });
  });

/** What the event of a lease's last payment says. */
async function lastTold(lease: Lease): Promise<unknown> {
  const isPayment = and(eq(outbox.leaseId, lease.id), eq(outbox.type, 'payment.completed'));
  const [told] = await database.db.select().from(outbox).where(isPayment).orderBy(desc(outbox.id)).limit(1);
  return told?.data;
}

describe('a quote', () => {
  it.each([
    ['by pay-bill', (lease: Lease, amount: number) => lease.pays(HOURS_LATER, amount)],
    ['in cash', (lease: Lease, amount: number) => lease.paysCash(HOURS_LATER, amount, randomUUID())],
    ['by a prompt', (lease: Lease, amount: number) => lease.isCharged(HOURS_LATER, amount)],
  ])('that is paid %s settles the lease', async (_way, pay) => {
    const lease = await running();
    const { amount, saved } = await quote(lease);
    expect([amount, saved]).toEqual([88_334, 11_666]);
    await pay(lease, amount);
    expect(await lease.row()).toMatchObject({ status: 'settled_early', credit: 0, totalPrice: 120_000 - saved });
    expect((await lease.balances()).get('receivable')).toBe(0);
    const told = { running: false, outstanding: 0, ownedPercent: 100 };
    expect(await lastTold(lease)).toMatchObject(told);
  });

  it.each([
    ['a part of it', 50_000, 38_334, 0],
    ['nearly all of it: with the least that is asked for it is his', 88_000, 500, 166],
    ['more than it costs: with the least that is asked for it is his, and the rest is credit', 95_000, 500, 7_166],
    ['nearly all lines', 99_000, 500, 11_166],
  ])('costs no more in all where he has paid ahead %s', async (_what, ahead, amount, credit) => {
    const lease = await running();
    await lease.pays('2026-01-26T09:00:00Z', ahead);
    const quoted = await quote(lease);
    expect(quoted).toMatchObject({ amount, saved: 11_666 });
    const settlement = await settles(lease, quoted.id);
    expect(settlement?.amount).toBe(amount);
    await lease.confirms(HOURS_LATER, settlement?.id ?? '');
    expect(await lease.row()).toMatchObject({ status: 'settled_early', credit, totalPrice: 108_334 });
    const balances = await lease.balances();
    expect([balances.get('receivable'), balances.get('unapplied') ?? 0]).toEqual([0, 0 - credit]);
  });

  it.each([
    ['and is paid by what was paid ahead too', [20_000], 20_000, 9_334, 0],
    ['and by it alone, of which the rest is credit', [15_000, 5_000], 5_000, 500, 6_166],
  ])('costs no more in all where the deposit is owed again, %s', async (_what, deposits, taken, amount, credit) => {
    const lease = await bookLease(database, config);
    const ids: string[] = [];
    for (const sum of deposits) ids.push(await lease.paysCash(HANDOVER, sum, randomUUID()));
    await lease.handOver(HANDOVER);
    await lease.pays('2026-01-26T09:00:00Z', 99_000);
    const reversal = { leaseId: lease.id, attemptId: ids.at(-1) ?? '', reason: 'taken back' };
    await lease.at(TODAY, (context) => reversePayment(context, reversal));
    expect(await lease.row()).toMatchObject({ depositPaid: 20_000 - taken });
    expect(await quote(lease)).toMatchObject({ amount, saved: 11_666 });
    await lease.pays(HOURS_LATER, amount);
    expect(await lease.row()).toMatchObject({
      status: 'settled_early',
      depositPaid: 20_000,
      credit,
      totalPrice: 108_334,
    });
    const balances = await lease.balances();
    expect([balances.get('receivable'), balances.get('unapplied') ?? 0]).toEqual([0, 0 - credit]);
    expect(await lastTold(lease)).toMatchObject({ running: false, outstanding: 0, ownedPercent: 100 });
  });

  it('is told as not owned with the last line, until the lease is complete', async () => {
    const lease = await running();
    await lease.pays(TODAY, 100_000);
    expect(await lease.row()).toMatchObject({ status: 'active' });
    expect(await lastTold(lease)).toMatchObject({ running: true, outstanding: 0, ownedPercent: 99 });
  });

  it('is not charged for more than it said: what was taken back since makes it void', async () => {
    const lease = await running();
    const paymentId = await lease.paysCash(TODAY, 10_000, randomUUID());
    const { id: quoteId, amount } = await quote(lease);
    const admit = { leaseId: lease.id, attemptId: randomUUID(), quoteId };
    await lease.at(HOURS_LATER, (context) => admitSettlement(context, admit));
    const taken = { leaseId: lease.id, attemptId: paymentId, reason: 'by mistake' };
    await lease.at(HOURS_LATER, (context) => reversePayment(context, taken));
    await expect(lease.at(HOURS_LATER, (context) => admitSettlement(context, admit))).rejects.toMatchObject({
      code: 'quote_expired',
      errors: [{ path: 'quoteId' }],
    });
    expect((await quote(lease, HOURS_LATER)).amount).toBeGreaterThan(amount);
  });

  it.each([
    ['is collected in parts to its end', false],
    ['is collected no further where more is owed than was quoted', true],
  ])('%s', async (_what, isTakenBack) => {
    const lease = await running();
    const attemptId = await lease.paysCash(TODAY, 10_000, randomUUID());
    const { id: quoteId, amount } = await quote(lease);
    const order = { leaseId: lease.id, kind: 'settlement', paymentMethodId: lease.methodId, quoteId } as const;
    const asks = (id: string, at: string) =>
      lease.at(at, (context) => openAttempt(context, deps, { ...order, attemptId: id }));
    const first = randomUUID();
    await asks(first, HOURS_LATER);
    // As much as the provider takes at once.
    await database.db.update(attempts).set({ amount: 50_000 }).where(eq(attempts.id, first));
    await lease.confirms(HOURS_LATER, first);
    const taken = { leaseId: lease.id, attemptId, reason: 'by mistake' };
    if (isTakenBack) await lease.at(HOURS_LATER, (context) => reversePayment(context, taken));
    const rest = await asks(randomUUID(), TOMORROW);
    expect(rest?.amount ?? 0).toBe(isTakenBack ? 0 : amount - 50_000);
    const told = await database.db.select().from(cases).where(eq(cases.leaseId, lease.id));
    const paid = { amount: 50_000, currency: 'UGX' };
    expect(told).toMatchObject(isTakenBack ? [{ kind: 'settlement_stopped', status: 'open', detail: { paid } }] : []);
  });

  /** Three lines are due on the 27th, and a prompt of the 26th may have paid for them: known after the quote. */
  async function quotedInDoubt(amount: number) {
    const lease = await running();
    const inDoubt = randomUUID();
    const order = { leaseId: lease.id, kind: 'instalment', method: 0, attemptId: inDoubt } as const;
    await lease.at('2026-01-26T09:00:00Z', (context) => openAttempt(context, deps, order));
    await database.db.update(attempts).set({ amount }).where(eq(attempts.id, inDoubt));
    return { lease, quoted: await quote(lease), isKnown: () => lease.confirms(HOURS_LATER, inDoubt) };
  }
  it.each([
    ['all that was due', 30_000, 58_334],
    ['less than was due', 10_000, 78_334],
    ['more than was due', 42_000, 46_334],
  ])('is paid by what was paid the day before it, and is known after it: %s', async (_what, before, left) => {
    const { lease, quoted, isKnown } = await quotedInDoubt(before);
    expect(quoted.amount).toBe(88_334);
    await isKnown();
    // As a quote of that moment would say.
    expect(await lease.at(HOURS_LATER, (context) => quoteSettlement(context, { leaseId: lease.id }))).toMatchObject({
      amount: left,
    });
    const settlement = await settles(lease, quoted.id);
    expect(settlement?.amount).toBe(left);
    await lease.confirms(HOURS_LATER, settlement?.id ?? '');
    expect(await lease.row()).toMatchObject({ status: 'settled_early', credit: 0, totalPrice: 20_000 + before + left });
    expect((await lease.balances()).get('receivable')).toBe(0);
  });

  it.each([
    ['all that was due', 30_000, 58_334, 0],
    ['more than was due', 42_000, 50_000, 3_666],
  ])('settles when what was paid before it is known after its payment: %s', async (_what, before, paid, credit) => {
    const { lease, isKnown } = await quotedInDoubt(before);
    await lease.pays(HOURS_LATER, paid);
    expect(await lease.row()).toMatchObject({ status: 'active' });
    await isKnown();
    expect(await lease.row()).toMatchObject({ status: 'settled_early', credit });
    const balances = await lease.balances();
    expect([balances.get('receivable'), balances.get('unapplied') ?? 0]).toEqual([0, 0 - credit]);
  });

  it('is collected no further when so much was paid after its end that it saves nothing', async () => {
    const lease = await running();
    const { id: quoteId } = await quote(lease);
    const first = await settles(lease, quoteId);
    await database.db
      .update(attempts)
      .set({ amount: 50_000 })
      .where(eq(attempts.id, first?.id ?? ''));
    await lease.confirms(HOURS_LATER, first?.id ?? '');
    await lease.pays(TOMORROW, 20_000);
    const order = { leaseId: lease.id, kind: 'settlement', paymentMethodId: lease.methodId, quoteId } as const;
    const rest = await lease.at(TOMORROW, (context) =>
      openAttempt(context, deps, { ...order, attemptId: randomUUID() }),
    );
    expect(rest).toBeNull();
    const told = await database.db.select({ kind: cases.kind }).from(cases).where(eq(cases.leaseId, lease.id));
    expect(told).toEqual([{ kind: 'settlement_stopped' }]);
  });

  it('that is paid in two parts settles with the second, and what is more is credit', async () => {
    const lease = await running();
    const { amount } = await quote(lease);
    await lease.pays(HOURS_LATER, 50_000);
    expect(await lease.row()).toMatchObject({ status: 'active' });
    await lease.paysCash(HOURS_LATER, amount - 50_000 + 7, randomUUID());
    expect(await lease.row()).toMatchObject({ status: 'settled_early', credit: 7, totalPrice: 20_000 + amount });
  });

  it('has no part in a late fee that is charged after it: the fee falls with it, unless it was paid', async () => {
    const [lease, other] = [await running(), await running()];
    const AT_NOON = '2026-01-14T12:00:00Z';
    // The first line, of 12 January, is past its grace on the 15th.
    const MORNING = '2026-01-15T06:00:00Z';
    const { amount } = await quote(lease, AT_NOON);
    await lease.at(MORNING, (context) => chargeLateFees(context, { leaseId: lease.id }));
    await lease.pays(MORNING, amount);
    expect(await lease.row()).toMatchObject({ status: 'settled_early', feesPaid: 0, feesWaived: 500, credit: 0 });
    expect((await lease.balances()).get('receivable')).toBe(0);

    await quote(other, AT_NOON);
    await other.at(MORNING, (context) => chargeLateFees(context, { leaseId: other.id }));
    await other.pays(MORNING, 500);
    expect(await other.row()).toMatchObject({ status: 'active', feesPaid: 500 });
    await other.pays(MORNING, amount - 500);
    expect(await other.row()).toMatchObject({ status: 'settled_early', credit: 0 });
    expect((await other.balances()).get('receivable')).toBe(0);
  });

  it('is less by what is waived of its own fees, and a fee that is charged afterwards falls with it all the same', async () => {
    const lease = await running();
    const fee = (on: string) => lease.at(on, (context) => chargeLateFees(context, { leaseId: lease.id }));
    await fee('2026-01-15T06:00:00Z');
    const { amount } = await quote(lease, '2026-01-21T12:00:00Z');
    const wish = { leaseId: lease.id, amount: 500, reason: 'kindness' };
    await lease.at('2026-01-21T13:00:00Z', (context) => waiveFees(context, wish));
    await fee('2026-01-22T06:00:00Z');
    await lease.pays('2026-01-22T07:00:00Z', amount - 500);
    expect(await lease.row()).toMatchObject({
      status: 'settled_early',
      feesCharged: 1_000,
      feesWaived: 1_000,
      credit: 0,
    });
    expect((await lease.balances()).get('receivable')).toBe(0);
  });

  it('of yesterday settles nothing', async () => {
    const lease = await running();
    const { amount } = await quote(lease);
    await lease.pays(TOMORROW, amount);
    expect(await lease.row()).toMatchObject({ status: 'active', credit: 0 });
  });

  it('is paid once at a time, and is honoured where it was asked for in time', async () => {
    const lease = await running();
    const { id: quoteId, amount } = await quote(lease);
    const order = { leaseId: lease.id, kind: 'settlement', paymentMethodId: lease.methodId, quoteId } as const;
    const admit = (attemptId: string) =>
      lease.at(HOURS_LATER, async (context) => {
        await admitSettlement(context, { ...order, attemptId });
        return openAttempt(context, deps, { ...order, attemptId });
      });
    const attemptId = randomUUID();
    expect(await admit(attemptId)).toMatchObject({ amount, status: 'pending' });
    expect(await admit(attemptId)).toMatchObject({ id: attemptId });
    await expect(admit(randomUUID())).rejects.toMatchObject({ code: 'settlement_under_way' });
    const second = await lease.at(HOURS_LATER, (context) =>
      openAttempt(context, deps, { ...order, attemptId: randomUUID() }),
    );
    expect(second).toBeNull();

    await lease.confirms(TOMORROW, attemptId);
    expect(await lease.row()).toMatchObject({ status: 'settled_early', totalPrice: 20_000 + amount });
  });
});

describe('what was due keeps no discount', () => {
  it.each([
    ['a restructure', (lease: Lease, instalments: number) => restructure(lease, instalments)],
    [
      'a pause',
      (lease: Lease) =>
        lease.at(TODAY, (context) =>
          pauseLease(
            { ...context, actor: { role: 'agent', id: randomUUID() } },
            { leaseId: lease.id, kind: 'illness', days: 40 },
          ),
        ),
    ],
  ])('after %s', async (_what, move) => {
    const lease = await running();
    const before = await quote(lease);
    await move(lease, 20);
    expect(await quote(lease)).toMatchObject({ amount: before.amount, saved: before.saved });
    // What was due is paid first: the discount is on what is left.
    await lease.pays(TODAY, 30_000);
    expect(await quote(lease)).toMatchObject({ amount: before.amount - 30_000, saved: before.saved });
  });
});

const restructure = (lease: Lease, instalments: number) =>
  lease.at(TODAY, (context) => restructureLease(context, { leaseId: lease.id, instalments, reason: 'test' }));

it('a restructure refuses what cannot be spread', async () => {
  const lease = await running();
  await lease.pays(TODAY, 99_500);
  await expect(restructure(lease, 501)).rejects.toMatchObject({
    code: 'unprocessable',
    errors: [{ path: 'instalments', message: 'must be at most 500, so that each has something to pay' }],
  });
  await restructure(lease, 500);
  await lease.pays(TODAY, 500);
  await expect(restructure(lease, 1)).rejects.toMatchObject({ code: 'unprocessable' });
});

describe('quotes', () => {
  it('are so many a day, and however many there were, the books are read once for all', async () => {
    const lease = await running();
    for (let made = 0; made < 20; made += 1) await quote(lease);
    await expect(quote(lease, HOURS_LATER)).rejects.toMatchObject({ code: 'too_many_quotes' });
    const { amount } = await quote(lease, TOMORROW);
    expect(amount).toBeGreaterThan(0);
  });

  it('are made once a command, which is answered as before when it is carried out again', async () => {
    const lease = await running();
    const made = (commandId: string) =>
      lease.at(TODAY, (context) => quoteSettlement(context, { leaseId: lease.id, commandId }));
    const first = await made('one');
    expect(await made('one')).toEqual(first);
    expect(await made('two')).not.toEqual(first);
    const isIts = eq(settlementQuotes.leaseId, lease.id);
    expect(await database.db.$count(settlementQuotes, isIts)).toBe(2);
  });

  it('of which a part is paid, and with which nobody went on, are a case when they have ended', async () => {
    const lease = await running();
    // On the wall's clock, as the sweep is.
    const now = Date.now();
    const at = (hoursAgo: number) => new Date(now - hoursAgo * 3_600_000).toISOString();
    const { id } = await quote(lease, at(30));
    const part = {
      id: randomUUID(),
      leaseId: lease.id,
      kind: 'settlement',
      due: `settle-${id}`,
      provider: 'mtn',
    } as const;
    const money = {
      payerMasked: '+256*',
      amount: 5_000,
      currency: 'UGX',
      status: 'succeeded',
      transferId: randomUUID(),
    } as const;
    await database.db.insert(attempts).values({ ...part, ...money, requestedAt: new Date(at(29)) });
    const stopped = () =>
      database.db
        .select({ detail: cases.detail })
        .from(cases)
        .where(and(eq(cases.leaseId, lease.id), eq(cases.kind, 'settlement_stopped')));
    const { id: good } = await quote(lease, at(1));
    await database.db
      .insert(attempts)
      .values({ ...part, ...money, id: randomUUID(), due: `settle-${good}`, requestedAt: new Date(at(1)) });
    for (const _ of [1, 2]) await tellStoppedSettlements(database.db, () => {});
    expect(await stopped()).toMatchObject([{ detail: { paid: { amount: 5_000 } } }]);
    await database.db.update(cases).set({ status: 'closed', closedAt: new Date() }).where(eq(cases.leaseId, lease.id));
    await tellStoppedSettlements(database.db, () => {});
    expect(await stopped()).toHaveLength(1);
  });
});

describe('a lease on a declining balance', () => {
  /** 1,000,000 in three months at 2 %: lines of 346,754 with 20,000, 13,465 and 6,799 of interest. */
  const plan = {
    ...weeklyPlan,
    frequency: 'monthly',
    instalments: 3,
    depositPercent: 20,
    markupPercent: 0,
    method: 'declining',
    annualRatePercent: 24,
    components: { vehicle: 100 },
  } as const;

  it.each([
    ['what is left of the principal, once the first line is paid', 346_754, 673_246, 20_264, 20_000],
    ['as much less as was paid ahead, whose interest has paid principal', 400_000, 620_000, 20_264, 20_000],
  ])('is settled at %s', async (_what, paid, amount, saved, interest) => {
    const lease = await bookLease(database, config, { plan, price: 1_250_000 });
    await lease.pays(HANDOVER, 250_000);
    await lease.handOver(HANDOVER);
    await lease.pays('2026-01-20T07:00:00Z', paid);
    expect(await quote(lease, '2026-02-06T09:00:00Z')).toMatchObject({ amount, saved });
    await lease.pays('2026-02-06T10:00:00Z', amount);
    expect(await lease.row()).toMatchObject({ status: 'settled_early', credit: 0, totalPrice: 1_290_264 - saved });
    const balances = await lease.balances();
    expect(Object.fromEntries(balances)).toMatchObject({
      'income:interest': -interest,
      'income:principal': -1_000_000,
      'income:vehicle': -250_000,
      'unearned:interest': 0,
      'unearned:principal': 0,
      receivable: 0,
    });
  });
});

it('what somebody else pays of the price is in an account of its own once the vehicle is handed over', async () => {
  const subsidy = { amount: 250_000, by: 'Green Fund' };
  const lease = await bookLease(database, config, { plan: { ...weeklyPlan, subsidy }, price: 1_250_000 });
  await lease.pays(HANDOVER, 100_000);
  expect((await lease.balances()).has('subsidy')).toBe(false);
  await lease.handOver(HANDOVER);
  // A tenth of 1,000,000 is paid; ten lines of 108,000 are owed.
  expect(await lease.row()).toMatchObject({ deposit: 100_000, instalment: 108_000, totalPrice: 1_180_000 });
  expect(Object.fromEntries(await lease.balances())).toMatchObject({
    subsidy: 250_000,
    'income:vehicle': -350_000,
    receivable: 1_080_000,
  });
});
