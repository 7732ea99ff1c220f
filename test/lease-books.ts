import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { transact, type Context } from '#activities/context';
import { handOver } from '#activities/leases/hand-over';
import { receiveMoney } from '#activities/payments/receive-money';
import type { Database } from '#db/client';
import { attempts, leases, methods, users, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { marketRules, type Market } from '#domain/markets';
import type { Plan } from '#domain/vehicles/plan';
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

export interface LeaseTerms {
  readonly customerId?: string;
  readonly market?: Market;
  readonly plan?: Plan;
  readonly deposit?: number;
  readonly instalment?: number;
}

/** Payments that the provider has confirmed, and that are not in the books yet. */
export async function confirmedPayments(
  db: Database,
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

/**
 * A lease that waits for its deposit, with its vehicle, and what happens to it by the use cases themselves,
 * each at an instant: the books are real, no workflow is needed.
 */
export async function bookLease({ db }: TestDatabase, config: Config, terms: LeaseTerms = {}) {
  const { market = 'UG', plan = { ...weeklyPlan, market }, deposit = 20_000, instalment = 10_000 } = terms;
  const { currency } = marketRules(market);
  serial += 1;
  const [id, vehicleId, methodId] = [uuidv7(), uuidv7(), uuidv7()];
  const customerId = terms.customerId ?? uuidv7();
  const reference = `LEASE${String(serial).padStart(4, '0')}`;
  const price = deposit * 10;
  const createdAt = new Date('2026-01-05T06:00:00Z');
  if (terms.customerId === undefined)
    await db.insert(users).values({ id: customerId, role: 'customer', name: 'Amina Nakato', phoneHash: customerId });
  await db.insert(vehicles).values({
    id: vehicleId,
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2025,
    market,
    price,
    currency,
    registration: `UBOOK ${serial}`,
    vin: `BOOK${serial}`,
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
    instalmentsTotal: plan.instalments,
    totalPrice: deposit + plan.instalments * instalment,
    createdAt,
    updatedAt: createdAt,
  });
  const at = <T>(instant: string, work: (context: Context) => Promise<T>) =>
    transact(db, system('test'), new Date(instant), work);
  return {
    id,
    reference,
    customerId,
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
    handOver: (instant: string) => at(instant, (context) => handOver(context, { leaseId: id, odometerKm: 1 })),
  };
}
