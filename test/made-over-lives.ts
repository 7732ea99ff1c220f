import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { and, desc, eq, ne } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { standingReversals } from '#db/queries/reversals';
import { attempts, inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { ReversedTo } from '#domain/leases/orders';
import { isRunning } from '#domain/leases/status';
import { createMobileMoney } from '#providers/mobile-money/registry';
import type { Context } from '#use-cases/context';
import { leftOf } from '#use-cases/leases/credit-shares';
import { completeLease } from '#use-cases/leases/end-lease';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { receivedFrom } from '#use-cases/payments/inbound-record';
import { returnCredit } from '#use-cases/payments/refunds/return-credit';
import { bookAgain } from '#use-cases/payments/reversal/book-again';
import { giveUpDispute } from '#use-cases/payments/reversal/give-up-dispute';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { takeFromSuspense } from '#use-cases/payments/suspense/take-from-suspense';
import { testConfig, unreachedMobileMoney } from './config.ts';
import type { Lease, madeOverBooks } from './made-over.ts';

/** The lives of two leases whose pay-bills and charges are taken back, moved and booked again, while the leases are made over. */

/** What may happen, as often as it is named here. */
const deeds = [
  'charge',
  'pay-bill',
  'pay-bill',
  'part',
  'part',
  'part',
  'whole',
  'whole',
  'again',
  'again',
  'again',
  'moved',
  'moved',
  'moved',
  'resolve',
  'resolve',
  'made over',
  'made over',
  'given up',
  'all is paid',
  'paid out',
] as const;

const some = fc.nat({ max: 9 });
export const madeOverSteps = fc.array(
  fc.record({
    do: fc.constantFrom(...deeds),
    lease: fc.nat({ max: 1 }),
    which: some,
    sum: some,
    who: fc.nat({ max: 3 }),
  }),
  { minLength: 12, maxLength: 24, size: 'max' },
);
export type MadeOverStep = typeof madeOverSteps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

const admins = [1, 2, 3, 4].map((): Actor => ({ role: 'admin', id: randomUUID() }));
const config = testConfig(unreachedMobileMoney);
const deps = { mobileMoney: createMobileMoney(config) };
const BEGIN = Date.parse('2026-01-05T08:00:00Z');

export type Payment = typeof attempts.$inferSelect;
export const isOfMoney = ({ provider, kind }: Payment) => provider === 'mtn' && kind !== 'refund';
export const isBooked = ({ status, transferId }: Payment) => status === 'succeeded' && transferId !== null;

/** What tells money: what it is, whichever payments it became. */
export const moneyOf = ({ kind, providerReference, id }: Payment) =>
  kind === 'inbound' ? (providerReference ?? id) : id;

export async function madeOverLife(books: Awaited<ReturnType<typeof madeOverBooks>>) {
  const { db } = books.database;
  const leases = [await books.begun(), await books.begun()];
  for (const lease of leases)
    await lease.at(new Date(BEGIN).toISOString(), (context) => payBill(lease, context, 35_000));
  /** What of each money was booked on a lease, or claimed, when it was made over last. */
  const signed = new Map<string, Map<string, number>>();
  let minutes = 0;
  const now = () => new Date(BEGIN + minutes * 60_000).toISOString();

  const paymentsOf = (leaseId: string) =>
    db.select().from(attempts).where(eq(attempts.leaseId, leaseId)).orderBy(desc(attempts.createdAt), attempts.id);

  /** The payments of a lease that stand in for what was taken back of some money, which are no money themselves. */
  async function claimsOf(leaseId: string): Promise<Map<string, number>> {
    const rows = await books.database.sql<{ money: string; sum: number }[]>`
      select case p.kind when 'inbound' then p.provider_reference else p.id::text end as money, sum(s.amount)::int as sum
      from payments.attempts s join ledger.transfers t on t.id = s.transfer_id
      join payments.attempts p on p.id::text = t.cause ->> 'takenBackOf'
      where s.lease_id = ${leaseId} and s.provider = 'former' and s.status = 'succeeded' group by 1`;
    return new Map(rows.map(({ money, sum }) => [money, sum]));
  }

  async function makeOver(lease: Lease): Promise<void> {
    if (!isRunning((await lease.row()).status)) return;
    await books.makeOver(lease, now());
    const then = await claimsOf(lease.id);
    for (const one of (await paymentsOf(lease.id)).filter(isOfMoney))
      if (isBooked(one)) then.set(moneyOf(one), (then.get(moneyOf(one)) ?? 0) + leftOf(one));
    signed.set(lease.id, then);
  }

  async function payBill(lease: Lease, context: Context, amount: number): Promise<void> {
    const id = uuidv7();
    const paid = { provider: 'mtn', market: 'UG', currency: 'UGX', receipt: id.toUpperCase(), account: '' } as const;
    const from = { payerEncrypted: 'x', payerMasked: '+', paidAt: context.at };
    const rows = await context.tx
      .insert(inbound)
      .values({ id, amount, status: 'announced', ...paid, ...from })
      .returning();
    for (const row of rows) await receiveMoney(context, config, { leaseId: lease.id, money: receivedFrom(row, id) });
  }

  async function resolves(lease: Lease, context: Context, which: number): Promise<void> {
    const waiting = await context.tx
      .select({ id: inbound.id })
      .from(inbound)
      .where(eq(inbound.status, 'suspense'))
      .orderBy(desc(inbound.id));
    const item = waiting[which % Math.max(1, Math.min(2, waiting.length))];
    if (item === undefined) return;
    const given = { inboundId: item.id, leaseId: lease.id, paymentId: randomUUID() };
    await receiveMoney(context, config, { leaseId: lease.id, money: await takeFromSuspense(context, given) });
  }

  async function does({ do: deed, lease: n, which, sum, who }: MadeOverStep): Promise<void> {
    const lease = leases[n] ?? leases[0];
    if (lease === undefined) return;
    const { id: leaseId } = lease;
    const actor = admins[who] ?? admins[0];
    if (actor === undefined) return;
    minutes += 7 + which * 150;
    const amount = [10_000, 20_000, 35_000][sum % 3] ?? 10_000;
    const isHere = and(eq(attempts.leaseId, leaseId), ne(attempts.kind, 'refund'), eq(attempts.provider, 'mtn'));
    const all = await db.select().from(attempts).where(isHere).orderBy(desc(attempts.createdAt), attempts.id);
    const wanted =
      deed === 'moved' ? all.filter(({ status, kind }) => kind === 'inbound' && status === 'reversed') : all;
    const payment = wanted[which % Math.max(1, Math.min(3, wanted.length))];
    const act = <T>(work: (context: Context) => Promise<T>) =>
      lease.at(now(), (context) => work({ ...context, actor }));
    const takes = (of: Payment, more: { to?: ReversedTo; amount?: number; reversalId?: string }) =>
      act((context) => reversePayment(context, { leaseId, attemptId: of.id, reason: 'x', ...more }));
    if (deed === 'charge') await lease.isCharged(now(), amount);
    if (deed === 'pay-bill') await act((context) => payBill(lease, context, amount));
    if (deed === 'resolve') await act((context) => resolves(lease, context, which));
    if (deed === 'made over') await makeOver(lease);
    if (deed === 'given up')
      await act((context) => giveUpDispute(context, { leaseId, decisionId: randomUUID(), reason: 'x' }));
    if (deed === 'all is paid' && which < 5) {
      const { totalPrice } = await lease.row();
      const paid = all.filter(isBooked).reduce((sum, one) => sum + leftOf(one), 0);
      if (totalPrice > paid) await lease.isCharged(now(), totalPrice - paid);
      await act((context) => completeLease(context, { leaseId }));
    }
    if (deed === 'paid out') {
      const { credit } = await lease.row();
      const out = { leaseId, paymentId: randomUUID(), amount: Math.min(credit, amount), receiptNumber: randomUUID() };
      if (credit > 0) await act((context) => returnCredit(context, deps, out));
    }
    if (payment === undefined) return;
    if (deed === 'part') await takes(payment, { to: 'provider', amount: 1_000 * (1 + sum), reversalId: randomUUID() });
    const places = payment.kind === 'inbound' ? (['provider', 'suspense'] as const) : [];
    if (deed === 'whole' || deed === 'moved') {
      const to = places[sum % Math.max(1, places.length)];
      await takes(payment, to === undefined ? {} : { to });
    }
    if (deed === 'again') {
      const parts = (await standingReversals(db, payment.id)).filter(({ takenBack }) => takenBack !== null);
      const transferId = sum < 4 ? parts[sum % Math.max(1, parts.length)]?.id : undefined;
      await act((context) => bookAgain(context, { leaseId, attemptId: payment.id, reason: 'y', transferId }));
    }
  }

  return {
    leases,
    now,
    signed: (leaseId: string) => signed.get(leaseId),
    paymentsOf,
    claimsOf,
    /** @returns false where the product has refused it. */
    does: async (step: MadeOverStep): Promise<boolean> => {
      try {
        await does(step);
        return true;
      } catch (error) {
        if (error instanceof Problem) return false;
        throw error;
      }
    },
  };
}
