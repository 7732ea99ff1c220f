import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { plans, vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { emit, record, type Context } from '../context.ts';

export type VehicleRow = typeof vehicles.$inferSelect;
export type PlanRow = typeof plans.$inferSelect;
export type NewVehicle = Omit<typeof vehicles.$inferInsert, 'id' | 'status' | 'version' | 'createdAt' | 'updatedAt' | 'retiredAt'>;
export type NewPlan = Omit<typeof plans.$inferInsert, 'id' | 'active' | 'version' | 'createdAt' | 'updatedAt'>;

/** @throws Problem currency_mismatch; already_exists naming the registration or the VIN. */
export async function createVehicle(context: Context, input: NewVehicle): Promise<VehicleRow> {
  const { currency } = marketRules(input.market);
  if (input.currency !== currency) {
    throw new Problem('currency_mismatch', `Prices in ${input.market} are in ${currency}`, [{ path: 'price.currency', message: `must be ${currency}` }]);
  }
  const [row] = await unique(() => context.tx.insert(vehicles).values({ id: uuidv7(), ...input, createdAt: context.at, updatedAt: context.at }).returning());
  if (row === undefined) throw new Problem('internal');
  const { id, type, make, model, market } = row;
  await record(context, { type: 'vehicle.created', subject: id, detail: { type, market } });
  await emit(context, { type: 'vehicle.created', subject: id, data: { vehicleId: id, type, make, model, market, price: money(row.price, currency) } });
  return row;
}

/** @throws Problem not_found, precondition_failed, invalid_state for a status that a lease decides. */
export async function updateVehicle(context: Context, id: string, changes: Partial<NewVehicle> & { status?: 'available' | 'maintenance' }, version?: number): Promise<VehicleRow> {
  const { tx, at } = context;
  const before = await lockVehicle(context, id);
  if (version !== undefined && version !== before.version) throw new Problem('precondition_failed');
  if (changes.status !== undefined && before.status !== 'available' && before.status !== 'maintenance') {
    throw new Problem('invalid_state', `The vehicle is ${before.status}`);
  }
  const [row] = await unique(() => tx.update(vehicles).set({ ...changes, version: before.version + 1, updatedAt: at }).where(eq(vehicles.id, id)).returning());
  if (row === undefined) throw new Problem('not_found');
  await record(context, { type: 'vehicle.updated', subject: id, detail: { fields: Object.keys(changes) } });
  return row;
}

/** Takes a vehicle out of the catalogue. @throws Problem invalid_state while it is reserved, leased or sold. */
export async function retireVehicle(context: Context, id: string): Promise<void> {
  const { status } = await lockVehicle(context, id);
  if (status !== 'available' && status !== 'maintenance') throw new Problem('invalid_state', `The vehicle is ${status}`);
  await context.tx.update(vehicles).set({ status: 'retired', retiredAt: context.at, updatedAt: context.at }).where(eq(vehicles.id, id));
  await record(context, { type: 'vehicle.retired', subject: id });
}

async function lockVehicle({ tx }: Context, id: string): Promise<VehicleRow> {
  const [row] = await tx.select().from(vehicles).where(eq(vehicles.id, id)).for('update');
  if (row === undefined || row.retiredAt !== null) throw new Problem('not_found');
  return row;
}

/** @throws Problem already_exists naming the name. */
export async function createPlan(context: Context, input: NewPlan): Promise<PlanRow> {
  const [row] = await unique(() => context.tx.insert(plans).values({ id: uuidv7(), ...input, createdAt: context.at, updatedAt: context.at }).returning());
  if (row === undefined) throw new Problem('internal');
  await record(context, { type: 'plan.created', subject: row.id, detail: { market: row.market } });
  return row;
}

/** A lease keeps the plan it was made on: changes are for new applications. @throws Problem not_found, precondition_failed */
export async function updatePlan(context: Context, id: string, changes: Partial<NewPlan> & { active?: boolean }, version?: number): Promise<PlanRow> {
  const [before] = await context.tx.select().from(plans).where(eq(plans.id, id)).for('update');
  if (before === undefined) throw new Problem('not_found');
  if (version !== undefined && version !== before.version) throw new Problem('precondition_failed');
  const [row] = await unique(() => context.tx.update(plans).set({ ...changes, version: before.version + 1, updatedAt: context.at }).where(eq(plans.id, id)).returning());
  if (row === undefined) throw new Problem('not_found');
  await record(context, { type: 'plan.updated', subject: id, detail: { fields: Object.keys(changes) } });
  return row;
}

const fields: Readonly<Record<string, string>> = { vehicles_registration: 'registration', vehicles_vin: 'vin', plans_name: 'name' };

/** Turns a violated uniqueness into a refusal that names the field. */
async function unique<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      const field = 'constraint_name' in cause ? fields[String(cause.constraint_name)] : undefined;
      if (field !== undefined) throw new Problem('already_exists', `There is one with this ${field}`, [{ path: field, message: 'is taken' }]);
    }
    throw error;
  }
}
