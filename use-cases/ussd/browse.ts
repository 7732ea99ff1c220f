import { availableTypes, findPlan, listPlans } from '#db/queries/vehicles';
import { prepareSearch, searchVehicles } from '#db/queries/vehicle-search';
import { priceOnPlan } from '#domain/vehicles/price-on-plan';
import { money } from '#domain/money';
import { byFrequency } from '#domain/ussd/screens';
import { marksOf } from '#domain/ussd/told-apart';
import { goTo, type Choice, type Offered, type State } from '#domain/ussd/state';
import { vehicleTypes, type VehicleType } from '#domain/vehicles/vehicle';
import type { Call } from './dependencies.ts';

/** Plans and vehicles that a phone lists at most. */
const MOST = 20;
const nothingThere = goTo('said', { saying: 'noVehicles', values: {} });

/** What there is to be had in the customer's market. */
export async function typesAt({ deps, market }: Call): Promise<State> {
  const there = market === null ? [] : await availableTypes(deps.db, market);
  const types = vehicleTypes.filter((type) => there.includes(type));
  return types.length === 0 ? nothingThere : goTo('types', { types });
}

export async function plansAt({ deps, market }: Call, type: VehicleType): Promise<State> {
  const rows = market === null ? [] : await listPlans(deps.db, { market, type }, { limit: MOST });
  const plans = rows.map(({ id, frequency, instalments }) => ({ planId: id, frequency, instalments }));
  return plans.length === 0 ? nothingThere : goTo('plans', { type, plans: plans.toSorted(byFrequency) });
}

/** The vehicles of a type, the lowest instalment first. */
export async function vehiclesAt({ deps, market }: Call, { type, planId }: Choice): Promise<State> {
  const plan = await findPlan(deps.db, planId);
  if (market === null || plan?.active !== true || plan.market !== market) return nothingThere;
  const search = await prepareSearch(deps.db, { type, market, status: 'available' }, false);
  const found = await searchVehicles(deps.db, search, 'price', { limit: MOST });
  const marks = marksOf(found.map(({ vehicle }) => ({ ...vehicle, vehicle: `${vehicle.make} ${vehicle.model}` })));
  const offers = found.map(({ vehicle }, i): Offered => {
    const mark = marks[i] ?? null;
    const { components: _components, ...terms } = priceOnPlan(plan, market, money(vehicle.price, vehicle.currency));
    return {
      type,
      planId,
      vehicleId: vehicle.id,
      vehicle: `${vehicle.make} ${vehicle.model}`,
      ...terms,
      ...(mark !== null && { mark }),
    };
  });
  return offers.length === 0 ? nothingThere : goTo('vehicles', { offers });
}
