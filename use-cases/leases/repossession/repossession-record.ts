import { and, eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { demandThatRuns, type DemandRow } from '#db/queries/demands';
import { cases, repossessions } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor, Role } from '#domain/identity/roles';
import {
  repossessionSteps,
  type DemandKind,
  type RepossessionStatus,
  type RepossessionStep,
} from '#domain/leases/demand';
import type { LeaseStatus } from '#domain/leases/status';
import { closeCasesOf } from '../../cases/close-case.ts';
import type { Context } from '../../context.ts';
import { creditPays } from '../credit-pays.ts';
import { lockLease, positionAt, type LeaseRecord } from '../lease-record.ts';

export type RepossessionRow = typeof repossessions.$inferSelect;

/** @throws Problem forbidden for another role than may do it */
export function admitStep(step: RepossessionStep, { role }: Actor): void {
  const by: readonly Role[] = repossessionSteps[step].by;
  if (role !== 'system' && !by.includes(role)) throw new Problem('forbidden');
}

/** A vehicle was taken back: it is kept until its customer redeems it, or it is sold. Call it with the lease locked. */
export async function beginRepossession(context: Context, { row }: LeaseRecord): Promise<void> {
  const { id: leaseId, vehicleId } = row;
  await context.tx.insert(repossessions).values({ leaseId, vehicleId, status: 'held', heldAt: context.at });
}

/** Whether the vehicle of a lease is kept for its customer, or to be sold. */
export const isVehicleKept = (db: Queryable, leaseId: string): Promise<boolean> => stands(db, leaseId, 'held');

/** Whether the customer of a lease has his vehicle back, for good. */
export const isRedeemed = (db: Queryable, leaseId: string): Promise<boolean> => stands(db, leaseId, 'redeemed');

/** What keeping the vehicle of a lease has cost, minor units; null where none was taken back. */
export async function keepingCostsOf(db: Queryable, leaseId: string): Promise<number | null> {
  const [found] = await db
    .select({ costs: repossessions.costs })
    .from(repossessions)
    .where(eq(repossessions.leaseId, leaseId));
  return found?.costs ?? null;
}

async function stands(db: Queryable, leaseId: string, status: RepossessionStatus): Promise<boolean> {
  const isIt = and(eq(repossessions.leaseId, leaseId), eq(repossessions.status, status));
  return (await db.$count(repossessions, isIt)) > 0;
}

/** The demand whose days run: of arrears, one that was made since the oldest of them was due. */
export function runningDemand(
  db: Queryable,
  record: LeaseRecord,
  kind: DemandKind,
  at: Date,
): Promise<DemandRow | undefined> {
  const { id: leaseId, customerId } = record.row;
  const after = kind === 'arrears' ? positionAt(record, at).oldestUnpaidOn : null;
  return demandThatRuns(db, { leaseId, customerId, kind, after });
}

/** Nobody inspects what is not the house's any more. */
export async function closeInspection(context: Context, leaseId: string, resolution: string): Promise<void> {
  await closeCasesOf(context, and(eq(cases.leaseId, leaseId), eq(cases.kind, 'vehicle_to_inspect')), resolution);
}

/**
 * A lease whose vehicle is kept, locked; its credit has paid what it can.
 *
 * @throws Problem forbidden; invalid_state unless its vehicle was taken back and is there
 */
export async function lockHeld(
  context: Context,
  step: RepossessionStep,
  leaseId: string,
): Promise<{ readonly lease: LeaseRecord; readonly held: RepossessionRow }> {
  admitStep(step, context.actor);
  const lease = await lockLease(context.tx, leaseId);
  const statuses: readonly LeaseStatus[] = repossessionSteps[step].in;
  const [held] = await context.tx.select().from(repossessions).where(eq(repossessions.leaseId, leaseId)).for('update');
  if (!statuses.includes(lease.row.status) || held?.status !== 'held')
    throw new Problem('invalid_state', 'the vehicle of this lease is not kept to be redeemed or sold');
  return { lease: await creditPays(context, lease), held };
}
