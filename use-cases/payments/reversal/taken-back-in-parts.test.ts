import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLeaseStatement } from '#db/queries/statements';
import { attempts, audit, cases, inbound, transfers } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { compare } from '#domain/payments/reconciliation';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { chargeLateFees } from '../../leases/charge-late-fees.ts';
import { completeLease } from '../../leases/end-lease.ts';
import { lockLease, positionAt } from '../../leases/lease-record.ts';
import { promisePayment } from '../../leases/promise-payment.ts';
import { writeOffLease } from '../../leases/write-off.ts';
import { bookAgain } from './book-again.ts';
import { giveFromSuspense } from '../suspense/resolve-suspense.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { findMovements } from '../reconciliation/movements/find-movements.ts';
import { refundsDue } from '../refunds/refunds.ts';
import { reversePayment } from './reverse-payment.ts';
import { receivedFrom } from '../inbound-record.ts';

/** A provider takes a payment back in parts: each is a counter-entry of its own, and never more than the payment brought. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig(unreachedMobileMoney);
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
const [one, other] = [
  { role: 'admin', id: randomUUID() },
  { role: 'admin', id: randomUUID() },
] as const;
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
const DAY_3 = '2026-01-07T07:00:00Z';
type Lease = Awaited<ReturnType<typeof bookLease>>;
type How = { readonly to?: 'provider' | 'suspense'; readonly amount?: number; readonly reversalId?: string };

/** Of a lease with a deposit of 20,000 and ten lines of 10,000. */
async function running(): Promise<Lease> {
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  return lease;
}
async function completed(paid = 100_000) {
  const lease = await running();
  const charge = await lease.isCharged(DAY_2, paid, { receipt: randomUUID().toUpperCase() });
  await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
  return { lease, charge };
}

const reverse = (lease: Lease, attemptId: string, how: How = {}) =>
  lease.at(DAY_3, (context) =>
    reversePayment({ ...context, actor: one }, { leaseId: lease.id, attemptId, reason: 'charge-back', ...how }),
  );
/** Of one request: said again with the same id it is the same part. */
const takes = (lease: Lease, attemptId: string, amount: number, reversalId = randomUUID()) =>
  reverse(lease, attemptId, { amount, reversalId });
const again = (lease: Lease, attemptId: string) =>
  lease.at(DAY_3, (context) =>
    bookAgain({ ...context, actor: other }, { leaseId: lease.id, attemptId, reason: 'it is there' }),
  );
const outstanding = (lease: Lease) =>
  lease.at(DAY_3, async ({ tx, at }) => positionAt(await lockLease(tx, lease.id), at).outstanding);
const paymentOf = async (id: string) => (await database.db.select().from(attempts).where(eq(attempts.id, id)))[0];
const openDisputes = (lease: Lease) =>
  database.db
    .select({ detail: cases.detail })
    .from(cases)
    .where(and(eq(cases.leaseId, lease.id), eq(cases.kind, 'chargeback'), eq(cases.status, 'open')));
const held = async (lease: Lease) =>
  Object.fromEntries([...(await lease.balances())].filter(([, amount]) => amount !== 0));

describe('while the lease runs', () => {
  it('each part is owed again, once, and no more than the payment brought', async () => {
    const lease = await running();
    const charge = await lease.isCharged(DAY_2, 15_000);
    const first = randomUUID();
    for (let times = 0; times < 2; times += 1) await takes(lease, charge, 3_000, first);
    expect(await paymentOf(charge)).toMatchObject({ status: 'succeeded', takenBack: 3_000 });
    expect(await outstanding(lease)).toBe(88_000);
    // What was paid last is owed first: the second line.
    const { lines } = await lease.at(DAY_3, ({ tx }) => lockLease(tx, lease.id));
    expect(lines.slice(0, 2).map(({ paid }) => paid)).toEqual([10_000, 2_000]);

    await takes(lease, charge, 2_000);
    expect(await outstanding(lease)).toBe(90_000);
    expect((await held(lease))['clearing:mtn']).toBe(30_000);
    expect((await lease.balances()).get('receivable')).toBe(90_000);
    for (const amount of [10_001, 15_000, 0, -1])
      await expect(takes(lease, charge, amount)).rejects.toMatchObject({ code: 'unprocessable' });
    // Who does not say which part it is, as before there were any, can name the whole alone.
    await expect(reverse(lease, charge, { amount: 4_000 })).rejects.toMatchObject({ code: 'unprocessable' });

    await takes(lease, charge, 10_000);
    expect(await paymentOf(charge)).toMatchObject({ status: 'reversed' });
    expect(await outstanding(lease)).toBe(100_000);
    await expect(takes(lease, charge, 1)).rejects.toMatchObject({ code: 'invalid_state' });
    for (const how of [{}, { amount: 3_000, reversalId: first }]) await reverse(lease, charge, how);
    expect(await outstanding(lease)).toBe(100_000);
    expect(await openDisputes(lease)).toEqual([]);
  });

  it('without a sum all that is left is taken back', async () => {
    const lease = await running();
    const charge = await lease.isCharged(DAY_2, 15_000);
    await takes(lease, charge, 3_000);
    for (let times = 0; times < 2; times += 1) await reverse(lease, charge);
    expect(await paymentOf(charge)).toMatchObject({ status: 'reversed' });
    expect(await outstanding(lease)).toBe(100_000);
    expect((await held(lease))['clearing:mtn']).toBe(20_000);
  });

  it('each is told on the timeline and the statement, and names the transfer of which it is a part', async () => {
    const lease = await running();
    const charge = await lease.isCharged(DAY_2, 15_000);
    for (const amount of [3_000, 2_000]) await takes(lease, charge, amount);
    const told = await database.db
      .select({ detail: audit.detail })
      .from(audit)
      .where(and(eq(audit.subject, charge), eq(audit.type, 'payment.reversed')))
      .orderBy(audit.number);
    const sum = (amount: number) => ({ amount, currency: 'UGX' });
    expect(told.map(({ detail }) => [detail['amount'], detail['left']])).toEqual([
      [sum(3_000), sum(12_000)],
      [sum(2_000), sum(10_000)],
    ]);
    const statement = await readLeaseStatement(database.db, lease.id);
    expect(statement?.entries.slice(-2).map(({ kind, debit }) => [kind, debit])).toEqual([
      ['reversal', 3_000],
      ['reversal', 2_000],
    ]);
    const booked = await database.db
      .select({ cause: transfers.cause, reverses: transfers.reverses })
      .from(transfers)
      .where(and(eq(transfers.leaseId, lease.id), eq(transfers.kind, 'reversal')));
    const cause = { paymentId: charge, transferId: (await paymentOf(charge))?.transferId };
    expect(booked).toEqual([1, 2].map(() => ({ cause, reverses: null })));
  });

  it('a promise that was kept by the part is broken', async () => {
    const lease = await running();
    const promise = { leaseId: lease.id, on: localDateAt(Date.parse('2026-01-14T07:00:00Z'), 'UG'), amount: 10_000 };
    await lease.at('2026-01-13T07:00:00Z', (context) => promisePayment({ ...context, actor: one }, promise));
    const charge = await lease.isCharged('2026-01-14T07:00:00Z', 10_000);
    const taken = { leaseId: lease.id, attemptId: charge, amount: 6_000, reversalId: randomUUID(), reason: 'x' };
    await lease.at('2026-01-16T07:00:00Z', (context) => reversePayment({ ...context, actor: one }, taken));
    const kept = await database.db
      .select({ type: audit.type })
      .from(audit)
      .where(and(eq(audit.leaseId, lease.id), eq(audit.type, 'lease.promise_broken')));
    expect(kept).toHaveLength(1);
  });
});

describe('after the end', () => {
  it('each part is in dispute, with a case of its own, until somebody pays', async () => {
    const { lease, charge } = await completed();
    for (const amount of [3_000, 2_000]) await takes(lease, charge, amount);
    expect(await lease.row()).toMatchObject({ status: 'completed', disputed: 5_000, credit: 0 });
    expect(await openDisputes(lease)).toHaveLength(2);
    await lease.isCharged(DAY_3, 5_500);
    expect(await lease.row()).toMatchObject({ disputed: 0, credit: 500 });
    expect(await openDisputes(lease)).toEqual([]);
    await reverse(lease, charge);
    expect(await lease.row()).toMatchObject({ disputed: 94_500, credit: 0 });
  });

  it('credit that is there is taken first, and the rest of it goes back', async () => {
    const { lease, charge } = await completed(110_000);
    await takes(lease, charge, 4_000);
    expect(await lease.row()).toMatchObject({ disputed: 0, credit: 6_000 });
    const due = await lease.at(DAY_3, (context) => refundsDue(context, deps, { leaseId: lease.id }));
    expect(due).toMatchObject([{ refundOf: charge, amount: 6_000 }]);
    await takes(lease, charge, 10_000);
    expect(await lease.row()).toMatchObject({ disputed: 4_000, credit: 0 });
  });

  it('of what was recovered so much less was', async () => {
    const lease = await running();
    await lease.at(DAY_1, (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
    const charge = await lease.isCharged(DAY_2, 30_000);
    for (const amount of [3_000, 2_000]) await takes(lease, charge, amount);
    expect(await lease.row()).toMatchObject({ recovered: 25_000, disputed: 0 });
    expect((await held(lease))['recovery']).toBe(-25_000);
    await reverse(lease, charge);
    expect(await lease.row()).toMatchObject({ recovered: 0, disputed: 0 });
    expect((await held(lease))['recovery']).toBeUndefined();
  });
});

describe('what its provider has all the same', () => {
  it('another admin books again: the parts, or the whole', async () => {
    const { lease, charge } = await completed(110_000);
    const before = await held(lease);
    for (let slips = 0; slips < 2; slips += 1) {
      for (const amount of [30_000, 20_000]) await takes(lease, charge, amount);
      if (slips === 1) await reverse(lease, charge);
      for (let times = 0; times < 2; times += 1) await again(lease, charge);
      expect(await held(lease)).toEqual(before);
      expect(await lease.row()).toMatchObject({ disputed: 0, credit: 10_000 });
      expect(await paymentOf(charge)).toMatchObject({ status: 'succeeded', takenBack: 0 });
    }
    await takes(lease, charge, 12_000);
    expect(await lease.row()).toMatchObject({ disputed: 2_000, credit: 0 });
  });

  it('is on its statement, line by line', async () => {
    const { lease, charge } = await completed();
    for (const amount of [3_000, 2_000]) await takes(lease, charge, amount);
    const receipt = (await paymentOf(charge))?.providerReference ?? '';
    const line = { account: lease.reference, payer: null, at: Date.now(), originalReceipt: receipt, reference: null };
    const lines = [
      { ...line, type: 'charge', receipt, originalReceipt: null, reference: charge, amount: 100_000 },
      { ...line, type: 'refund', receipt: `${receipt}-1`, amount: 2_000 },
      { ...line, type: 'refund', receipt: `${receipt}-2`, amount: 3_000 },
    ] as const;
    const day = { provider: 'mtn', market: 'UG', date: localDateAt(Date.now(), 'UG') } as const;
    const found = await findMovements(database.db, day, lines, new Date());
    const ours = found.filter(({ leaseId, paymentId }) => leaseId === lease.id && paymentId === charge);
    const compared = compare(lines, ours);
    expect(compared.matched).toHaveLength(3);
    expect([compared.differs, compared.missingHere, compared.missingThere]).toEqual([[], [], []]);
  });
});

describe('a part that was a slip', () => {
  const third = { role: 'admin', id: randomUUID() } as const;
  const partsOf = async (lease: Lease) =>
    database.db
      .select({ id: transfers.id, actor: transfers.actor })
      .from(transfers)
      .where(and(eq(transfers.leaseId, lease.id), eq(transfers.kind, 'reversal')))
      .orderBy(transfers.number);
  const againAlone = (lease: Lease, attemptId: string, transferId: string, actor: Actor = other) =>
    lease.at(DAY_3, (context) =>
      bookAgain({ ...context, actor }, { leaseId: lease.id, attemptId, reason: 'it is there', transferId }),
    );
  /** As the provider has it: the charge, and what it has taken. */
  async function isStated(lease: Lease, charge: string, amount: number, taken: readonly number[]): Promise<void> {
    const receipt = (await paymentOf(charge))?.providerReference ?? '';
    const line = { account: lease.reference, payer: null, at: Date.now(), originalReceipt: receipt, reference: null };
    const lines = [
      { ...line, type: 'charge' as const, receipt, originalReceipt: null, reference: charge, amount },
      ...taken.map((sum, i) => ({ ...line, type: 'refund' as const, receipt: `${receipt}-${i}`, amount: sum })),
    ];
    const day = { provider: 'mtn', market: 'UG', date: localDateAt(Date.now(), 'UG') } as const;
    const found = await findMovements(database.db, day, lines, new Date());
    const { matched, differs, missingHere, missingThere } = compare(
      lines,
      found.filter(({ paymentId }) => paymentId === charge),
    );
    expect([matched.length, differs, missingHere, missingThere]).toEqual([lines.length, [], [], []]);
  }

  it.each([
    ['the first', 0, 3_000],
    ['one between', 1, 3_000],
    ['the last, which took all that was left', 2, 4_000],
  ])('is booked again alone: %s', async (_which, slip, amount) => {
    const lease = await running();
    const charge = await lease.isCharged(DAY_2, 10_000, { receipt: randomUUID().toUpperCase() });
    for (const sum of [3_000, 3_000, 4_000]) await takes(lease, charge, sum);
    expect(await paymentOf(charge)).toMatchObject({ status: 'reversed' });
    const transferId = (await partsOf(lease))[slip]?.id ?? '';
    for (let times = 0; times < 2; times += 1) await againAlone(lease, charge, transferId);
    expect(await paymentOf(charge)).toMatchObject({ status: 'succeeded', takenBack: 10_000 - amount });
    expect(await outstanding(lease)).toBe(100_000 - amount);
    expect(await held(lease)).toMatchObject({ 'clearing:mtn': 20_000 + amount, receivable: 100_000 - amount });
    await isStated(lease, charge, 10_000, slip === 2 ? [3_000, 3_000] : [3_000, 4_000]);

    // What is left may be taken again, and another part booked again, or all of them.
    await takes(lease, charge, 1_000);
    await isStated(lease, charge, 10_000, slip === 2 ? [3_000, 3_000, 1_000] : [3_000, 4_000, 1_000]);
    await takes(lease, charge, amount - 1_000);
    expect(await paymentOf(charge)).toMatchObject({ status: 'reversed' });
    await againAlone(lease, charge, (await partsOf(lease))[3]?.id ?? '');
    expect(await paymentOf(charge)).toMatchObject({ status: 'succeeded', takenBack: 9_000 });
    await again(lease, charge);
    expect(await paymentOf(charge)).toMatchObject({ status: 'succeeded', takenBack: 0 });
    expect(await held(lease)).toMatchObject({ 'clearing:mtn': 30_000, receivable: 90_000 });
    await isStated(lease, charge, 10_000, []);
  });

  it('is so by anybody but who took it, once, and is a part of that payment', async () => {
    const lease = await running();
    const [charge, another] = [await lease.isCharged(DAY_2, 10_000), await lease.isCharged(DAY_2, 10_000)];
    const said = { leaseId: lease.id, attemptId: charge, reason: 'charge-back', amount: 2_000 };
    for (const actor of [one, other])
      await lease.at(DAY_3, (context) => reversePayment({ ...context, actor }, { ...said, reversalId: randomUUID() }));
    const [first, second] = (await partsOf(lease)).map(({ id }) => id);
    await expect(againAlone(lease, charge, first ?? '', one)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(againAlone(lease, another, first ?? '', third)).rejects.toMatchObject({ code: 'invalid_state' });
    await takes(lease, another, 1_000);
    for (const transferId of [first ?? '', randomUUID()])
      await expect(againAlone(lease, another, transferId, third)).rejects.toMatchObject({
        code: 'unprocessable',
        errors: [{ path: 'transferId' }],
      });
    // Who took the other part is not who took this one.
    await againAlone(lease, charge, first ?? '', other);
    await expect(againAlone(lease, charge, first ?? '', third)).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await paymentOf(charge)).toMatchObject({ takenBack: 2_000 });
    // Of what stands only the second took a part: the first may book the rest again, and he himself may not.
    const rest = { leaseId: lease.id, attemptId: charge, reason: 'it is there' };
    const restBy = (actor: Actor) => lease.at(DAY_3, (context) => bookAgain({ ...context, actor }, rest));
    await expect(restBy(other)).rejects.toMatchObject({ code: 'forbidden' });
    await restBy(one);
    expect([await outstanding(lease), second]).toEqual([81_000, expect.any(String)]);
  });

  it('of credit that went back by us, and of what was in dispute, is no more than it was', async () => {
    const { lease, charge } = await completed(110_000);
    for (const amount of [12_000, 3_000]) await takes(lease, charge, amount);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 5_000 });
    const [, slip] = await partsOf(lease);
    await againAlone(lease, charge, slip?.id ?? '');
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 2_000 });
    expect((await openDisputes(lease)).length).toBeGreaterThan(0);
  });
});

it('what of a payment came back after the write-off is recovered no more, and what it paid before is in dispute', async () => {
  const lease = await running();
  const charge = await lease.isCharged(DAY_2, 30_000);
  await takes(lease, charge, 10_000);
  await lease.at(DAY_2, (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
  await again(lease, charge);
  expect(await lease.row()).toMatchObject({ recovered: 10_000, disputed: 0 });
  await takes(lease, charge, 4_000);
  expect(await lease.row()).toMatchObject({ recovered: 6_000, disputed: 0 });
  await reverse(lease, charge);
  expect(await lease.row()).toMatchObject({ recovered: 0, disputed: 20_000 });
});

it.each([{}, { amount: 4_000 }])('a late fee that only a slip has caused is undone with it: %o', async (how) => {
  const lease = await running();
  const charge = await lease.isCharged('2026-01-12T06:00:00Z', 10_000);
  await reverse(lease, charge, { ...how, ...('amount' in how && { reversalId: randomUUID() }) });
  const later = '2026-01-16T07:00:00Z';
  await lease.at(later, (context) => chargeLateFees(context, { leaseId: lease.id }));
  expect(await lease.row()).toMatchObject({ feesCharged: 500 });
  const slip = { leaseId: lease.id, attemptId: charge, reason: 'it is there' };
  await lease.at(later, (context) => bookAgain({ ...context, actor: other }, slip));
  expect(await lease.row()).toMatchObject({ feesCharged: 0 });
});

it('none of those who took parts back books them again', async () => {
  const { lease, charge } = await completed(110_000);
  const part = { leaseId: lease.id, attemptId: charge, reason: 'charge-back' };
  await lease.at(DAY_3, (context) =>
    reversePayment({ ...context, actor: other }, { ...part, amount: 50_000, reversalId: randomUUID() }),
  );
  await takes(lease, charge, 1_000);
  await expect(again(lease, charge)).rejects.toMatchObject({ code: 'forbidden' });
});

describe('of a pay-bill', () => {
  /** A customer paid it by himself. */
  async function came() {
    const lease = await running();
    const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
    const said = { provider: 'mtn', market: 'UG', currency: 'UGX', status: 'announced' } as const;
    const money = { id, receipt, amount: 10_000, paidAt: new Date(), payerMasked: '+', account: lease.reference };
    const [item] = await database.db
      .insert(inbound)
      .values({ ...money, ...said })
      .returning();
    if (item === undefined) throw new Error('no such money');
    await lease.at(DAY_2, (context) =>
      receiveMoney(context, config, { leaseId: lease.id, money: receivedFrom(item, id) }),
    );
    return { lease, id };
  }
  const takesPart = (lease: Lease, id: string) =>
    reverse(lease, id, { to: 'provider', amount: 3_000, reversalId: randomUUID() });
  const itemOf = async (id: string) => (await database.db.select().from(inbound).where(eq(inbound.id, id)))[0];

  it('the provider takes a part, and what is left is another lease’s', async () => {
    const { lease, id } = await came();
    await takesPart(lease, id);
    await expect(reverse(lease, id, { to: 'suspense', amount: 2_000, reversalId: randomUUID() })).rejects.toMatchObject(
      { code: 'unprocessable' },
    );
    await reverse(lease, id, { to: 'suspense' });
    expect(await itemOf(id)).toMatchObject({ status: 'suspense', amount: 7_000, wentBack: 3_000, leaseId: null });
    expect(await held(lease)).toMatchObject({ 'clearing:mtn': 27_000, 'suspense:mtn': -7_000, receivable: 100_000 });
  });

  it('a part of what came out of suspense says that its provider takes it', async () => {
    const { lease, id } = await came();
    await reverse(lease, id, { to: 'suspense' });
    const its = await running();
    const paymentId = uuidv7();
    const wish = { inboundId: id, leaseId: its.id, paymentId };
    await its.at(DAY_2, (context) => giveFromSuspense({ ...context, actor: one }, config, wish));
    for (const how of [{}, { to: 'suspense' }] as const)
      await expect(reverse(its, paymentId, { amount: 3_000, reversalId: randomUUID(), ...how })).rejects.toMatchObject({
        code: 'unprocessable',
        errors: [{ path: 'amount.amount', message: expect.stringContaining('to: provider') }],
      });
    await takesPart(its, paymentId);
    expect(await outstanding(its)).toBe(93_000);
  });

  it('a part that was a slip is booked again, and all of it may be another lease’s', async () => {
    const { lease, id } = await came();
    await takesPart(lease, id);
    await again(lease, id);
    expect(await paymentOf(id)).toMatchObject({ status: 'succeeded', takenBack: 0 });
    expect(await outstanding(lease)).toBe(90_000);
    await reverse(lease, id, { to: 'suspense' });
    expect(await itemOf(id)).toMatchObject({ status: 'suspense', amount: 10_000, wentBack: 0 });
    expect(await held(lease)).toMatchObject({ 'clearing:mtn': 30_000, 'suspense:mtn': -10_000 });
  });

  it('the rest that was said to be at the provider by a slip waits in suspense, and goes back again', async () => {
    const { lease, id } = await came();
    await takesPart(lease, id);
    await reverse(lease, id, { to: 'provider' });
    await reverse(lease, id, { to: 'suspense' });
    expect(await itemOf(id)).toMatchObject({ status: 'suspense', amount: 7_000, wentBack: 3_000 });
    await reverse(lease, id, { to: 'provider' });
    expect(await itemOf(id)).toMatchObject({ status: 'returned', amount: 7_000, wentBack: 3_000 });
    // No statement tells of it: the part is not the lease's again by that.
    await expect(again(lease, id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('a part and the rest that were slips are booked again together', async () => {
    const { lease, id } = await came();
    await takesPart(lease, id);
    await reverse(lease, id, { to: 'provider' });
    await again(lease, id);
    expect(await paymentOf(id)).toMatchObject({ status: 'succeeded', takenBack: 0, transferId: expect.any(String) });
    expect(await held(lease)).toMatchObject({ 'clearing:mtn': 30_000, receivable: 90_000 });
  });

  it('that its provider took in parts is in no suspense, and cash is taken back whole', async () => {
    const lease = await running();
    const cash = await lease.paysCash(DAY_2, 5_000, randomUUID());
    await expect(takes(lease, cash, 2_000)).rejects.toMatchObject({ code: 'unprocessable' });
    expect(await outstanding(lease)).toBe(95_000);
  });
});
