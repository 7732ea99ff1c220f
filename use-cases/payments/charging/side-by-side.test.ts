import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system, type Actor } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { transact, type Context } from '../../context.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { eventually } from '#dev/client';
import { changeCollection } from '../../leases/change-collection.ts';
import { changePaymentMethod } from '../../leases/change-payment-method.ts';
import { openAttempt } from './open-attempt.ts';
import { addPaymentMethod, deletePaymentMethod } from '../methods/payment-methods.ts';
import { postPayment } from '../post-payment.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** What happens to one lease in the same moment, over more sessions than one. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig(unreachedMobileMoney);
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
const at = new Date('2026-02-10T09:00:00Z');
/** With each done twice more than there are connections, so that some wait for a lock and some for a connection. */
const AT_ONCE = 14;
const AMOUNT = 5_500;

const act = <T>(work: (context: Context) => Promise<T>) => transact(database.db, system('test'), at, work);

/** Handed over on 5 January; by `at` five weekly lines are due. */
async function runningLease() {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T08:00:00Z');
  return lease.id;
}

const recordOf = (leaseId: string) => database.db.transaction((tx) => lockLease(tx, leaseId));

it('payments that are posted to a lease each find what the one before left', async () => {
  const leaseId = await runningLease();
  const { paymentMethodId } = (await recordOf(leaseId)).row;
  const orders = Array.from({ length: AT_ONCE }, () => ({ leaseId, paymentMethodId, attemptId: uuidv7() }));
  await confirmedPayments(database.db, orders, AMOUNT, at);

  // Every one twice, as after a lost answer.
  await Promise.all([...orders, ...orders].map((order) => act((context) => postPayment(context, order))));

  const { row, lines } = await recordOf(leaseId);
  const paid = lines.map((line) => line.paid);
  expect(paid.reduce((sum, one) => sum + one, 0) + row.credit + row.feesPaid).toBe(AT_ONCE * AMOUNT);
  // Each line is full before the next gets anything.
  expect(lines.filter((line) => line.paid > 0 && line.paid < line.amount).length).toBeLessThanOrEqual(1);
  expect(paid).toEqual(paid.toSorted((a, b) => b - a));
});

it('what is due is prompted for once, however many ask and however often', async () => {
  const leaseId = await runningLease();
  const orders = Array.from({ length: AT_ONCE }, () => uuidv7()).map(
    (attemptId) => ({ attemptId, leaseId, kind: 'instalment', method: 0 }) as const,
  );

  const opened = await Promise.all(
    [...orders, ...orders].map((order) => act((context) => openAttempt(context, deps, order))),
  );

  const stored = (await database.db.select().from(attempts).where(eq(attempts.leaseId, leaseId))).filter(
    ({ kind }) => kind === 'instalment',
  );
  expect(stored.map(({ amount, status }) => [amount, status])).toEqual([[50_000, 'pending']]);
  // Both askers of that one got it, and nobody else anything.
  expect(opened.filter((row) => row !== null).map(({ id }) => id)).toEqual([stored[0]?.id, stored[0]?.id]);
});

it('money that came by itself is taken back while it is given again: one waits for the other', async () => {
  const leaseId = await runningLease();
  const id = uuidv7();
  const receipt = id.toUpperCase();
  const facts = { provider: 'mtn', receipt, payerMasked: '+2567*****001', amount: AMOUNT } as const;
  const known = { market: 'UG', account: 'X', currency: 'UGX', status: 'announced', paidAt: at } as const;
  await database.db.insert(inbound).values({ id, ...facts, ...known });
  const money = { kind: 'inbound', paymentId: id, ...facts, fromSuspense: false } as const;
  const give = () => act((context) => receiveMoney(context, config, { leaseId, money }));
  await give();
  const admin: Actor = { role: 'admin', id: uuidv7() };
  const waiting = sql<number>`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  let again: Promise<unknown> = Promise.resolve();
  await transact(database.db, admin, at, async (context) => {
    await lockLease(context.tx, leaseId);
    // Its workflow lost the answer, and gives it once more.
    again = give().then(
      () => 'given',
      (error: unknown) => (error instanceof Problem ? error.code : String(error)),
    );
    await eventually('it to wait', async () => (await database.db.execute<{ n: number }>(waiting))[0]?.n || undefined);
    await reversePayment(context, { leaseId, attemptId: id, reason: 'another lease’s', to: 'suspense' });
  });
  expect(await again).toBe('conflict');
  const [item] = await database.db.select().from(inbound).where(eq(inbound.id, id));
  expect(item).toMatchObject({ status: 'suspense', leaseId: null });
});

function latch() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const chooses = {
  'charged first': (context: Context, leaseId: string, paymentMethodId: string) =>
    changePaymentMethod(context, { leaseId, paymentMethodId }),
  'charged in order': (context: Context, leaseId: string, paymentMethodId: string) =>
    changeCollection(context, { leaseId, paymentMethodIds: [paymentMethodId], quietHours: null }),
};

it.each([
  ['charged first', 'chosen'],
  ['charged first', 'removed'],
  ['charged in order', 'chosen'],
  ['charged in order', 'removed'],
] as const)(
  'a payment method that is to be %s and is removed at the same moment is one or the other: %s',
  async (how, first) => {
    const leaseId = await runningLease();
    const { customerId, paymentMethodId: usual } = (await recordOf(leaseId)).row;
    const phone = `+25677${String(Date.now()).slice(-7)}`;
    const { id } = await act((context) =>
      addPaymentMethod(context, deps.encryption, customerId, { provider: 'mtn', phone }),
    );
    const chosen = async (context: Context) => void (await chooses[how](context, leaseId, id));
    const removed = (context: Context) => deletePaymentMethod(context, customerId, id);
    const [one, other] = first === 'chosen' ? [chosen, removed] : [removed, chosen];
    const [done, commits] = [latch(), latch()];
    const earlier = act(async (context) => {
      await one(context);
      done.open();
      await commits.opened;
    });
    await Promise.race([done.opened, earlier]);
    // It waits for the first one, or has not looked whether there is one.
    const later = act(other).then(
      () => 'done',
      (error: unknown) => (error instanceof Problem ? error.code : error),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    commits.open();
    await earlier;
    expect(await later).toBe(first === 'chosen' ? 'payment_method_in_use' : 'unprocessable');
    expect((await recordOf(leaseId)).row.paymentMethodId).toBe(first === 'chosen' ? id : usual);
  },
);

it('a payment method that was charged second and becomes the first changes places', async () => {
  const leaseId = await runningLease();
  const { customerId, paymentMethodId: usual } = (await recordOf(leaseId)).row;
  const phone = `+25678${String(Date.now()).slice(-7)}`;
  const { id } = await act((context) =>
    addPaymentMethod(context, deps.encryption, customerId, { provider: 'mtn', phone }),
  );
  await act((context) => changeCollection(context, { leaseId, paymentMethodIds: [usual, id], quietHours: null }));
  await act((context) => changePaymentMethod(context, { leaseId, paymentMethodId: id }));
  expect((await recordOf(leaseId)).row).toMatchObject({ paymentMethodId: id, backupMethodIds: [usual] });
});
