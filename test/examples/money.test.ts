import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { receivedFrom } from '#use-cases/payments/inbound-record';
import { attempts, cases, inbound } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { money } from '#domain/money';
import { completeLease } from '#use-cases/leases/end-lease';
import { lockLease, positionAt } from '#use-cases/leases/lease-record';
import { quoteSettlement } from '#use-cases/leases/settle-early';
import { openAttempt } from '#use-cases/payments/charging/open-attempt';
import { postPayment } from '#use-cases/payments/post-payment';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { returnCredit } from '#use-cases/payments/refunds/return-credit';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import type { Context } from '#use-cases/context';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { admin, agrees, config, day, decideCash, deps, on, runningLease } from '../late-money.ts';
import { bookLease } from '../lease-books.ts';
import { figures, notCarriedOut } from './figures.ts';

/**
 * The worked examples of docs/money.md, by the figures that they have: each is read out of its page and carried out in the
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
const WEDNESDAY = '2026-01-07T07:00:00Z';

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
const completes = (lease: Lease) => lease.at(TUESDAY, (context) => completeLease(context, { leaseId: lease.id }));
const isReversed = (lease: Lease, attemptId: string, to?: 'suspense') =>
  lease.at(WEDNESDAY, (context) =>
    reversePayment({ ...context, actor: admin }, { leaseId: lease.id, attemptId, reason: 'x', to }),
  );
const quote = (lease: Pick<Lease, 'id'>) => (context: Context) => quoteSettlement(context, { leaseId: lease.id });

it('a quote that hangs on a day of cash which nobody has confirmed', async () => {
  const [quoted = 0, fee = 0, claimed = 0, paid = 0, settled, short = 0, more = 0, credit, cheaper = 0] = figures(
    'money.md',
    'are quoted with a late fee',
  );
  const begins = async () => {
    // Two lines are ahead, of which 30,000 are markup.
    const lease = await runningLease(database, { instalment: claimed, instalments: 3, markupPercent: 60 });
    await lease.fees(9);
    return lease;
  };
  const ends = async (pays: number, decision: 'confirmed' | 'rejected') => {
    const lease = await begins();
    expect((await lease.act(day(9, 10), quote(lease))).amount).toBe(quoted);
    const claim = await lease.claims(9, claimed, on(5));
    await lease.pays(9, pays);
    await decideCash(database, claim, day(10), { decision });
    const { status, feesDue, credit } = await lease.books(10);
    await agrees(database, lease, 10);
    return { status, feesDue, credit };
  };
  expect(settled).toBe(claimed + paid);
  expect(await ends(paid, 'confirmed')).toEqual({ status: 'settled_early', feesDue: 0, credit: 0 });
  expect(await ends(paid, 'rejected')).toMatchObject({ status: 'active', feesDue: fee });
  expect(short).toBe(quoted - claimed - paid);
  expect(await ends(more, 'confirmed')).toEqual({ status: 'settled_early', feesDue: 0, credit });
  expect(await ends(more, 'rejected')).toEqual({ status: 'settled_early', feesDue: 0, credit: 0 });

  const lease = await begins();
  const claim = await lease.claims(9, claimed, on(5));
  expect((await lease.act(day(9, 13), quote(lease))).amount).toBe(cheaper);
  await lease.pays(9, cheaper);
  await decideCash(database, claim, day(10), { decision: 'rejected' });
  expect(await lease.books(10)).toMatchObject({ status: 'settled_early', feesDue: 0 });
});

it('a payment of which it is known late that it was made', async () => {
  const [line = 0, fee, due = 0, , decided = 0, paidLine, valueDay = 0, failed = 0, charged = 0] = figures(
    'money.md',
    'grace three days',
  );
  const [paid, unpaid] = [await runningLease(database, { instalment: line }), await runningLease(database)];
  const attemptId = await paid.unknown(due);
  for (let number = due; number < decided; number += 1) expect((await paid.fees(number)).charged).toBe(0);
  await paid.decide(decided, attemptId, 'succeeded');
  expect(await paid.books(decided)).toMatchObject({ status: 'active', feesCharged: 0, daysPastDue: 0 });
  expect((await paid.books(decided)).paid.findIndex((sum) => sum < line)).toBe(paidLine);
  const [payment] = await database.db.select().from(attempts).where(eq(attempts.id, attemptId));
  expect(payment?.valueOn).toBe(on(valueDay));
  expect(await paid.timeline('lease.in_arrears')).toEqual([]);

  await unpaid.decide(failed, await unpaid.unknown(due), 'failed');
  expect((await unpaid.fees(charged)).charged).toBe(fee);
});

it('cash that was far too much', async () => {
  const [left = 0, cash = 0, charged = 0, credit, ofCash = 0, ofCharge, most] = figures('money.md', 'of cash; then');
  const lease = await handedOver();
  await lease.isCharged(MONDAY, 100_000 - left);
  const [taker, giver]: Actor[] = [0, 1].map(() => ({ role: 'agent', id: randomUUID() }));
  await lease.paysCash(TUESDAY, cash, taker?.id ?? '');
  const charge = await lease.isCharged(TUESDAY, charged);
  await completes(lease);
  expect(await lease.row()).toMatchObject({ credit });
  expect(credit).toBe(ofCash + (ofCharge ?? 0));
  expect(await lease.at(TUESDAY, (context) => refundsDue(context, deps, { leaseId: lease.id }))).toEqual([
    { refundOf: charge, amount: most },
  ]);
  const [other, another] = [await bookLease(database, config), await bookLease(database, config)];
  for (const one of [other, another]) await one.paysCash(MONDAY, ofCash / 2, giver?.id ?? '');
  const paidOut = { leaseId: lease.id, paymentId: randomUUID(), amount: ofCash, receiptNumber: randomUUID() };
  const by = (actor: Actor | undefined) =>
    lease.at(TUESDAY, (context) => returnCredit({ ...context, actor: actor ?? context.actor }, deps, paidOut));
  await expect(by(taker)).rejects.toMatchObject({ code: 'forbidden' });
  await by(giver);
  expect((await lease.balances()).get(`float:${giver?.id}`)).toBe(-ofCash);
});

it('cash with a zero too many that ends a lease', async () => {
  const [left = 0, slip = 0, right = 0, credit, found, taken, disputed = 0] = figures('money.md', 'are left in two');
  const lease = await handedOver();
  await lease.isCharged(MONDAY, 100_000 - left);
  const takes = async (amount: number) => {
    const paymentId = randomUUID();
    const cash = { kind: 'cash', paymentId, amount, agentId: lease.id, receiptNumber: paymentId } as const;
    await lease.at(TUESDAY, (context) => receiveMoney(context, config, { leaseId: lease.id, money: cash }));
    return paymentId;
  };
  const paymentId = await takes(slip);
  await completes(lease);
  expect(await lease.row()).toMatchObject({ status: 'completed', credit });
  const isIts = and(eq(cases.paymentId, paymentId), eq(cases.kind, 'cash_to_confirm'));
  expect(await database.db.$count(cases, isIts)).toBe(1);
  expect([found, taken]).toEqual([right, slip]);
  await isReversed(lease, paymentId);
  expect(await lease.row()).toMatchObject({ status: 'completed', credit: 0, disputed });
  await takes(right);
  expect((await lease.row()).disputed).toBe(disputed / 2);
});

it('a deposit that is taken back while the lease runs', async () => {
  const [, deposit = 0, paid = 0, both] = figures('money.md', 'ten lines) of which');
  const lease = await handedOver({ deposit });
  await lease.isCharged(TUESDAY, paid);
  await isReversed(lease, lease.deposited);
  expect([await owed(lease, WEDNESDAY), (await lease.balances()).get('receivable')]).toEqual([both, both]);
});

it('a pay-bill that proves another’s after a part of it went back', async () => {
  const [paid = 0, due, back = 0, disputed, waits = 0, never] = figures('money.md', 'a pay-bill of');
  const lease = await handedOver();
  expect(await owed(lease, TUESDAY)).toBe(due);
  const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
  const payer = { payerMasked: 'x', payerEncrypted: deps.encryption.encrypt('+256772000100'), payerHash: 'x' };
  const said = {
    provider: 'mtn',
    market: 'UG',
    currency: 'UGX',
    account: lease.reference,
    status: 'announced',
  } as const;
  const [row] = await database.db
    .insert(inbound)
    .values({ id, receipt, amount: paid, paidAt: new Date(TUESDAY), ...payer, ...said })
    .returning();
  if (row === undefined) throw new Error('no such money');
  await lease.at(TUESDAY, (context) =>
    receiveMoney(context, config, { leaseId: lease.id, money: receivedFrom(row, id) }),
  );
  await completes(lease);
  const [order] = await lease.at(TUESDAY, (context) => refundsDue(context, deps, { leaseId: lease.id }));
  expect(order?.amount).toBe(back);
  const attemptId = randomUUID();
  const refund = { leaseId: lease.id, kind: 'refund', refundOf: id, amount: back, attemptId } as const;
  await lease.at(TUESDAY, (context) => openAttempt(context, deps, refund));
  const final = { state: 'succeeded', receipt: attemptId, amount: money(back, 'UGX') } as const;
  await lease.at(TUESDAY, (context) => recordOutcome(context, attemptId, final));
  await lease.at(TUESDAY, (context) => postPayment(context, { leaseId: lease.id, attemptId }));
  await isReversed(lease, id, 'suspense');
  expect(await lease.row()).toMatchObject({ disputed, credit: 0 });
  const [item] = await database.db.select().from(inbound).where(eq(inbound.id, id));
  expect(item).toMatchObject({ status: 'suspense', amount: waits });
  expect(never).toBe(waits + back);
});

it('a last payment that is taken back after the end', async () => {
  const [last = 0, disputed, first = 0, second = 0, pays, credit] = figures('money.md', 'with a last payment of');
  const lease = await handedOver();
  const paymentId = await lease.isCharged(TUESDAY, last);
  await completes(lease);
  await isReversed(lease, paymentId);
  expect(await lease.row()).toMatchObject({ status: 'completed', disputed });
  for (const amount of [first, second]) await lease.isCharged(WEDNESDAY, amount);
  expect(await lease.row()).toMatchObject({ disputed: 0, credit });
  expect(pays).toBe(first + second - (credit ?? 0));
});

it('a payment that a provider takes back in parts', async () => {
  const [paid = 0, first = 0, second = 0, owedAgain, stand, disputed] = figures('money.md', 'pay a line');
  const lease = await handedOver();
  const payment = await lease.isCharged(TUESDAY, paid);
  const takes = (one: Lease, attemptId: string, amount: number) =>
    one.at(WEDNESDAY, (context) =>
      reversePayment(
        { ...context, actor: admin },
        { leaseId: one.id, attemptId, reason: 'x', amount, reversalId: randomUUID() },
      ),
    );
  const before = await owed(lease, TUESDAY);
  for (const part of [first, second]) await takes(lease, payment, part);
  expect(await owed(lease, WEDNESDAY)).toBe(before + (owedAgain ?? 0));
  const [row] = await database.db.select().from(attempts).where(eq(attempts.id, payment));
  expect(paid - (row?.takenBack ?? 0)).toBe(stand);

  const over = await handedOver();
  await over.isCharged(TUESDAY, 100_000 - paid);
  const last = await over.isCharged(TUESDAY, paid);
  await completes(over);
  for (const part of [first, second]) await takes(over, last, part);
  expect(await over.row()).toMatchObject({ disputed });
  const isDispute = and(eq(cases.leaseId, over.id), eq(cases.kind, 'chargeback'), eq(cases.status, 'open'));
  expect(await database.db.$count(cases, isDispute)).toBe(2);
});

it('every example of docs/money.md is carried out here', () => {
  expect(notCarriedOut((page) => page === 'money.md')).toEqual([]);
});
