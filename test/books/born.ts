import { uuidv7 } from 'uuidv7';
import { leases, methods, users, vehicles } from '#db/schema/index';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { priceOnPlan } from '#domain/vehicles/price-on-plan';
import { weeklyPlan } from '../lease-books.ts';
import type { World } from './world.ts';

/** Nearly two percent a week on what a tenth and a subsidy of 500 leave of the price: interest of 78, 59, 40 and 20 units. */
const declining = (unit: number) =>
  ({
    method: 'declining',
    annualRatePercent: 100,
    markupPercent: 0,
    subsidy: { amount: 500 * unit, by: 'A fund' },
  }) as const;

/** A lease that waits for its deposit: four weekly lines, late fees from the third day on. */
export async function born(world: World): Promise<void> {
  const { leaseId, reference, unit, provider } = world;
  const { market } = world.life;
  const { currency } = marketRules(market);
  const at = new Date(world.at);
  const [userId, methodId, vehicleId] = [world.customer.id, uuidv7(), uuidv7()];
  // In Kenya a fee has cents, which are not charged.
  const cents = unit === 1 ? 0 : 50;
  const lateFee = { amount: 70 * unit + cents, cap: 200 * unit + cents };
  const marked = { ...weeklyPlan, market, instalments: 4, markupPercent: 30, lateFee, totalLossGap: world.life.gap };
  const plan = world.life.isDeclining ? { ...marked, ...declining(unit) } : marked;
  const price = 5_000 * unit;
  const offer = priceOnPlan(plan, market, money(price, currency));
  const [deposit, instalment] = [offer.deposit.amount, offer.instalment.amount];
  world.signed = offer.total.amount;
  const vehicle = { type: 'motorcycle', make: 'Bajaj', model: 'Boxer', year: 2025 } as const;
  const account = { provider, phoneEncrypted: 'x', phoneHash: userId, masked: '+256*' };
  await world.db.insert(users).values({ id: userId, role: 'customer', name: 'x', phoneHash: userId });
  await Promise.all([
    world.db.insert(vehicles).values({
      id: vehicleId,
      market,
      price,
      currency,
      registration: vehicleId,
      vin: vehicleId,
      status: 'reserved',
      ...vehicle,
    }),
    world.db.insert(methods).values({ id: methodId, userId, ...account }),
    world.db.insert(leases).values({
      id: leaseId,
      reference,
      status: 'awaiting_deposit',
      customerId: userId,
      vehicleId,
      planId: plan.id,
      plan,
      paymentMethodId: methodId,
      market,
      currency,
      frequency: 'weekly',
      price,
      deposit,
      instalment,
      instalmentsTotal: plan.instalments,
      totalPrice: offer.total.amount,
      createdAt: at,
      updatedAt: at,
    }),
  ]);
}
