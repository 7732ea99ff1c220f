import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { leaseWithLines } from '#db/queries/leases';
import { attempts, cases, demands, repossessions, vehicles } from '#db/schema/index';
import { addDays, localDate } from '#domain/calendar';
import { system, type Actor } from '#domain/identity/roles';
import { transact, type Context } from '#use-cases/context';
import { changeStatus } from '#use-cases/leases/change-status';
import { positionAt } from '#use-cases/leases/lease-record';
import { chargeCosts } from '#use-cases/leases/repossession/charge-costs';
import { redeemVehicle } from '#use-cases/leases/repossession/redeem-vehicle';
import { repossessVehicle } from '#use-cases/leases/repossess-vehicle';
import { markUnknown } from '#use-cases/payments/outcomes/mark-unknown';
import { openAttempt } from '#use-cases/payments/charging/open-attempt';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { sellVehicle } from '#use-cases/payments/sale/sell-vehicle';
import type { TestDatabase } from './database.ts';
import { config, deps } from './late-money.ts';
import { bookLease, weeklyPlan } from './lease-books.ts';

export const agent: Actor = { role: 'agent', id: randomUUID() };
export const admin: Actor = { role: 'admin', id: randomUUID() };
/** Ten in the morning of a day of 2026, `MM-DD`, in Kampala. */
export const morning = (day: string) => new Date(`2026-${day}T07:00:00Z`);

/**
 * Ten weekly lines of 10,000 from 12 January on after a deposit of 20,000, with a markup of 20 %. Nothing is paid but the deposit; the
 * vehicle is taken back on 10 March, with nine lines due, and may be sold 60 days after a demand: 98,334 are owed.
 */
export async function keptVehicle(database: TestDatabase) {
  const lease = await bookLease(database, config, { plan: { ...weeklyPlan, lateFee: null } });
  const { id: leaseId } = lease;
  const deposit = await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.at('2026-01-20T07:00:00Z', (context) => changeStatus(context, { leaseId, to: 'in_arrears' }));
  const as = <T>(actor: Actor, on: string | Date, work: (context: Context) => Promise<T>) =>
    transact(database.db, actor, typeof on === 'string' ? morning(on) : on, work);
  await as(agent, '03-10', (context) =>
    repossessVehicle(context, { leaseId, reason: 'does not pay', noticeOn: '2026-02-20' }),
  );
  const sale = { leaseId, saleId: randomUUID(), costs: 2_000, reference: 'Auction 7' } as const;
  const kept = async () => {
    const [row] = await database.db.select().from(repossessions).where(eq(repossessions.leaseId, leaseId));
    return row;
  };
  return {
    ...lease,
    as,
    /** The payment that the deposit is. */
    deposit,
    sale,
    kept,
    demand: async (day = '03-10', amount = 98_334) => {
      const { customerId, currency } = await lease.row();
      const demandedOn = localDate(`2026-${day}`);
      const days = { demandedOn, until: addDays(demandedOn, 60) };
      const paper = { language: 'en', code: randomUUID(), sha256: 'a', signature: 'a', keyId: 'a' } as const;
      const said = { leaseId, customerId, kind: 'redemption', currency, amount, createdAt: morning(day) } as const;
      const costs = (await kept())?.costs ?? null;
      await database.db.insert(demands).values({ id: randomUUID(), ...said, ...days, ...paper, costs });
    },
    sells: (day: string, proceeds: number, actor = admin, buyer: 'buyer' | 'house' = 'buyer') =>
      as(actor, day, (context) => sellVehicle(context, { ...sale, saleId: randomUUID(), proceeds, buyer })),
    costs: (day: string, amount: number, costsId: string = randomUUID()) =>
      as(agent, day, (context) => chargeCosts(context, { leaseId, costsId, amount, reason: 'towed' })),
    redeems: (day: string) => as(agent, day, (context) => redeemVehicle(context, { leaseId })),
    /** A provider takes a payment back, or a part of it. */
    takes: (day: string, attemptId: string, amount?: number) =>
      as(admin, day, (context) => {
        const part = amount === undefined ? {} : { amount, reversalId: randomUUID() };
        return reversePayment(context, { leaseId, attemptId, reason: 'chargeback', ...part });
      }),
    /** Its customer asks his phone to pay, and nobody hears of it. @returns the payment's id */
    asksInVain: async (day: string, amount: number) => {
      const attemptId = randomUUID();
      const order = { attemptId, leaseId, kind: 'pay', paymentMethodId: lease.methodId, amount } as const;
      await as(system('test'), day, (context) => openAttempt(context, deps, order));
      await as(system('test'), day, ({ tx }) =>
        tx.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId)),
      );
      await as(system('test'), day, (context) => markUnknown(context, { leaseId, attemptId }));
      return attemptId;
    },
    refundsDue: (day: string) => as(admin, day, (context) => refundsDue(context, deps, { leaseId })),
    /** A refund of a payment is sent. @returns its id */
    sendsBack: async (day: string, refundOf: string, amount: number) => {
      const attemptId = randomUUID();
      await as(admin, day, async (context) => {
        await openAttempt(context, deps, { attemptId, leaseId, kind: 'refund', refundOf, amount });
        await context.tx.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
      });
      return attemptId;
    },
    isRefused: (day: string, attemptId: string) =>
      as(admin, day, (context) =>
        recordOutcome(context, attemptId, { state: 'failed', reason: 'no_subscriber', detail: 'no such number' }),
      ),
    /** Minor units; without what is in dispute. */
    owes: async (day: string) => {
      const found = await leaseWithLines(database.db, leaseId);
      if (found === undefined) throw new Error('the lease is gone');
      const { outstanding, feesDue } = positionAt(found, morning(day));
      return outstanding + feesDue;
    },
    /** The kinds of its open cases, but for the inspection. */
    openCases: async () => {
      const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.status, 'open'));
      const rows = await database.db.select({ kind: cases.kind }).from(cases).where(isOpen);
      return rows.map(({ kind }) => kind).filter((kind) => kind !== 'vehicle_to_inspect');
    },
    status: async () => {
      const { vehicleId } = await lease.row();
      const [vehicle] = await database.db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
      return [(await kept())?.status, vehicle?.status];
    },
  };
}
