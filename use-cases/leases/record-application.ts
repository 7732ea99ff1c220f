import { randomBytes } from 'node:crypto';
import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { outer } from '#db/queries/outer';
import { leases, methods, plans, vehicles, waiting } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { leaseReference } from '#domain/leases/reference';
import { holdsVehicle, isApplication, leaseStatuses } from '#domain/leases/status';
import { priceOnPlan } from '#domain/vehicles/price-on-plan';
import type { Application, Applied } from '#domain/leases/wire';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { marketOfPhone } from '#domain/phone';
import { earningsInstalment } from '#domain/vehicles/earnings';
import type { Plan } from '#domain/vehicles/plan';
import { record, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { vehicleUnavailable } from '../vehicles/vehicle-unavailable.ts';
import { placeInQueue } from '../vehicles/wait-for-vehicle.ts';
import { businessDate, lockLease, standingOf, type LeaseRecord } from './lease-record.ts';
import { leaseTermsOf } from './terms.ts';

/**
 * Writes down an application, priced on the plan as it is today. Repeated, it gives the lease that is
 * there, with where it stands by now.
 *
 * @throws Problem naming what does not exist, is not the customer's, or does not fit together; conflict as `refuseMoreAtOnce`.
 */
export async function recordApplication(context: Context, application: Application): Promise<Applied> {
  const { tx, at } = context;
  const { leaseId, customerId, vehicleId, planId, paymentMethodId } = application;
  const [existing] = await tx.select({ id: leases.id }).from(leases).where(eq(leases.id, leaseId));
  if (existing !== undefined) return applied(await lockLease(tx, leaseId), at);

  const { vehicle, plan: offered, monthlyIncome } = await whatWasAskedFor(context, application);
  await refuseMoreAtOnce(context, application, offered.applicationsAtOnce);
  const plan = shapedByIncome(planTerms(offered), monthlyIncome);
  const price = money(vehicle.price, vehicle.currency);
  const terms = priceOnPlan(plan, plan.market, price);
  const [row] = await tx
    .insert(leases)
    .values({
      id: leaseId,
      reference: leaseReference(randomBytes(8)),
      status: 'applied',
      customerId,
      vehicleId,
      planId,
      plan,
      paymentMethodId,
      market: plan.market,
      currency: vehicle.currency,
      frequency: plan.frequency,
      price: price.amount,
      deposit: terms.deposit.amount,
      instalment: terms.instalment.amount,
      instalmentsTotal: terms.instalments,
      totalPrice: terms.total.amount,
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Error('the application was not stored');
  await record(context, {
    key: `lease.applied:${leaseId}`,
    type: 'lease.applied',
    subject: leaseId,
    leaseId,
    leaseStatus: 'applied',
    detail: { vehicleId, planId, totalPrice: terms.total, on: businessDate(row, at) },
  });
  return applied({ row, lines: [] }, at);
}

/**
 * A customer applies for a vehicle once, and for no more of them than the plan says: two that he asks for at once take their
 * turn. One that holds nothing, and whose vehicle somebody else has meanwhile, is not in the way.
 *
 * @throws Problem conflict, which names the application that is open
 */
async function refuseMoreAtOnce({ tx }: Context, { customerId, vehicleId }: Application, most: number): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`applications:${customerId}`}, 0))`);
  const open = await tx
    .select({ id: leases.id, reference: leases.reference, status: leases.status, vehicleId: leases.vehicleId })
    .from(leases)
    .innerJoin(vehicles, eq(vehicles.id, leases.vehicleId))
    .where(
      and(
        eq(leases.customerId, customerId),
        inArray(leases.status, leaseStatuses.filter(isApplication)),
        or(
          inArray(leases.status, leaseStatuses.filter(holdsVehicle)),
          eq(vehicles.status, 'available'),
          sql`exists (select from ${waiting} where ${waiting.vehicleId} = ${outer(leases.vehicleId)}
            and ${waiting.customerId} = ${customerId} and ${waiting.status} in ('waiting', 'called'))`,
        ),
      ),
    )
    .orderBy(leases.createdAt, leases.id);
  const inTheWay = open.find((one) => one.vehicleId === vehicleId) ?? (open.length < most ? undefined : open[0]);
  if (inTheWay === undefined) return;
  const { id, reference, status } = inTheWay;
  throw new Problem('conflict', `application ${reference} (${id}) is ${status}: go on with it, or withdraw it first`);
}

function applied(lease: LeaseRecord, at: Date): Applied {
  const { reference, customerId, vehicleId } = lease.row;
  return { reference, customerId, vehicleId, standing: standingOf(lease, at), terms: leaseTermsOf(lease.row) };
}

/** What an application names, where it fits together. @throws Problem naming what does not; vehicle_unavailable */
export async function whatWasAskedFor(
  { tx }: Pick<Context, 'tx'>,
  { customerId, vehicleId, planId, paymentMethodId }: Omit<Application, 'leaseId'>,
) {
  const customer = await requirePerson(tx, customerId);
  const [vehicle] = await tx.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  const [plan] = await tx.select().from(plans).where(eq(plans.id, planId));
  const [method] = await tx
    .select({ userId: methods.userId, masked: methods.masked })
    .from(methods)
    .where(and(eq(methods.id, paymentMethodId), isNull(methods.deletedAt)))
    .for('share');
  const refuse = (path: string, message: string) => new Problem('unprocessable', message, [{ path, message }]);
  if (vehicle === undefined || vehicle.retiredAt !== null) throw refuse('vehicleId', 'there is no such vehicle');
  if (plan === undefined || !plan.active) throw refuse('planId', 'there is no such plan');
  if (method?.userId !== customerId) throw refuse('paymentMethodId', 'there is no such payment method of yours');
  if (plan.market !== vehicle.market) throw refuse('planId', 'the plan is for another market than the vehicle');
  if (customer.market !== null && customer.market !== vehicle.market)
    throw refuse('vehicleId', 'the vehicle is in another market than you');
  if (marketOfPhone(method.masked) !== vehicle.market)
    throw refuse('paymentMethodId', `must be a number of ${vehicle.market}, as the vehicle is`);
  if (!plan.vehicleTypes.includes(vehicle.type)) throw refuse('planId', `the plan is not for a ${vehicle.type}`);
  // Whoever waits for it applies meanwhile, and takes the offer when it is his turn.
  const waits = vehicle.status === 'reserved' && (await placeInQueue({ tx }, { vehicleId, customerId })) !== undefined;
  if (vehicle.status !== 'available' && !waits) throw await vehicleUnavailable(tx, vehicle);
  return { vehicle, plan, monthlyIncome: customer.monthlyIncome };
}

/** The plan without its bookkeeping columns, as the lease keeps it. */
export function planTerms(plan: typeof plans.$inferSelect): Plan {
  const { active: _active, version: _version, createdAt: _created, updatedAt: _updated, ...terms } = plan;
  return terms;
}

/** A plan whose instalments are a share of earnings, with what that is for somebody whose income is recorded. */
export function shapedByIncome(plan: Plan, monthlyIncome: number | null): Plan {
  const { earnings = null, frequency, market } = plan;
  if (earnings === null || monthlyIncome === null) return plan;
  const instalment = earningsInstalment(earnings, frequency, monthlyIncome, marketRules(market).lineUnit);
  return { ...plan, earnings: { ...earnings, instalment } };
}
