import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { tellOutcome } from '#use-cases/payments/outcomes/tell-outcome';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { attempts, leases } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { addDays, localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import { money } from '#domain/money';
import { createFleet, startFleet } from '#test/fleet';
import { confirmedPayments } from '#test/lease-books';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { booksChanged, currentStanding, moneyArrived } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

let serial = 0;

/** A running lease whose workflow believes something that the books do not say. */
async function believing(wrong: Partial<Standing>) {
  const { db } = platform.database;
  serial += 1;
  const payer = { provider: 'mtn', market: 'UG', phone: `+25677555${1_000 + serial}00` } as const;
  const [lease] = await createFleet(db, platform.config, [payer], undefined, `LOOK${serial}L`);
  if (lease === undefined) throw new Error('there is no lease');
  const { state } = lease;
  const { standing: books } = state;
  await startFleet(platform.temporal, platform.config, [
    { ...lease, state: { ...state, standing: { ...books, ...wrong } } },
  ]);
  const id = state.application.leaseId;
  return { id, books, handle: platform.temporal.workflow.getHandle(`lease-${id}`) };
}

describe.concurrent('what the lease knows of its money', () => {
  it('is not overwritten by what was read before it', async () => {
    const { books, handle } = await believing({ version: 1_000, outstanding: 5 });
    await handle.signal(booksChanged);
    await eventually('the books read', async () => {
      const { events } = await handle.fetchHistory();
      return events?.some(({ activityTaskCompletedEventAttributes: done }) => done) === true ? true : undefined;
    });
    expect(await handle.query(currentStanding)).toMatchObject({ version: 1_000, outstanding: 5 });
    expect(books.outstanding).toBeGreaterThan(5);
  });

  it('is overwritten by what was read after it', async () => {
    const { books, handle } = await believing({ version: 0, outstanding: 5 });
    await handle.signal(booksChanged);
    await eventually('the books believed', async () =>
      (await handle.query(currentStanding))?.outstanding === books.outstanding ? true : undefined,
    );
  });

  it('a step that changes nothing is taken ever more rarely, and somebody is told', async () => {
    const yesterday = addDays(localDateAt(Date.now(), 'UG'), -1);
    const { id, handle } = await believing({ version: 1_000, status: 'paused', pausedUntil: yesterday });
    const kinds = async () => {
      const { data } = await staff.agent.get('/v1/cases', { query: { leaseId: id } });
      return data.map(({ kind }) => kind);
    };
    await hoursLater(platform, id, 6);
    expect(await kinds()).toEqual([]);
    await hoursLater(platform, id, 42);
    expect(await kinds()).toEqual(['step_without_effect']);
    const { events } = await handle.fetchHistory();
    const taken = events?.filter(
      ({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === 'resumeLease',
    );
    // 1, 2, 4 … 256 minutes, and then every six hours.
    expect(taken?.length).toBeGreaterThanOrEqual(12);
    expect(taken?.length).toBeLessThanOrEqual(17);
  });
});

/** Somebody whose deposit nobody can tell of, and a phone of his that pays. */
async function inDoubt() {
  const customer = await newCustomer(platform, { digits: '023' });
  const { client } = customer;
  const { id, deposit } = await leaseIn('awaiting_deposit', customer, staff);
  const unknown = (count: number) =>
    eventually(`${count} unknown payments`, async () => {
      const { data } = await client.get('/v1/payments', { query: { leaseId: id } });
      const all = data.filter(({ status }) => status === 'unknown');
      return all.length === count ? all : undefined;
    });
  const [doubted] = await unknown(1);
  if (doubted === undefined) throw new Error('nothing is in doubt');
  const settles = (attemptId: string, final: Parameters<typeof recordOutcome>[2]) =>
    transact(platform.deps.db, system('test'), new Date(), (context) => recordOutcome(context, attemptId, final));
  const isPaid = () => leaseThat(client, id, 'paid', ({ status }) => status === 'awaiting_handover');
  return { customer, id, deposit, doubted, unknown, settles, isPaid };
}

const addPhone = async ({ client }: Customer, digits: string) => {
  const { phone } = await newCustomer(platform, { digits, verified: false });
  return (await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } })).id;
};

describe.concurrent('a deposit in doubt', () => {
  it('that turns out not to be paid is asked for again at once, as soon as it is known', async () => {
    const { customer, id, doubted, settles, isPaid } = await inDoubt();
    const paymentMethodId = await addPhone(customer, '100');
    await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
    const failed = await settles(doubted.id, { state: 'failed', reason: 'expired', detail: 'EXPIRED' });
    await tellOutcome(platform.deps, id, failed);
    await isPaid();
  });

  it('does not keep another payment from being asked about in time', async () => {
    const { customer, id, deposit, doubted, unknown, settles, isPaid } = await inDoubt();
    const paymentMethodId = await addPhone(customer, '023');
    await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: deposit, paymentMethodId } });
    const second = (await unknown(2)).find((one) => one.id !== doubted.id);
    // The provider has confirmed it, and nobody has told the lease.
    await settles(second?.id ?? '', {
      state: 'succeeded',
      receipt: randomUUID(),
      amount: money(deposit.amount, 'UGX'),
    });
    await hoursLater(platform, id, 7);
    await isPaid();
  });
});

it('money that was told before it was there is booked when it is told again', async () => {
  const { db } = platform.database;
  const { id: leaseId, books, handle } = await believing({});
  const [row] = await db.select().from(leases).where(eq(leases.id, leaseId));
  const attemptId = randomUUID();
  const isIts = eq(attempts.id, attemptId);
  await confirmedPayments(db, [{ leaseId, paymentMethodId: row?.paymentMethodId ?? '', attemptId }], 5_000, new Date());
  // As after a failover to a database that had not heard of it yet.
  await db.update(attempts).set({ status: 'pending' }).where(isIts);
  await handle.signal(moneyArrived, { attemptId });
  await eventually('the books looked at', async () => {
    const { events } = await handle.fetchHistory();
    return events?.some(({ activityTaskCompletedEventAttributes: done }) => done) === true ? true : undefined;
  });
  await db.update(attempts).set({ status: 'succeeded' }).where(isIts);
  await tellOutcome(platform.deps, leaseId, { status: 'succeeded', attemptId });
  await eventually('the money booked', async () =>
    (await handle.query(currentStanding))?.outstanding === books.outstanding - 5_000 ? true : undefined,
  );
});
