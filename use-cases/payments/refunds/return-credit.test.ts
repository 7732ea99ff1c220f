import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from 'uuidv7';
import { attempts, audit, cases, inbound, leases, methods, users } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { record, type Context } from '../../context.ts';
import { completeLease } from '../../leases/end-lease.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { returnVehicle } from '../../leases/return-vehicle.ts';
import { stateFromBooks } from '../../leases/state-from-books.ts';
import { failUnsent } from '../outcomes/fail-unsent.ts';
import { takeFromSuspense } from '../suspense/take-from-suspense.ts';
import { putIntoSuspense } from '../inbound/place-inbound.ts';
import { giveFromSuspense } from '../suspense/resolve-suspense.ts';
import { isStillDue, openAttempt } from '../charging/open-attempt.ts';
import { openCase } from '../../cases/open-case.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { chargeLateFees } from '../../leases/charge-late-fees.ts';
import { postPayment } from '../post-payment.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { refundsDue } from './refunds.ts';
import { returnCredit } from './return-credit.ts';
import { returnElsewhere } from './return-elsewhere.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { neverTaken } from '../attempt-record.ts';

/** Who pays credit out in cash, how much of it, and from what. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig(unreachedMobileMoney);
const encryption = createEncryption(config.ENCRYPTION_KEYS);
const deps = { mobileMoney: createMobileMoney(config) };
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';

type Lease = Awaited<ReturnType<typeof bookLease>>;

/** A completed lease with 90,000 of cash and 4,000 of mobile money too much, and agents who hold cash of others. */
async function overpaid() {
  const [taker, giver]: Actor[] = [0, 1].map(() => ({ role: 'agent' as const, id: randomUUID() }));
  if (taker === undefined || giver === undefined) throw new Error('two agents');
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  await lease.isCharged(DAY_1, 90_000);
  await lease.paysCash(DAY_2, 100_000, taker.id);
  const charge = await lease.isCharged(DAY_2, 4_000);
  await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
  const other = await bookLease(database, config);
  await other.paysCash(DAY_1, 20_000, giver.id);
  await other.paysCash(DAY_1, 45_000, giver.id);
  return { lease, charge, taker, giver };
}

const give = (lease: Lease, actor: Actor, amount: number, paymentId = randomUUID()) =>
  lease.at(DAY_2, (context) =>
    returnCredit({ ...context, actor }, deps, { leaseId: lease.id, paymentId, amount, receiptNumber: paymentId }),
  );

describe('credit from cash', () => {
  it('is paid out by another agent than the one who took it, out of what he holds', async () => {
    const { lease, giver, taker } = await overpaid();
    await expect(give(lease, taker, 1_000)).rejects.toMatchObject({ code: 'forbidden' });
    await give(lease, giver, 60_000);
    expect(await lease.row()).toMatchObject({ credit: 34_000, disputed: 0 });
    const balances = await lease.balances();
    expect([balances.get(`float:${giver.id}`), balances.get('unapplied')]).toEqual([-60_000, -34_000]);
    await expect(give(lease, giver, 5_001)).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ path: 'amount.amount', message: 'must be at most 5000, the cash that the agent holds' }],
    });
  });

  it('is of no more than the lease costs: a nought too much is no cash', async () => {
    const [taker] = [{ role: 'agent' as const, id: randomUUID() }];
    const lease = await bookLease(database, config);
    await expect(lease.paysCash(DAY_1, 120_001, taker.id)).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ path: 'amount.amount', message: 'must be at most what the lease costs, 120000' }],
    });
    await lease.paysCash(DAY_1, 120_000, taker.id);
    expect(await lease.row()).toMatchObject({ depositPaid: 20_000, credit: 100_000 });
  });

  it.each(['payment.backdated', 'payment.decided'])('is not paid out by whom its timeline names (%s)', async (type) => {
    const { lease, giver, taker } = await overpaid();
    const subject = await lease.paymentOf(taker.id);
    await lease.at(DAY_2, (context) =>
      record({ ...context, actor: giver }, { key: `${type}:${subject}`, type, subject }),
    );
    await expect(give(lease, giver, 1_000)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('that waited in suspense is not paid out by who gave it to the lease', async () => {
    const { lease, giver } = await overpaid();
    const [id, paymentId, at] = [uuidv7(), randomUUID(), new Date(DAY_2)];
    const facts = { provider: 'airtel', market: 'UG', currency: 'UGX', account: 'X', payerMasked: 'unknown' } as const;
    const money = { id, receipt: id, amount: 50_000, paidAt: at, status: 'announced' } as const;
    await database.db.insert(inbound).values({ ...facts, ...money });
    await putIntoSuspense(database, { inboundId: id, at });
    await lease.at(DAY_2, async (context) => {
      const wish = { inboundId: id, leaseId: lease.id, paymentId };
      const received = await takeFromSuspense({ ...context, actor: giver }, wish);
      await receiveMoney(context, config, { leaseId: lease.id, money: received });
    });
    const more = await bookLease(database, config);
    await more.paysCash(DAY_1, 20_000, giver.id);
    await more.paysCash(DAY_1, 80_000, giver.id);
    expect(await lease.row()).toMatchObject({ credit: 144_000 });
    await expect(give(lease, giver, 90_001)).rejects.toMatchObject({ code: 'forbidden' });
    await give(lease, giver, 90_000);
  });

  it('is no more than came that way; what came by mobile money goes back by it', async () => {
    const { lease, charge, giver } = await overpaid();
    await expect(give(lease, giver, 90_001)).rejects.toMatchObject({
      errors: [{ path: 'amount.amount', message: 'must be at most 90000, the credit that is paid out in cash' }],
    });
    await give(lease, giver, 64_000);
    const due = await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
    expect(due).toEqual([{ refundOf: charge, amount: 4_000 }]);
  });

  it('is paid out once for a receipt', async () => {
    const { lease, giver } = await overpaid();
    const paymentId = randomUUID();
    await give(lease, giver, 10_000, paymentId);
    await give(lease, giver, 10_000, paymentId);
    expect(await lease.row()).toMatchObject({ credit: 84_000 });
    await expect(give(lease, giver, 9_000, paymentId)).rejects.toMatchObject({ code: 'receipt_conflict' });
  });

  it('that was paid out is in dispute when the cash turns out never to have been there', async () => {
    const { lease, giver, taker } = await overpaid();
    await give(lease, giver, 60_000);
    const fake = await lease.paymentOf(taker.id);
    await lease.at(DAY_2, (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId: fake, reason: 'no such cash' }),
    );
    // 34,000 of credit were left; the rest of 100,000 is owed by somebody.
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 66_000 });
  });
});

it('credit that mobile money has refused on all its tries is paid out in cash', async () => {
  const { giver } = await overpaid();
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  const charge = await lease.isCharged(DAY_2, 104_000);
  await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
  const isOrdered = async (context: Context) => {
    const order = { attemptId: randomUUID(), leaseId: lease.id, kind: 'refund', refundOf: charge } as const;
    await openAttempt(context, { ...deps, encryption }, { ...order, amount: 4_000 });
    return order;
  };
  const isRefused = () =>
    lease.at(DAY_2, async (context) => {
      const order = await isOrdered(context);
      const refused = { status: 'failed', reason: 'no_subscriber' } as const;
      await context.tx.update(attempts).set(refused).where(eq(attempts.id, order.attemptId));
    });
  for (let tries = 1; tries < 5; tries += 1) await isRefused();
  // What we stop ourselves, the provider has not refused.
  await lease.at(DAY_2, async (context) => failUnsent(context, (await isOrdered(context)).attemptId, 'not_due'));
  await expect(give(lease, giver, 4_000)).rejects.toMatchObject({ code: 'unprocessable' });
  await isRefused();
  const told = () =>
    database.db.select({ status: cases.status, detail: cases.detail }).from(cases).where(eq(cases.leaseId, lease.id));
  const sum = (amount: number) => ({ amount, currency: 'UGX' as const });
  const failed = { kind: 'refund_failed', leaseId: lease.id, paymentId: null } as const;
  await lease.at(DAY_2, (context) => openCase(context, { ...failed, detail: { credit: sum(4_000) } }));
  await give(lease, giver, 1_000);
  expect(await told()).toEqual([{ status: 'open', detail: { credit: sum(4_000), left: sum(3_000) } }]);
  await give(lease, giver, 3_000);
  expect(await lease.row()).toMatchObject({ credit: 0 });
  expect(await told()).toMatchObject([{ status: 'closed', detail: { left: sum(0) } }]);
  expect(await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }))).toEqual([]);
});

it('credit of which refunds were only lost on their way is not paid out in cash: nobody has refused it', async () => {
  const { giver } = await overpaid();
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  const refundOf = await lease.isCharged(DAY_2, 104_000);
  await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
  for (let tries = 0; tries < 5; tries += 1)
    await lease.at(DAY_2, async (context) => {
      const attemptId = randomUUID();
      const order = { attemptId, leaseId: lease.id, kind: 'refund', refundOf, amount: 4_000 } as const;
      await openAttempt(context, { ...deps, encryption }, order);
      await context.tx.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
      await recordOutcome(context, attemptId, neverTaken);
    });
  await expect(give(lease, giver, 4_000)).rejects.toMatchObject({ code: 'unprocessable' });
});

it('much money of nobody known goes to nobody without an admin, by whatever steps', async () => {
  const [resolver, giver, admin] = [randomUUID(), randomUUID(), randomUUID()];
  const lease = await bookLease(database, config, { deposit: 200_000, instalment: 100_000 });
  await lease.pays(DAY_1, 200_000);
  await lease.handOver(DAY_1);
  const [id, at] = [uuidv7(), new Date(DAY_1)];
  const facts = { provider: 'mtn', market: 'UG', currency: 'UGX', account: '', payerMasked: 'unknown' } as const;
  await database.db
    .insert(inbound)
    .values({ id, receipt: id, ...facts, amount: 900_000, status: 'announced', paidAt: at });
  await putIntoSuspense(database, { inboundId: id, at });
  const rich = await bookLease(database, config, { deposit: 1_000_000 });
  await rich.paysCash(DAY_1, 1_000_000, giver);
  // The lease has a million to come: nothing of it goes back yet.
  const wish = { inboundId: id, leaseId: lease.id, paymentId: randomUUID() };
  await lease.at(DAY_1, (context) =>
    giveFromSuspense({ ...context, actor: { role: 'agent', id: resolver } }, config, wish),
  );
  await lease.at(DAY_2, (context) => returnVehicle(context, { leaseId: lease.id, reason: 'leaves' }));
  expect(await lease.row()).toMatchObject({ status: 'returned', credit: 900_000 });

  const refused = { code: 'forbidden' };
  await expect(give(lease, { role: 'agent', id: giver }, 500_001)).rejects.toMatchObject(refused);
  await give(lease, { role: 'agent', id: giver }, 500_000);
  await expect(give(lease, { role: 'agent', id: giver }, 1), 'in small parts').rejects.toMatchObject(refused);
  await rich.paysCash(DAY_1, 100_000, admin);
  await give(lease, { role: 'admin', id: admin }, 100_000);
  // Another admin has said whose it is, when he gave it to the lease.
  await database.db
    .insert(users)
    .values({ id: resolver, role: 'admin', name: 'Ada', email: `${resolver}@example.com` });
  await give(lease, { role: 'agent', id: giver }, 300_000);
  expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
});

it('credit from pay-bill is paid out while the lease runs', async () => {
  const { giver } = await overpaid();
  const lease = await bookLease(database, config);
  await lease.pays(DAY_1, 26_000);
  expect(await lease.row()).toMatchObject({ credit: 6_000 });
  await give(lease, giver, 6_000);
  await lease.handOver(DAY_2);
  expect(await lease.row()).toMatchObject({ credit: 0 });
  expect((await lease.balances()).get('receivable')).toBe(100_000);
});

it('what ending a lease made credit goes no further without an admin by another number than in cash', async () => {
  const lease = await bookLease(database, config, { instalment: 200_000 });
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  await lease.isCharged(DAY_2, 1_000_000);
  const [staff, other]: [Actor, Actor] = [
    { role: 'agent', id: randomUUID() },
    { role: 'agent', id: randomUUID() },
  ];
  await lease.at(DAY_2, (context) =>
    returnVehicle({ ...context, actor: staff }, { leaseId: lease.id, reason: 'leaves' }),
  );
  const detail = { credit: { amount: 1_000_000, currency: 'UGX' } } as const;
  await lease.at(DAY_2, (context) =>
    openCase(context, { kind: 'refund_failed', leaseId: lease.id, paymentId: null, detail }),
  );
  const paymentMethodId = randomUUID();
  const account = {
    provider: 'mtn',
    phoneHash: lease.customerId,
    phoneEncrypted: 'x',
    masked: '+2567*****002',
  } as const;
  await database.db.insert(methods).values({ id: paymentMethodId, userId: lease.customerId, ...account });
  const order = (amount: number, actor: Actor) =>
    lease.at(DAY_2, (context) => {
      const given = { orderId: randomUUID(), leaseId: lease.id, amount, paymentMethodId };
      return returnElsewhere({ ...context, actor }, { ...deps, encryption }, given);
    });
  await order(300_000, other);
  await expect(order(250_000, other), 'in small parts').rejects.toMatchObject({ code: 'forbidden' });
  await order(200_000, other);
  await order(250_000, { role: 'admin', id: randomUUID() });
});

describe('credit that mobile money has given up, to another number of the customer', () => {
  /** A completed lease with 4,000 of mobile money too much, which came by one number; another one has paid as well. */
  async function stuck() {
    const lease = await bookLease(database, config);
    const agent: Actor = { role: 'agent', id: randomUUID() };
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    const charge = await lease.isCharged(DAY_2, 104_000);
    await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    const addMethod = async (provider: 'mtn' | 'airtel' | 'mpesa', phoneHash: string) => {
      const id = randomUUID();
      const account = {
        provider,
        phoneHash,
        phoneEncrypted: 'x',
        masked: provider === 'mpesa' ? '+2547*****002' : '+2567*****002',
      };
      await database.db.insert(methods).values({ id, userId: lease.customerId, ...account });
      return id;
    };
    const isGivenUp = () =>
      lease.at(DAY_2, (context) =>
        openCase(context, {
          kind: 'refund_failed',
          leaseId: lease.id,
          paymentId: null,
          detail: { credit: { amount: 4_000, currency: 'UGX' } },
        }),
      );
    const order = (paymentMethodId: string, amount = 4_000, actor = agent, orderId = randomUUID()) =>
      lease.at(DAY_2, (context) => {
        const given = { orderId, leaseId: lease.id, amount, paymentMethodId };
        return returnElsewhere({ ...context, actor }, { ...deps, encryption }, given);
      });
    // The customer of a test logs in by his id.
    return { lease, charge, agent, addMethod, isGivenUp, order, ownNumber: await addMethod('mtn', lease.customerId) };
  }
  const refuses = (message: string) => ({ code: 'unprocessable', errors: [expect.objectContaining({ message })] });

  it('is ordered once, and sent by the lease', async () => {
    const { lease, charge, agent, isGivenUp, order, ownNumber } = await stuck();
    await expect(order(ownNumber)).rejects.toMatchObject(
      refuses('must be at most 0, the credit that is paid out to another number'),
    );
    await isGivenUp();
    await order(ownNumber);
    await order(ownNumber);
    const [begun, ...others] = await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
    expect([begun, others]).toMatchObject([{ refundOf: charge, amount: 4_000 }, []]);
    const isIts = eq(attempts.id, begun?.attemptId ?? '');
    const [refund] = await database.db.select().from(attempts).where(isIts);
    expect(refund).toMatchObject({ provider: 'mtn', paymentMethodId: ownNumber, status: 'pending', sent: false });
    const told = and(eq(audit.leaseId, lease.id), eq(audit.type, 'payment.return_ordered'));
    expect(await database.db.select({ actor: audit.actor }).from(audit).where(told)).toEqual([{ actor: agent }]);
    // A worker that dies before it is sent takes it up again.
    const { state } = await stateFromBooks(database.db, config, lease.id);
    expect(state.restart?.orphans).toEqual([]);
    const isDue = () =>
      lease.at(DAY_2, async (context) =>
        refund === undefined ? false : isStillDue(context, deps, await lockLease(context.tx, lease.id), refund),
      );
    expect(await isDue()).toBe(true);
    // Nothing is sent to who owes what was taken back since.
    await database.db.update(leases).set({ disputed: 1_000 }).where(eq(leases.id, lease.id));
    expect(await isDue()).toBe(false);
  });

  it('is ordered once also where the answer was lost, and it has gone meanwhile', async () => {
    const { lease, agent, isGivenUp, order, ownNumber } = await stuck();
    await isGivenUp();
    const [orderId, again] = [randomUUID(), randomUUID()];
    await order(ownNumber, 1_000, agent, orderId);
    // Said by another request meanwhile, it is the same order.
    await order(ownNumber, 1_000, agent, again);
    const [begun] = await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
    const attemptId = begun?.attemptId ?? '';
    const done = { state: 'succeeded', receipt: attemptId, amount: { amount: 1_000, currency: 'UGX' } } as const;
    await lease.at(DAY_2, (context) => recordOutcome(context, attemptId, done));
    await lease.at(DAY_2, (context) => postPayment(context, { leaseId: lease.id, attemptId }));
    await order(ownNumber, 1_000, agent, orderId);
    await order(ownNumber, 1_000, agent, again);
    const isRefund = and(eq(attempts.leaseId, lease.id), eq(attempts.kind, 'refund'));
    expect(await database.db.$count(attempts, isRefund)).toBe(1);
    await order(ownNumber, 1_000);
    expect(await database.db.$count(attempts, isRefund)).toBe(2);
  });

  it('is ordered beside what another payment gives back to that number by itself', async () => {
    const { lease, charge, isGivenUp, order, ownNumber } = await stuck();
    const other = await lease.isCharged(DAY_2, 4_000);
    await database.db.update(attempts).set({ paymentMethodId: ownNumber }).where(eq(attempts.id, other));
    await isGivenUp();
    const own = { attemptId: randomUUID(), leaseId: lease.id, kind: 'refund', refundOf: other, amount: 4_000 } as const;
    await lease.at(DAY_2, (context) => openAttempt(context, { ...deps, encryption }, own));
    await order(ownNumber);
    const isRefund = and(eq(attempts.leaseId, lease.id), eq(attempts.kind, 'refund'));
    const refunds = await database.db.select({ of: attempts.refundOf }).from(attempts).where(isRefund);
    expect(refunds.map(({ of }) => of).toSorted()).toEqual([charge, other].toSorted());
  });

  it('is no number that he has not proven, of somebody else, or of who cannot pay out', async () => {
    const { addMethod, isGivenUp, order } = await stuck();
    await isGivenUp();
    await expect(order(await addMethod('mtn', randomUUID()))).rejects.toMatchObject(
      refuses('must be a number that he logs in by, or has paid by'),
    );
    const { ownNumber: somebodys } = await stuck();
    await expect(order(somebodys)).rejects.toMatchObject(refuses('must be a payment method of the customer'));
    for (const [provider, why] of [
      ['airtel', 'must be of a provider that pays out to a number'],
      ['mpesa', 'must be a number of the country of the lease'],
    ] as const)
      await expect(order(await addMethod(provider, randomUUID()))).rejects.toMatchObject(refuses(why));
  });

  it('is ordered by another person than who decided that it was paid', async () => {
    const { lease, charge, agent, isGivenUp, order, ownNumber } = await stuck();
    await isGivenUp();
    const decided = { key: `payment.decided:${charge}`, type: 'payment.decided', subject: charge };
    await lease.at(DAY_2, (context) => record({ ...context, actor: agent }, decided));
    await expect(order(ownNumber)).rejects.toMatchObject({ code: 'forbidden' });
    await order(ownNumber, 4_000, { role: 'agent', id: randomUUID() });
  });
});

it.each([60_000, 45_000])('a late fee is judged by money that is there: of %i, 45,000 are', async (paid) => {
  const lease = await bookLease(database, config);
  const [taker, giver] = [randomUUID(), randomUUID()].map((id): Actor => ({ role: 'agent', id }));
  if (taker === undefined || giver === undefined) throw new Error('no agents');
  const other = await bookLease(database, config);
  await other.paysCash('2026-01-05T07:00:00Z', 60_000, giver.id);
  await lease.paysCash('2026-01-05T07:00:00Z', paid, taker.id);
  const back = { paymentId: randomUUID(), leaseId: lease.id, amount: paid - 45_000, receiptNumber: `G-${paid}` };
  const give = () =>
    lease.at('2026-01-05T08:00:00Z', (context) => returnCredit({ ...context, actor: giver }, deps, back));
  if (back.amount > 0) await give();
  await lease.handOver('2026-01-05T09:00:00Z');
  // The deposit and two lines and a half are paid.
  await lease.at('2026-01-29T07:00:00Z', (context) => chargeLateFees(context, { leaseId: lease.id }));
  expect(await lease.row()).toMatchObject({ feesCharged: 500 });
  const id = randomUUID();
  const late = { kind: 'cash', paymentId: id, amount: 5_500, agentId: taker.id, receiptNumber: id } as const;
  await lease.at('2026-01-31T07:00:00Z', (context) =>
    receiveMoney({ ...context, actor: taker }, config, { leaseId: lease.id, money: { ...late, paidOn: '2026-01-30' } }),
  );
  expect(await lease.row()).toMatchObject({ feesCharged: 500 });
});
