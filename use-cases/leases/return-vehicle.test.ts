import { and, eq } from 'drizzle-orm';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLeaseStatement } from '#db/queries/statements';
import { cases, vehicles } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { closeCase } from '../cases/close-case.ts';
import { transact } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { pauseLease } from './pause-lease.ts';
import { quoteSettlement } from './settle-early.ts';
import { updateVehicle } from '../vehicles/update-vehicle.ts';
import { returnVehicle } from './return-vehicle.ts';

/** Ten weekly lines of 10,000 from 12 January on, after a deposit of 20,000; grace two days, late fee 500. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const agent: Actor = { role: 'agent', id: randomUUID() };

async function handedOver() {
  const lease = await bookLease(database, testConfig());
  await lease.isCharged('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const returns = (at: string, actor: Actor = agent) =>
    transact(database.db, actor, new Date(at), (context) =>
      returnVehicle(context, { leaseId: lease.id, reason: 'moves away' }),
    );
  const balance = async (name: string) => (await lease.balances()).get(name) ?? 0;
  return { ...lease, returns, balance };
}

describe('a vehicle that is given back', () => {
  it('costs what is overdue with its fees, which is given up and recovered when it is paid', async () => {
    const lease = await handedOver();
    await lease.at('2026-01-22T09:00:00Z', (context) => chargeLateFees(context, { leaseId: lease.id }));
    // Lines of the 12th and the 19th, with the fee of each; the one of the 26th is due today and not overdue.
    await lease.at('2026-01-26T09:00:00Z', (context) => chargeLateFees(context, { leaseId: lease.id }));
    const standing = await lease.returns('2026-01-26T10:00:00Z');
    expect(standing).toMatchObject({ status: 'returned', outstanding: 20_000, feesDue: 1_000, credit: 0 });
    expect(await lease.row()).toMatchObject({ totalPrice: 40_000, oldestUnpaidOn: '2026-01-12' });
    expect(await lease.balance('receivable')).toBe(0);
    expect(await lease.balance('write_off')).toBe(21_000);
    // His statement says what the lease says: it is owed still.
    const owed = async () => (await readLeaseStatement(database.db, lease.id))?.entries.at(-1);
    expect(await owed()).toMatchObject({ kind: 'write_off', debit: 21_000, credit: 21_000, balance: 21_000 });

    await lease.isCharged('2026-02-02T09:00:00Z', 25_000);
    expect(await lease.row()).toMatchObject({ status: 'returned', recovered: 21_000, credit: 4_000 });
    expect(await lease.balance('recovery')).toBe(-21_000);
    expect(await owed()).toMatchObject({ kind: 'receipt', debit: 0, credit: 25_000, balance: -4_000 });
    const [vehicle] = await database.db
      .select()
      .from(vehicles)
      .where(eq(vehicles.id, (await lease.row()).vehicleId));
    expect(vehicle?.status).toBe('maintenance');
    const isInspection = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'vehicle_to_inspect'));
    const [inspect] = await database.db.select({ id: cases.id }).from(cases).where(isInspection);
    const offers = () =>
      transact(database.db, agent, new Date(), (context) =>
        updateVehicle(context, vehicle?.id ?? '', { status: 'available' }),
      );
    await expect(offers()).rejects.toMatchObject({ code: 'invalid_state' });
    const seen = { id: inspect?.id ?? '', resolution: 'nothing is broken' };
    await transact(database.db, agent, new Date(), (context) => closeCase(context, seen));
    expect(await offers()).toMatchObject({ status: 'available' });
  });

  it('gives back what was paid ahead, and leaves nothing owed', async () => {
    const lease = await handedOver();
    await lease.isCharged('2026-01-06T09:00:00Z', 35_000);
    const standing = await lease.returns('2026-01-20T10:00:00Z', { role: 'customer', id: lease.customerId });
    // Two lines of the 12th and the 19th are used; 15,000 of the 26th and after are not.
    expect(standing).toMatchObject({ status: 'returned', outstanding: 0, credit: 15_000 });
    expect(await lease.row()).toMatchObject({ totalPrice: 40_000, oldestUnpaidOn: null });
    expect(await lease.balance('unapplied')).toBe(-15_000);
    expect(await lease.balance('receivable')).toBe(0);
    expect(await lease.balance('write_off')).toBe(0);
    expect([...(await lease.balances()).values()].reduce((sum, one) => sum + one, 0)).toBe(0);
  });

  it('owes what was due before a pause, also during it', async () => {
    const lease = await handedOver();
    await transact(database.db, agent, new Date('2026-01-20T09:00:00Z'), (context) =>
      pauseLease(context, { leaseId: lease.id, kind: 'repair', days: 30 }),
    );
    expect(await lease.returns('2026-01-25T10:00:00Z')).toMatchObject({ status: 'returned', outstanding: 20_000 });
  });

  it('is an agent’s to take once the customer is late', async () => {
    const lease = await handedOver();
    await expect(
      lease.returns('2026-01-16T10:00:00Z', { role: 'customer', id: lease.customerId }),
    ).rejects.toMatchObject({ code: 'return_refused' });
    await lease.at('2026-01-16T11:00:00Z', (context) => changeStatus(context, { leaseId: lease.id, to: 'in_arrears' }));
    expect(await lease.returns('2026-01-16T12:00:00Z')).toMatchObject({ status: 'returned', outstanding: 10_000 });
  });

  it('waits while money may be there that pays for it', async () => {
    const lease = await handedOver();
    const attemptId = randomUUID();
    const order = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId };
    await confirmedPayments(database.db, [order], 5_000, new Date('2026-01-13T09:00:00Z'));
    await expect(lease.returns('2026-01-13T10:00:00Z')).rejects.toMatchObject({ code: 'invalid_state' });
    await lease.confirms('2026-01-13T11:00:00Z', attemptId);
    const quote = await lease.at('2026-01-13T12:00:00Z', (context) => quoteSettlement(context, { leaseId: lease.id }));
    expect(quote.amount).toBeGreaterThan(0);
    expect(await lease.returns('2026-01-13T13:00:00Z')).toMatchObject({ status: 'returned', outstanding: 5_000 });
  });
});
