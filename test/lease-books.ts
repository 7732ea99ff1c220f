import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { closeCase } from '#use-cases/cases/close-case';
import { transact, type Context } from '#use-cases/context';
import { changeStatus } from '#use-cases/leases/change-status';
import { handOver } from '#use-cases/leases/hand-over';
import { postPayment } from '#use-cases/payments/post-payment';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import type { Database, Queryable } from '#db/client';
import { accounts, attempts, cases, entries, leases, methods, transfers, users, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { marketRules, type Market, type PaymentProvider } from '#domain/markets';
import { money } from '#domain/money';
import type { Plan } from '#domain/vehicles/plan';
import { priceOnPlan } from '#domain/vehicles/price-on-plan';
import type { Config } from '#platform/config';
import type { TestDatabase } from './database.ts';

let serial = 0;

export const weeklyPlan: Plan = {
  id: randomUUID(),
  name: 'Weekly',
  market: 'UG',
  vehicleTypes: ['motorcycle'],
  frequency: 'weekly',
  instalments: 10,
  depositPercent: 10,
  markupPercent: 20,
  graceDays: 2,
  lateFee: { amount: 500, cap: 5_000 },
  immobiliseAfterDaysPastDue: 7,
  immobiliseNoticeHours: 24,
  offerHours: 72,
  signHours: 48,
  depositHours: 72,
  components: { vehicle: 80, insurance: 15, tracker: 5 },
};

/** What every account holds that moved for a lease, in minor units; a debit is positive. */
async function balancesOf(db: Database, leaseId: string): Promise<ReadonlyMap<string, number>> {
  const sums = await db
    .select({ name: accounts.name, amount: sql<string>`sum(${entries.amount})` })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(eq(transfers.leaseId, leaseId))
    .groupBy(accounts.name);
  return new Map(sums.map(({ name, amount }) => [name.replace(`lease:${leaseId}:`, ''), Number(amount)]));
}

export interface LeaseTerms {
  readonly customerId?: string;
  readonly market?: Market;
  readonly plan?: Plan;
  readonly deposit?: number;
  readonly instalment?: number;
  /** The plan makes deposit and instalments of it; without it they are round sums, whatever the plan says. */
  readonly price?: number;
}

function sumsOf(plan: Plan, { market = 'UG', price, deposit = 20_000, instalment = 10_000 }: LeaseTerms) {
  const instalments = plan.instalments;
  if (price === undefined)
    return { price: deposit * 10, deposit, instalment, instalments, total: deposit + instalments * instalment };
  const offer = priceOnPlan(plan, market, money(price, marketRules(market).currency));
  const [total, asked, line] = [offer.total.amount, offer.deposit.amount, offer.instalment.amount];
  return { price, deposit: asked, instalment: line, instalments: offer.instalments, total };
}

/** Payments that the provider has confirmed, and that are not in the books yet. */
export async function confirmedPayments(
  db: Queryable,
  orders: readonly { readonly leaseId: string; readonly paymentMethodId: string; readonly attemptId: string }[],
  amount: number,
  at: Date,
): Promise<void> {
  await db.insert(attempts).values(
    orders.map(({ leaseId, paymentMethodId, attemptId }) => ({
      id: attemptId,
      leaseId,
      paymentMethodId,
      kind: 'instalment' as const,
      due: `pay-${attemptId}`,
      provider: 'mtn' as const,
      payerMasked: '+2567*****100',
      amount,
      currency: 'UGX' as const,
      status: 'succeeded' as const,
      sent: true,
      providerReference: attemptId,
      requestedAt: at,
      settledAt: at,
    })),
  );
}

/** Somebody else than its agent has counted the cash that all but ended a lease. */
export async function countCash(context: Context, leaseId: string): Promise<void> {
  const isOpen = and(eq(cases.kind, 'cash_to_confirm'), eq(cases.status, 'open'));
  const found = await context.tx
    .select({ id: cases.id })
    .from(cases)
    .where(and(eq(cases.leaseId, leaseId), isOpen));
  for (const { id } of found) await closeCase(context, { id, resolution: 'it was counted' });
}

/**
 * A lease that waits for its deposit, with its vehicle, and what happens to it by the use cases themselves,
 * each at an instant: the books are real, no workflow is needed.
 */
export async function bookLease({ db }: TestDatabase, config: Config, terms: LeaseTerms = {}) {
  const { market = 'UG', plan = { ...weeklyPlan, market } } = terms;
  const { currency } = marketRules(market);
  serial += 1;
  // Others may be made while this one waits for the database.
  const number = serial;
  const [id, vehicleId, methodId] = [uuidv7(), uuidv7(), uuidv7()];
  const customerId = terms.customerId ?? uuidv7();
  const reference = `LEASE${String(number).padStart(4, '0')}`;
  const { price, deposit, instalment, instalments, total } = sumsOf(plan, terms);
  const createdAt = new Date('2026-01-05T06:00:00Z');
  if (terms.customerId === undefined)
    await db
      .insert(users)
      .values({ id: customerId, role: 'customer', name: 'Amina Nakato', market, phoneHash: customerId });
  await db.insert(vehicles).values({
    id: vehicleId,
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2025,
    market,
    price,
    currency,
    registration: `UBOOK ${number}`,
    vin: `BOOK${number}`,
    status: 'reserved',
  });
  const account = { provider: 'mtn' as const, phoneEncrypted: 'x', phoneHash: methodId, masked: '+256*' };
  await db.insert(methods).values({ id: methodId, userId: customerId, ...account });
  await db.insert(leases).values({
    id,
    reference,
    status: 'awaiting_deposit',
    customerId,
    vehicleId,
    planId: plan.id,
    plan,
    paymentMethodId: methodId,
    market,
    currency,
    frequency: plan.frequency,
    price,
    deposit,
    instalment,
    instalmentsTotal: instalments,
    totalPrice: total,
    createdAt,
    updatedAt: createdAt,
  });
  const at = <T>(instant: string, work: (context: Context) => Promise<T>) =>
    transact(db, system('test'), new Date(instant), work);
  return {
    id,
    reference,
    customerId,
    methodId,
    at,
    /** Money that came by itself, at an ISO instant. */
    pays: (instant: string, amount: number) =>
      at(instant, (context) => {
        const paymentId = uuidv7();
        const provider = marketRules(market).providers[0] ?? 'mtn';
        const received = {
          kind: 'inbound',
          paymentId,
          amount,
          provider,
          receipt: paymentId,
          payerMasked: '+2567*****001',
        };
        return receiveMoney(context, config, {
          leaseId: id,
          money: { ...received, kind: 'inbound', fromSuspense: false },
        });
      }),
    /** A charge by mobile money that the provider confirms; `receipt` null where it names none. @returns its id. */
    isCharged: (instant: string, amount: number, told: { receipt?: string | null; provider?: PaymentProvider } = {}) =>
      at(instant, async (context) => {
        const attemptId = randomUUID();
        const { provider = 'mtn', receipt = attemptId } = told;
        await confirmedPayments(
          context.tx,
          [{ leaseId: id, paymentMethodId: methodId, attemptId }],
          amount,
          context.at,
        );
        const facts = { provider, currency, providerReference: receipt };
        await context.tx.update(attempts).set(facts).where(eq(attempts.id, attemptId));
        await postPayment(context, { leaseId: id, attemptId });
        return attemptId;
      }),
    /** The provider confirms a charge that was opened. */
    confirms: (instant: string, attemptId: string) =>
      at(instant, async (context) => {
        const confirmed = { status: 'succeeded', settledAt: context.at, providerReference: attemptId } as const;
        await context.tx.update(attempts).set(confirmed).where(eq(attempts.id, attemptId));
        await postPayment(context, { leaseId: id, attemptId });
      }),
    /** Cash that an agent has taken, and that somebody else has counted where it needs that. @returns the payment's id. */
    paysCash: (instant: string, amount: number, agentId: string) =>
      at(instant, async (context) => {
        const paymentId = randomUUID();
        const money = { kind: 'cash', paymentId, amount, agentId, receiptNumber: paymentId } as const;
        await receiveMoney(context, config, { leaseId: id, money });
        await countCash(context, id);
        return paymentId;
      }),
    /** The payment that an agent took. */
    paymentOf: async (agentId: string) => {
      const isTheirs = and(eq(attempts.leaseId, id), eq(attempts.agentId, agentId));
      const [payment] = await db.select({ id: attempts.id }).from(attempts).where(isTheirs);
      return payment?.id ?? '';
    },
    row: () =>
      db
        .select()
        .from(leases)
        .where(eq(leases.id, id))
        .then(([row]) => {
          if (row === undefined) throw new Error(`lease ${id} is gone`);
          return row;
        }),
    balances: () => balancesOf(db, id),
    handOver: (instant: string) =>
      at(instant, async (context) => {
        await changeStatus(context, { leaseId: id, to: 'awaiting_handover' });
        return handOver(context, { leaseId: id, odometerKm: 1 });
      }),
  };
}
