import { isDeepStrictEqual } from 'node:util';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { prebuiltRows } from '#db/prebuilt';
import type { VehicleRow } from '#db/queries/vehicles';
import { cases, holds, leases, vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isGivenUp, leaseStatuses } from '#domain/leases/status';
import { money, type Money } from '#domain/money';
import { identifiersOf } from '#domain/vehicles/identifiers';
import { photosNamed } from '#domain/vehicles/photograph';
import { moverOf, refuseMove } from '#domain/vehicles/states';
import { record, type Context } from '../context.ts';
import { placeColumns, refusePrice, refuseYear } from './create-vehicle.ts';
import { matchVersion } from '../match-version.ts';
import { refuseBranch, type BranchPlace } from './branches.ts';
import { endQueue } from './dissolve-queue.ts';
import { forgetPictures } from './pictures.ts';
import { tellChange } from './tell-change.ts';
import { unique } from '../unique.ts';

export interface VehicleChanges {
  readonly make?: string | undefined;
  readonly model?: string | undefined;
  readonly year?: number | undefined;
  readonly price?: Money | undefined;
  readonly registration?: string | undefined;
  readonly odometerKm?: number | undefined;
  readonly speedLimitKph?: number | null | undefined;
  readonly features?: readonly string[] | undefined;
  readonly location?: BranchPlace | null | undefined;
  readonly branchId?: string | null | undefined;
  /** Addresses in their order; photographs of the vehicle that are not among them go. */
  readonly photos?: readonly string[] | undefined;
  /** The other states are a lease's to decide. */
  readonly status?: 'available' | 'maintenance' | undefined;
  /** Why a vehicle that was written off is there again. */
  readonly reason?: string | undefined;
}

/**
 * Changes what is said of a vehicle. A lease that exists keeps its price. What changes nothing is no change.
 *
 * @param versions what If-Match accepts
 * What was written off with its lease and is found an admin puts back, with a reason.
 *
 * @throws Problem not_found, forbidden, precondition_failed, currency_mismatch, unprocessable, already_exists, invalid_state for the
 * status of a vehicle that a lease holds.
 */
export async function updateVehicle(
  context: Context,
  id: string,
  changes: VehicleChanges,
  versions?: readonly number[],
): Promise<VehicleRow> {
  const { tx, at } = context;
  const before = await lockVehicle(context, id);
  matchVersion(before.version, versions);
  if (changes.year !== undefined && changes.year !== before.year) refuseYear(changes.year);
  if (before.status === 'retired') await refuseUnlessFound(context, before, changes);
  if (changes.status !== undefined && changes.status !== before.status) {
    await endQueue(context, before);
    refuseMove(before.status, changes.status, moverOf(context.actor));
    if (before.status === 'maintenance') await refuseWhileKept(context, before);
    if (changes.status === 'available') await refuseUnlessInspected(context, before);
  }
  if (changes.price !== undefined) refusePrice(before.market, changes.price);
  await refuseBranch(context, changes.branchId, before.market);
  const columns = columnsOf(inForm(changes, before), before);
  if (isAsItWas(before, columns)) return before;
  const [row] = await unique(
    tx
      .update(vehicles)
      .set({
        ...columns,
        ...(before.status === 'retired' && { retiredAt: null }),
        updatedAt: at,
      })
      .where(eq(vehicles.id, id))
      .returning(),
  );
  if (row === undefined) throw new Problem('not_found');
  await forgetPictures(context, before.photos, row.photos);
  const { reason, ...changed } = changes;
  const detail = {
    fields: Object.keys(changed),
    ...(reason !== undefined && { reason }),
    ...(row.status !== before.status && { status: { from: before.status, to: row.status } }),
    ...(row.price !== before.price && {
      price: { from: money(before.price, before.currency), to: money(row.price, row.currency) },
    }),
  };
  await record(context, { type: 'vehicle.updated', subject: id, detail });
  await tellChange(context, row);
  return row;
}

/**
 * A vehicle that a lease was given up with and that is found goes back to the market, by an admin with a reason, when it is
 * decided what an insurer pays for it, and whether who has paid all of it has it. Nothing
 * else is changed of one that is retired.
 */
async function refuseUnlessFound({ tx, actor }: Context, { id }: VehicleRow, changes: VehicleChanges): Promise<void> {
  const isGivenUpWith = and(eq(leases.vehicleId, id), inArray(leases.status, leaseStatuses.filter(isGivenUp)));
  const [lost] = await tx.select({ id: leases.id }).from(leases).where(isGivenUpWith).limit(1);
  const isUndecided = inArray(cases.kind, ['insurance_to_confirm', 'written_off_paid']);
  const [undecided] = await tx
    .select({ id: cases.id, kind: cases.kind })
    .from(cases)
    .innerJoin(leases, eq(leases.id, cases.leaseId))
    .where(and(isGivenUpWith, isUndecided, eq(cases.status, 'open')));
  if (changes.status !== 'available' || lost === undefined)
    throw new Problem('invalid_state', 'The vehicle is retired');
  refuseMove('retired', changes.status, moverOf(actor));
  if (undecided !== undefined) {
    const what = undecided.kind === 'written_off_paid' ? 'whose it is' : 'what its insurer pays';
    throw new Problem('invalid_state', `${what} is not decided yet (case ${undecided.id})`);
  }
  if (changes.reason === undefined)
    throw new Problem('unprocessable', 'Why it is there again is needed', [{ path: 'reason', message: 'is needed' }]);
}

/** What a customer gave back is looked at before the next one gets it. @throws Problem invalid_state while its case is open */
async function refuseUnlessInspected({ tx }: Context, { id, status }: VehicleRow): Promise<void> {
  if (status !== 'maintenance') return;
  const isIts = and(eq(cases.kind, 'vehicle_to_inspect'), sql`${cases.detail} ->> 'vehicleId' = ${id}`);
  const [open] = await tx
    .select({ id: cases.id })
    .from(cases)
    .where(and(isIts, eq(cases.status, 'open')))
    .limit(1);
  if (open !== undefined)
    throw new Problem('invalid_state', `it was given back and has to be inspected: close its case ${open.id} then`);
}

/** One that was taken back is its customer's to redeem, or to be sold. @throws Problem invalid_state */
export async function refuseWhileKept({ tx }: Context, { id }: Pick<VehicleRow, 'id'>): Promise<void> {
  const [kept] = await tx
    .select({ leaseId: holds.leaseId })
    .from(holds)
    .where(and(eq(holds.vehicleId, id), isNull(holds.releasedAt)));
  if (kept !== undefined)
    throw new Problem(
      'invalid_state',
      `it was taken back and is kept for lease ${kept.leaseId}: it is redeemed or sold first`,
    );
}

/** A registration as the market has it; one that stays is not looked at, whatever it is. */
function inForm(changes: VehicleChanges, { registration, market }: VehicleRow): VehicleChanges {
  return changes.registration === registration ? changes : identifiersOf(changes, market);
}

/** True when every column is what it was. */
function isAsItWas(before: VehicleRow, columns: Readonly<Record<string, unknown>>): boolean {
  const known: Readonly<Record<string, unknown>> = { ...before };
  return Object.entries(columns).every(([name, value]) => isDeepStrictEqual(known[name], value));
}

/** Drizzle leaves out what is undefined. */
function columnsOf(
  {
    price,
    location,
    photos,
    features,
    make,
    model,
    year,
    registration,
    odometerKm,
    speedLimitKph,
    branchId,
    status,
  }: VehicleChanges,
  before: VehicleRow,
) {
  const given = Object.entries({ make, model, year, registration, odometerKm, speedLimitKph, branchId, status }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...Object.fromEntries(given),
    ...(price === undefined ? {} : { price: price.amount }),
    ...(location === undefined ? {} : placeColumns(location)),
    ...(features === undefined ? {} : { features: [...features] }),
    ...(photos === undefined ? {} : { photos: photosNamed(photos, before.photos) }),
  };
}

/** @throws Problem not_found */
export async function lockVehicle({ tx }: Context, id: string): Promise<VehicleRow> {
  const [row] = await lockRow(tx, { id });
  if (row === undefined) throw new Problem('not_found');
  return row;
}

const lockRow = prebuiltRows(vehicles, (db, given) =>
  db
    .select()
    .from(vehicles)
    .where(eq(vehicles.id, given('id')))
    .for('update'),
);
