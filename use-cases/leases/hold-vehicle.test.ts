import { and, eq, isNull, ne } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holds, leases, outbox, upgrades, vehicles, waiting } from '#db/schema/index';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { config } from '#test/late-money';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { transact } from '../context.ts';
import { runSweeps } from '../upkeep/run-sweeps.ts';
import { moveQueues } from '../vehicles/pass-on.ts';
import { dissolveQueue } from '../vehicles/dissolve-queue.ts';
import { retireVehicle } from '../vehicles/retire-vehicle.ts';
import { stopWaiting, waitForVehicle } from '../vehicles/wait-for-vehicle.ts';
import { endApplication } from './end-lease.ts';
import { extendHold } from './extend-hold.ts';
import { holdForLater } from '../vehicles/take-hold.ts';
import { releaseVehicle } from '../vehicles/release-vehicle.ts';
import { holdVehicle } from './hold-vehicle.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const on = (day: number) => `2026-02-${String(day).padStart(2, '0')}T07:00:00Z`;

/** Customers who want one vehicle: RESERVE_CUSTOMERS=1000 for as many as the issue of reservations asks for. */
const MANY = Number(process.env['RESERVE_CUSTOMERS'] ?? 40);

/** A customer's application for a vehicle, with an offer. */
async function offered(vehicleId?: string, customerId?: string) {
  const lease = await bookLease(database, config, customerId === undefined ? {} : { customerId });
  const wish = vehicleId === undefined ? {} : { vehicleId };
  await database.db
    .update(leases)
    .set({ status: 'offered', ...wish })
    .where(eq(leases.id, lease.id));
  const row = await lease.row();
  await database.db.update(vehicles).set({ status: 'available' }).where(eq(vehicles.id, row.vehicleId));
  return {
    ...row,
    at: lease.at,
    holds: (day: number) =>
      lease.at(on(day), (context) => holdVehicle(context, { leaseId: row.id, until: on(day + 2) })),
    letsGo: (day: number) =>
      lease.at(on(day), (context) => endApplication(context, { leaseId: row.id, as: 'withdrawn', reason: 'another' })),
  };
}

it('a customer who lets a vehicle go twice waits for a week before he holds it again, and nobody else does', async () => {
  const first = await offered();
  await first.holds(1);
  await first.letsGo(2);
  const { vehicleId, customerId } = first;
  // The second time for an exchange.
  const leaseId = uuidv7();
  const later = { customerId, vehicleId, leaseId, until: new Date(on(6)) };
  const { id: old, paymentMethodId, plan, currency, price, deposit, instalment } = first;
  const terms = { paymentMethodId, plan, currency, price, deposit, instalment, total: price };
  const sums = { tradeIn: 1_000, settlement: 1_000, payout: 0 };
  const [createdAt, endedAt] = [new Date(on(3)), new Date(on(5))];
  const times = { expiresAt: endedAt, createdAt, updatedAt: createdAt, endedAt };
  const exchange = {
    id: uuidv7(),
    leaseId: old,
    newLeaseId: leaseId,
    customerId,
    vehicleId,
    ...terms,
    ...sums,
    ...times,
  };
  await database.db.insert(upgrades).values({ ...exchange, status: 'cancelled' });
  await first.at(on(4), (context) => holdForLater(context, later));
  await first.at(on(5), (context) => releaseVehicle(context, { leaseId, vehicleId }, 'upgrade cancelled'));

  const again = await offered(vehicleId, customerId);
  const refused = { code: 'held_before', message: expect.stringContaining('2026-02-12T07:00') };
  await expect(again.holds(6)).rejects.toMatchObject(refused);
  const other = await offered(vehicleId);
  await other.holds(7);
  await other.letsGo(8);
  const elsewhere = await offered(undefined, customerId);
  expect(await elsewhere.holds(7)).toMatchObject({ status: 'reserved' });
  expect(await again.holds(12)).toMatchObject({ status: 'reserved' });
});

it('whoever holds a vehicle himself is told that, and until when, and is shown no other one', async () => {
  const first = await offered();
  const again = await offered(first.vehicleId, first.customerId);
  await first.holds(1);
  await expect(again.holds(1)).rejects.toMatchObject({
    code: 'vehicle_unavailable',
    message: expect.stringMatching(/^You hold this vehicle already .*until 2026-02-03T07:00/),
  });
});

it('of many customers who take one vehicle at once one has it, and the others are told of the next best', async () => {
  const { db } = database;
  const wanted = await offered();
  const dearer = await offered();
  const nearest = await offered();
  await db.update(vehicles).set({ price: 90_000_000 }).where(eq(vehicles.id, dearer.vehicleId));
  await db
    .update(vehicles)
    .set({ price: wanted.price + 1 })
    .where(eq(vehicles.id, nearest.vehicleId));
  const isOther = and(ne(vehicles.id, wanted.vehicleId), ne(vehicles.id, nearest.vehicleId));
  const many = [wanted];
  while (many.length < MANY) many.push(await offered(wanted.vehicleId));
  await db
    .update(vehicles)
    .set({ status: 'maintenance' })
    .where(and(isOther, ne(vehicles.id, dearer.vehicleId)));
  // Whoever waits too long for a connection is told to come again, and does.
  const takes = async (one: (typeof many)[number]): Promise<unknown> => {
    try {
      return await one.holds(20);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'CONNECT_TIMEOUT') return takes(one);
      throw error;
    }
  };
  const outcomes = await Promise.allSettled(many.map(takes));
  const refused = outcomes.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused).toHaveLength(MANY - 1);
  const named = [nearest, dearer].map(({ vehicleId }) => ({
    path: 'vehicleId',
    message: expect.stringContaining(vehicleId),
  }));
  for (const problem of refused)
    expect(problem).toMatchObject({
      code: 'vehicle_unavailable',
      message: expect.stringContaining(nearest.vehicleId),
      errors: named,
    });
  const open = and(eq(holds.vehicleId, wanted.vehicleId), isNull(holds.releasedAt));
  expect(await db.$count(holds, open)).toBe(1);
  expect(await db.$count(leases, and(eq(leases.vehicleId, wanted.vehicleId), eq(leases.status, 'reserved')))).toBe(1);
}, 300_000);

describe('the queue of a vehicle that is reserved', () => {
  const now = () => new Date();
  const later = () => new Date(Date.now() + 25 * 3_600_000);
  const move = (at = later()) => moveQueues(database.db, at, () => {});
  const statusOf = async (vehicleId: string) =>
    (await database.db.select({ status: vehicles.status }).from(vehicles).where(eq(vehicles.id, vehicleId)))[0]?.status;
  const queue = async (vehicleId: string) =>
    (await database.db.select().from(waiting).where(eq(waiting.vehicleId, vehicleId)).orderBy(waiting.id)).map(
      ({ status }) => status,
    );
  const as = (customerId: string) => ({ role: 'customer', id: customerId }) as const;

  /** A vehicle that somebody holds, for which others with an offer wait in this order. */
  async function queued(count: number) {
    const holder = await offered();
    await holder.holds(1);
    const { vehicleId } = holder;
    const others = [];
    for (let i = 0; i < count; i += 1) {
      const other = await offered(vehicleId);
      await database.db.update(vehicles).set({ status: 'reserved' }).where(eq(vehicles.id, vehicleId));
      const { customerId } = other;
      await transact(database.db, as(customerId), now(), (context) =>
        waitForVehicle(context, { vehicleId, customerId }),
      );
      const leaves = () =>
        transact(database.db, as(customerId), now(), (context) => stopWaiting(context, { vehicleId, customerId }));
      others.push({ ...other, leaves });
    }
    return { holder, vehicleId, others };
  }

  it('passes a turn on also while Temporal does not answer: no sweep waits for another', async () => {
    const { holder, vehicleId } = await queued(1);
    await holder.letsGo(1);
    await database.db
      .update(waiting)
      .set({ until: new Date(0) })
      .where(eq(waiting.vehicleId, vehicleId));
    const temporal = await connectTemporal(config);
    await temporal.connection.close();
    const { db } = database;
    const swept = runSweeps({ db, temporal, config, log: createLogger('test', 'silent') }, () => {});
    await expect(swept).rejects.toThrow();
    expect(await queue(vehicleId)).toEqual(['missed']);
  });

  it('gives the first his turn alone, then the next, then everybody', async () => {
    const { holder, vehicleId, others } = await queued(2);
    const [first, second] = others;
    const stranger = await offered(vehicleId);
    await database.db.update(vehicles).set({ status: 'reserved' }).where(eq(vehicles.id, vehicleId));
    await holder.letsGo(1);
    expect([await statusOf(vehicleId), await queue(vehicleId)]).toEqual(['reserved', ['called', 'waiting']]);
    for (const one of [second, stranger])
      await expect(one?.holds(1)).rejects.toMatchObject({ code: 'vehicle_unavailable' });
    expect(await move(now())).toBe(0);
    expect((await Promise.all([move(), move(), move()])).reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(await queue(vehicleId)).toEqual(['missed', 'called']);
    await expect(first?.holds(1)).rejects.toMatchObject({ code: 'vehicle_unavailable' });
    await second?.leaves();
    expect([await statusOf(vehicleId), await queue(vehicleId)]).toEqual(['available', ['missed', 'left']]);
    await stranger.holds(1);
    expect(await statusOf(vehicleId)).toBe('reserved');
  });

  it('has him take it in his turn, or the next one be called, whichever comes first, and never both', async () => {
    const { holder, vehicleId, others } = await queued(2);
    await holder.letsGo(1);
    const [took] = await Promise.allSettled([others[0]?.holds(1), move(), others[1]?.holds(1)]);
    const held = await database.db.$count(holds, and(eq(holds.vehicleId, vehicleId), isNull(holds.releasedAt)));
    if (took.status === 'fulfilled') {
      expect([held, await queue(vehicleId)]).toEqual([1, ['taken', 'waiting']]);
    } else {
      expect(await queue(vehicleId)).toEqual(['missed', held === 1 ? 'taken' : 'called']);
    }
    expect(await statusOf(vehicleId)).toBe('reserved');
  });

  it('ends by itself, whoever comes back to it, and an admin ends it before', async () => {
    const { holder, vehicleId, others } = await queued(2);
    const [first, second] = others;
    const waits = (one: { readonly customerId: string } | undefined) => {
      const customerId = one?.customerId ?? '';
      return transact(database.db, as(customerId), now(), (context) =>
        waitForVehicle(context, { vehicleId, customerId }),
      );
    };
    await holder.letsGo(1);
    await first?.leaves();
    await expect(waits(first)).rejects.toMatchObject({ code: 'invalid_state' });
    const by = (role: 'agent' | 'admin') =>
      transact(database.db, { role, id: uuidv7() }, now(), (context) => retireVehicle(context, vehicleId));
    await expect(by('agent')).rejects.toMatchObject({ code: 'forbidden' });
    await second?.leaves();
    expect(await statusOf(vehicleId)).toBe('available');
    // Behind the next hold he may wait once more, and then a week passes.
    const holdsNext = async () => {
      const next = await offered(vehicleId);
      await next.holds(1);
      return next;
    };
    const next = await holdsNext();
    await waits(first);
    await next.letsGo(1);
    await expect(by('agent')).rejects.toMatchObject({ code: 'forbidden' });
    await first?.leaves();
    await holdsNext();
    await expect(waits(first)).rejects.toMatchObject({ code: 'held_before' });
    await expect(by('admin')).rejects.toMatchObject({ code: 'invalid_state' });
    const third = await offered();
    await waits(third);
    const isOpen = and(eq(holds.vehicleId, vehicleId), isNull(holds.releasedAt));
    const [{ leaseId } = { leaseId: '' }] = await database.db.select().from(holds).where(isOpen);
    await transact(database.db, as(uuidv7()), now(), (context) =>
      releaseVehicle(context, { leaseId, vehicleId }, 'another'),
    );
    await by('admin');
    expect([await statusOf(vehicleId), (await queue(vehicleId)).at(-1)]).toEqual(['retired', 'gone']);
  });

  it('takes nobody for whose exchange the vehicle is held', async () => {
    const { vehicleId, customerId, id: old, paymentMethodId, plan, at } = await offered();
    const newLeaseId = uuidv7();
    const sums = { currency: 'UGX', price: 1_000, tradeIn: 1_000, settlement: 0, payout: 0 } as const;
    const terms = { ...sums, paymentMethodId, plan, deposit: 100, instalment: 100, total: 1_000 };
    const [createdAt, expiresAt] = [new Date(on(1)), new Date(on(6))];
    const whose = { id: uuidv7(), leaseId: old, newLeaseId, customerId, vehicleId, status: 'approved' } as const;
    await database.db.insert(upgrades).values({ ...whose, ...terms, createdAt, updatedAt: createdAt, expiresAt });
    const hold = { customerId, vehicleId, leaseId: newLeaseId, until: expiresAt };
    await at(on(1), (context) => holdForLater(context, hold));
    const waits = transact(database.db, as(customerId), now(), (context) =>
      waitForVehicle(context, { vehicleId, customerId }),
    );
    await expect(waits).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is told that its turn comes later where the hold is extended, which is a day then, and a week where nobody waits', async () => {
    const { holder, vehicleId, others } = await queued(2);
    const agent = { role: 'agent', id: uuidv7() } as const;
    const longerBy = (hours: number) => new Date(Date.parse(on(3)) + hours * 3_600_000);
    const keeps = (one: typeof holder, hours: number) =>
      transact(database.db, agent, new Date(on(2)), (context) =>
        extendHold(context, {
          leaseId: one.id,
          hours,
          until: longerBy(hours).toISOString(),
          reason: 'comes on Friday',
        }),
      );
    const refused = { code: 'extension_refused', message: expect.stringContaining('by 24 hours more: 2 wait') };
    await expect(keeps(holder, 25)).rejects.toMatchObject(refused);
    expect(await keeps(holder, 10)).toMatchObject({
      status: 'reserved',
      holdExtendedUntil: longerBy(10).toISOString(),
    });
    const told = await database.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.subject, vehicleId), eq(outbox.type, 'vehicle.queue.delayed')));
    expect(told.map(({ data }) => data)).toMatchObject(
      others.map(({ customerId }) => ({ vehicleId, customerId, hours: 10 })),
    );
    await expect(keeps(holder, 15)).rejects.toMatchObject({ code: 'extension_refused' });
    for (const other of others) await other.leaves();
    await keeps(holder, 158);
    await expect(keeps(holder, 1)).rejects.toMatchObject({ code: 'extension_refused' });
    const [hold] = await database.db.select().from(holds).where(eq(holds.leaseId, holder.id));
    expect(hold).toMatchObject({ extendedHours: 168, expiresAt: longerBy(168) });
    // Its deadline was looked at on the way: it lapses when the extension is over, and not before.
    const lapses = (day: number) =>
      holder.at(on(day), (context) =>
        endApplication(context, { leaseId: holder.id, as: 'lapsed', reason: 'late', stage: 'reserved' }),
      );
    expect(await lapses(9)).toMatchObject({ status: 'reserved' });
    expect(await lapses(10)).toMatchObject({ status: 'lapsed' });
    await expect(keeps(holder, 1)).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it('is over when the vehicle is handed over', async () => {
    const { vehicleId } = await queued(2);
    await transact(database.db, as(uuidv7()), now(), (context) => dissolveQueue(context, vehicleId));
    expect(await queue(vehicleId)).toEqual(['gone', 'gone']);
    const isTold = and(eq(outbox.subject, vehicleId), eq(outbox.type, 'vehicle.queue.gone'));
    expect(await database.db.$count(outbox, isTold)).toBe(2);
  });

  it('takes nobody for a vehicle that is free, or that he holds himself, and each once', async () => {
    const { holder, vehicleId, others } = await queued(1);
    const waits = (customerId: string, id = vehicleId) =>
      transact(database.db, as(customerId), now(), (context) => waitForVehicle(context, { vehicleId: id, customerId }));
    await expect(waits(holder.customerId)).rejects.toMatchObject({ code: 'conflict' });
    const again = others[0]?.customerId ?? '';
    await waits(again);
    expect(await queue(vehicleId)).toEqual(['waiting']);
    const free = await offered();
    await expect(waits(again, free.vehicleId)).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

it('two agents who extend a hold at the same moment extend it by both', async () => {
  const lease = await offered();
  await lease.holds(1);
  await database.db.update(leases).set({ status: 'reserved' }).where(eq(leases.id, lease.id));
  // Each knows of the hold as it was before the other.
  const extend = (hours: number) =>
    lease.at(on(2), (context) => {
      const until = new Date(Date.parse(on(3)) + hours * 3_600_000).toISOString();
      return extendHold(context, { leaseId: lease.id, hours, reason: 'he comes tomorrow', until });
    });
  await extend(48);
  await extend(2);
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  expect(row?.holdExtendedUntil).toEqual(new Date(Date.parse(on(3)) + 50 * 3_600_000));
});
