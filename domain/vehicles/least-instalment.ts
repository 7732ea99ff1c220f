import { ordinaryInstalment } from './price-on-plan.ts';
import { money, type Money } from '../money.ts';
import type { Market } from '../markets.ts';
import type { Frequency, Plan } from './plan.ts';
import type { VehicleType } from './vehicle.ts';

interface LeastInstalment {
  readonly planId: string;
  readonly frequency: Frequency;
  readonly amount: Money;
}

/** The least instalment that a vehicle costs on any of these plans; null where none is for it. */
export function leastInstalment(
  plans: readonly Omit<Plan, `${string}Hours`>[],
  vehicle: { readonly type: VehicleType; readonly market: Market; readonly price: Money },
): LeastInstalment | null {
  let least: LeastInstalment | null = null;
  for (const plan of plans) {
    if (plan.market !== vehicle.market || !plan.vehicleTypes.includes(vehicle.type)) continue;
    const instalment = ordinaryInstalment(plan, vehicle.market, vehicle.price);
    if (least === null || instalment < least.amount.amount)
      least = { planId: plan.id, frequency: plan.frequency, amount: money(instalment, vehicle.price.currency) };
  }
  return least;
}
