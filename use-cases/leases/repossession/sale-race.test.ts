import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, demands, inbound, repossessions, vehicles } from '#db/schema/index';
import { eventually } from '#dev/client';
import { localDate } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config } from '#test/late-money';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { transact, type Context } from '../../context.ts';
import { giveFromSuspense } from '../../payments/suspense/resolve-suspense.ts';
import { putIntoSuspense } from '../../payments/inbound/place-inbound.ts';
import { postPayment } from '../../payments/post-payment.ts';
import { receiveMoney } from '../../payments/cash/receive-money.ts';
import { sellVehicle } from '../../payments/sale/sell-vehicle.ts';
import { advanceAsPaid } from '../advance-lease.ts';
import { changeStatus } from '../change-status.ts';
import { repossessVehicle } from '../repossess-vehicle.ts';
import { redeemVehicle } from './redeem-vehicle.ts';

/** A vehicle that was taken back is sold, and paid for or redeemed, in the same moment: one of them is, whichever came first. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const agent: Actor = { role: 'agent', id: randomUUID() };
const admin: Actor = { role: 'admin', id: randomUUID() };
const SALE_DAY = '2026-05-09T07:00:00Z';
/** What is owed of ten weekly lines of 10,000 with a markup of 20 %, when it is taken back on 10 March. */
const OWED = 98_334;
const PROCEEDS = 200_000;

type Doing = (context: Context) => Promise<unknown>;

async function demanded() {
  const lease = await bookLease(database, config, { plan: { ...weeklyPlan, lateFee: null } });
  await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.at('2026-01-20T07:00:00Z', (context) => changeStatus(context, { leaseId: lease.id, to: 'in_arrears' }));
  await transact(database.db, agent, new Date('2026-03-10T07:00:00Z'), (context) =>
    repossessVehicle(context, { leaseId: lease.id, reason: 'does not pay', noticeOn: '2026-02-20' }),
  );
  const { customerId } = await lease.row();
  const days = { demandedOn: localDate('2026-03-10'), until: localDate('2026-05-09') };
  const paper = { language: 'en', code: randomUUID(), sha256: 'a', signature: 'a', keyId: 'a' } as const;
  const said = {
    kind: 'redemption',
    currency: 'UGX',
    amount: OWED,
    createdAt: new Date('2026-03-10T07:00:00Z'),
  } as const;
  await database.db.insert(demands).values({ id: uuidv7(), leaseId: lease.id, customerId, ...said, ...days, ...paper });
  return lease;
}
type Lease = Awaited<ReturnType<typeof demanded>>;

const sells =
  ({ id: leaseId }: Lease): Doing =>
  (context) =>
    sellVehicle(context, {
      leaseId,
      saleId: leaseId,
      proceeds: PROCEEDS,
      costs: 0,
      buyer: 'buyer',
      reference: 'Auction 7',
    });
const redeems =
  ({ id: leaseId }: Lease): Doing =>
  (context) =>
    redeemVehicle(context, { leaseId });

/** All that is owed, as it may become known at any moment. */
const pays = {
  cash: (lease: Lease) => {
    const cash = {
      kind: 'cash',
      paymentId: uuidv7(),
      amount: OWED,
      agentId: agent.id,
      receiptNumber: randomUUID(),
    } as const;
    return async (context: Context) =>
      advanceAsPaid(context, lease.id, await receiveMoney(context, config, { leaseId: lease.id, money: cash }));
  },
  'a charge that was taken for failed': async (lease: Lease) => {
    const [id, at] = [uuidv7(), new Date(SALE_DAY)];
    const charge = {
      id,
      leaseId: lease.id,
      kind: 'instalment',
      due: `pay-${id}`,
      provider: 'mtn',
      payerMasked: '+',
    } as const;
    const asked = {
      amount: OWED,
      currency: 'UGX',
      paymentMethodId: lease.methodId,
      sent: true,
      requestedAt: at,
    } as const;
    await database.db.insert(attempts).values({ ...charge, ...asked, status: 'failed' });
    return async (context: Context) => {
      const paid = { status: 'succeeded', settledAt: context.at, providerReference: id } as const;
      await context.tx.update(attempts).set(paid).where(eq(attempts.id, id));
      return advanceAsPaid(context, lease.id, await postPayment(context, { leaseId: lease.id, attemptId: id }));
    };
  },
  'what waited in suspense': async (lease: Lease) => {
    const [inboundId, paymentId] = [uuidv7(), uuidv7()];
    const paid = {
      provider: 'mtn',
      receipt: inboundId,
      payerMasked: '+',
      amount: OWED,
      paidAt: new Date(SALE_DAY),
    } as const;
    const known = { market: 'UG', account: 'X', currency: 'UGX', status: 'announced' } as const;
    await database.db.insert(inbound).values({ id: inboundId, ...paid, ...known });
    await putIntoSuspense(database, { inboundId, at: new Date(SALE_DAY) });
    return (context: Context) => giveFromSuspense(context, config, { inboundId, leaseId: lease.id, paymentId });
  },
};

const act = (work: Doing) => transact(database.db, admin, new Date(SALE_DAY), work);
const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : String(error));
const waiting = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;

/** The other begins when the first has done all but its commit, and has to wait for that. @returns what the other was told */
async function meet(first: Doing, other: Doing): Promise<unknown> {
  let told: Promise<unknown> = Promise.resolve();
  await act(async (context) => {
    await first(context);
    told = act(other).then(() => 'done', codeOf);
    await eventually(
      'the other to wait',
      async () => (await database.db.execute<{ n: number }>(waiting))[0]?.n || undefined,
    );
  });
  return told;
}

async function stateOf({ id, row, balances }: Lease) {
  const { vehicleId, status, recovered, credit, disputed } = await row();
  const [kept] = await database.db.select().from(repossessions).where(eq(repossessions.leaseId, id));
  const [vehicle] = await database.db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  const held = await balances();
  const inAll = [...held.values()].reduce((sum, one) => sum + one, 0);
  const unapplied = held.get('unapplied') ?? 0;
  expect([status, inAll, unapplied + credit, held.get('sale') ?? 0, disputed]).toEqual(['repossessed', 0, 0, 0, 0]);
  return { kept: kept?.status, vehicle: vehicle?.status, recovered, credit };
}

const redeemed = { kept: 'redeemed', vehicle: 'sold', recovered: OWED, credit: 0 };

describe.each(Object.entries(pays))('by %s', (_way, paid) => {
  it('is not sold where that was first, and is redeemed', async () => {
    const lease = await demanded();
    expect(await meet(await paid(lease), sells(lease))).toBe('invalid_state');
    expect(await stateOf(lease)).toEqual({ kept: 'held', vehicle: 'maintenance', recovered: OWED, credit: 0 });
    await act(redeems(lease));
    expect(await stateOf(lease)).toEqual(redeemed);
  });

  it('is sold where the sale was first, and all that comes is his', async () => {
    const lease = await demanded();
    expect(await meet(sells(lease), await paid(lease))).toBe('done');
    // What is owed is paid once, by the sale.
    expect(await stateOf(lease)).toEqual({ kept: 'sold', vehicle: 'sold', recovered: OWED, credit: PROCEEDS });
    await expect(act(redeems(lease))).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

it('is sold or redeemed once, where both are asked for when it is paid', async () => {
  const lease = await demanded();
  await act(pays.cash(lease));
  expect(await meet(redeems(lease), sells(lease))).toBe('invalid_state');
  expect(await stateOf(lease)).toEqual(redeemed);
});

it('has one end, however many ask for each at once', async () => {
  const lease = await demanded();
  const [cash, item] = [pays.cash(lease), await pays['what waited in suspense'](lease)];
  const asked = [sells(lease), cash, redeems(lease), item, sells(lease), redeems(lease), cash, item];
  const ends = await Promise.all(asked.map((one) => act(one).then(() => 'done', codeOf)));
  expect([...new Set(ends)].toSorted()).toEqual(expect.arrayContaining(['done']));
  expect(
    ends.filter((one) => !['done', 'invalid_state', 'receipt_conflict', 'conflict'].includes(String(one))),
  ).toEqual([]);
  // Both payments came, and the sale or none.
  const { kept, vehicle, recovered, credit } = await stateOf(lease);
  const isSold = kept === 'sold';
  expect([recovered, credit]).toEqual([OWED, isSold ? PROCEEDS + OWED : OWED]);
  expect(['held:maintenance', 'redeemed:sold', 'sold:sold']).toContain(`${kept}:${vehicle}`);
});
