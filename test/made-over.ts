import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { standingReversals } from '#db/queries/reversals';
import { attempts, cases, inbound, methods, users } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { marketRules } from '#domain/markets';
import type { Reversal } from '#domain/leases/orders';
import { transact } from '#use-cases/context';
import { changeCustomer } from '#use-cases/leases/change-customer';
import { lockLease, positionAt } from '#use-cases/leases/lease-record';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { bookAgain } from '#use-cases/payments/reversal/book-again';
import { giveUpDispute } from '#use-cases/payments/reversal/give-up-dispute';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { suspendItem } from '#use-cases/payments/suspense/suspend-item';
import { takeFromSuspense } from '#use-cases/payments/suspense/take-from-suspense';
import { testConfig } from './config.ts';
import { createTestDatabase } from './database.ts';
import { bookLease, weeklyPlan } from './lease-books.ts';

export type Lease = Awaited<ReturnType<typeof bookLease>>;

const HANDOVER = '2026-01-05T07:00:00Z';
export const PAID = '2026-01-06T07:00:00Z';
export const MADE_OVER = '2026-01-07T07:00:00Z';
export const LATER = '2026-01-08T07:00:00Z';

const anAdmin = (): Actor => ({ role: 'admin', id: randomUUID() });
/** Who takes payments out of the books, and who books them again. */
const [taker, booker] = [anAdmin(), anAdmin()];
export const third = anAdmin();

const kenyan = { provider: 'mpesa', masked: '+254*' } as const;

/** Leases of 120,000 that are made over to somebody else in a database of their own, and what is taken back of them. */
export async function madeOverBooks() {
  const database = await createTestDatabase();
  const config = testConfig({});

  /** Makes a lease another person's. @returns his id. */
  async function makeOver(lease: Lease, on = MADE_OVER): Promise<string> {
    const [customerId, paymentMethodId] = [uuidv7(), uuidv7()];
    const { market } = await lease.row();
    const person = { role: 'customer', name: 'Okello', market, phoneHash: customerId } as const;
    await database.db.insert(users).values({ id: customerId, ...person });
    const account = market === 'UG' ? ({ provider: 'mtn', masked: '+256*' } as const) : kenyan;
    const phone = { phoneEncrypted: 'x', phoneHash: paymentMethodId };
    await database.db.insert(methods).values({ id: paymentMethodId, userId: customerId, ...phone, ...account });
    const signed = { customerId, paymentMethodId, signedName: 'Okello', signedAt: new Date(on) };
    await lease.at(on, async (context) => changeCustomer(context, await lockLease(context.tx, lease.id), signed));
    return customerId;
  }

  /** A pay-bill that waits for whom it belongs to. */
  async function waitsInSuspense(
    amount: number,
    paidAt: string,
    { market = 'UG', ...more }: Partial<typeof inbound.$inferInsert> = {},
  ): Promise<string> {
    const id = uuidv7();
    const { currency } = marketRules(market);
    const money = { amount, currency, receipt: id.toUpperCase(), account: 'MISTYPED' } as const;
    const from = {
      provider: market === 'UG' ? 'mtn' : 'mpesa',
      market,
      payerMasked: '+2567*****100',
      payerEncrypted: 'x',
      paidAt: new Date(paidAt),
    } as const;
    const row = { id, ...money, ...from, ...more, status: 'announced' } as const;
    await transact(database.db, system('test'), new Date(paidAt), async (context) => {
      for (const item of await context.tx.insert(inbound).values(row).returning()) await suspendItem(context, item, id);
    });
    return id;
  }

  async function givenTo(lease: Lease, inboundId: string, on: string): Promise<string> {
    const paymentId = randomUUID();
    await lease.at(on, async (context) => {
      const by = { ...context, actor: booker };
      const taken = await takeFromSuspense(by, { inboundId, leaseId: lease.id, paymentId });
      await receiveMoney(by, config, { leaseId: lease.id, money: taken });
    });
    return paymentId;
  }

  /** A deposit of 20,000 is paid, and ten lines of 10,000 are owed. */
  async function begun(): Promise<Lease> {
    const lease = await bookLease(database, config, { plan: weeklyPlan });
    await lease.isCharged(HANDOVER, 20_000);
    await lease.handOver(HANDOVER);
    return lease;
  }

  return {
    database,
    close: () => database.close(),
    begun,
    makeOver,
    waitsInSuspense,
    givenTo,
    /** Made over with 50,000 of the lines paid from the customer's phone: 50,000 are signed for. */
    charged: async () => {
      const lease = await begun();
      const payment = await lease.isCharged(PAID, 50_000);
      await makeOver(lease);
      return { lease, payment };
    },
    /** The same, where he paid them by himself. */
    paidByBill: async () => {
      const lease = await begun();
      const inboundId = await waitsInSuspense(50_000, PAID);
      const payment = await givenTo(lease, inboundId, PAID);
      await makeOver(lease);
      return { lease, inboundId, payment };
    },
    /** Of a lease in Kenya, where a customer may send cents by himself: made over with so much of it paid, cents of KES. */
    inCents: async (amount: number) => {
      const plan = { ...weeklyPlan, market: 'KE' } as const;
      const lease = await bookLease(database, config, { plan, market: 'KE', deposit: 200_000, instalment: 100_000 });
      await lease.isCharged(HANDOVER, 200_000, { provider: 'mpesa' });
      await lease.handOver(HANDOVER);
      const payment = await givenTo(lease, await waitsInSuspense(amount, PAID, { market: 'KE' }), PAID);
      await makeOver(lease);
      return { lease, payment };
    },
    reverse: (lease: Lease, attemptId: string, more: Partial<Reversal> = {}, on = LATER) =>
      lease.at(on, (context) =>
        reversePayment({ ...context, actor: taker }, { leaseId: lease.id, attemptId, reason: 'charge-back', ...more }),
      ),
    again: (lease: Lease, attemptId: string, of: { on?: string; actor?: Actor; transferId?: string } = {}) => {
      const { on = LATER, actor = booker, transferId } = of;
      return lease.at(on, (context) =>
        bookAgain({ ...context, actor }, { leaseId: lease.id, attemptId, reason: 'it is there', transferId }),
      );
    },
    /** What is claimed of those who had the lease before nobody pays. */
    giveUp: (lease: Lease) =>
      lease.at(LATER, (context) => {
        const decision = { leaseId: lease.id, decisionId: randomUUID(), reason: 'he is gone' };
        return giveUpDispute({ ...context, actor: taker }, decision);
      }),
    /** The ids of the transfers by which parts of a payment were taken back, in their order. */
    parts: async (paymentId: string) => (await standingReversals(database.db, paymentId)).map(({ id }) => id),
    /** What was claimed of those who had the lease before, in the order of the claims. */
    claims: async (lease: Lease) => {
      const isIts = and(eq(attempts.leaseId, lease.id), eq(attempts.provider, 'former'));
      const all = await database.db
        .select({ amount: attempts.amount })
        .from(attempts)
        .where(isIts)
        .orderBy(attempts.id);
      return all.map(({ amount }) => amount);
    },
    item: async (id: string) => (await database.db.select().from(inbound).where(eq(inbound.id, id)))[0],
    /** What who has the lease owes, what who had it before owes, and the cases that are open. */
    owes: async (lease: Lease, on = LATER) => {
      const { outstanding } = await lease.at(on, async ({ tx, at }) => positionAt(await lockLease(tx, lease.id), at));
      const isOpen = and(eq(cases.leaseId, lease.id), eq(cases.status, 'open'));
      const open = await database.db.select({ kind: cases.kind }).from(cases).where(isOpen);
      const former = (await lease.balances()).get('former') ?? 0;
      return [outstanding, former, open.map(({ kind }) => kind).toSorted()];
    },
  };
}
