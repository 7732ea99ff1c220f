import { and, eq } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { findLease } from '#db/queries/leases';
import { findAttempt } from '#db/queries/payments';
import { findVehicle } from '#db/queries/vehicles';
import { cases, leases } from '#db/schema/index';
import { Problem } from '#domain/errors';

export interface Links {
  readonly leaseId?: string | undefined;
  readonly paymentId?: string | undefined;
  readonly vehicleId?: string | undefined;
  readonly caseId?: string | undefined;
}

const refusal = (path: keyof Links, message: string) =>
  new Problem('unprocessable', 'The ticket cannot be about this', [{ path, message }]);

/**
 * What a ticket is about, where all of it is its customer's. A payment tells its lease, a lease its vehicle.
 *
 * @throws Problem unprocessable naming what is not.
 */
export async function checkLinks(tx: Transaction, customerId: string, given: Links) {
  const payment = given.paymentId === undefined ? undefined : await findAttempt(tx, given.paymentId);
  if (given.paymentId !== undefined && payment === undefined)
    throw refusal('paymentId', 'is no payment of the customer');
  const leaseId = given.leaseId ?? payment?.leaseId;
  const lease = leaseId === undefined ? undefined : await findLease(tx, leaseId);
  if (leaseId !== undefined && lease?.customerId !== customerId)
    throw given.leaseId === undefined
      ? refusal('paymentId', 'is no payment of the customer')
      : refusal('leaseId', 'is no lease of the customer');
  if (payment !== undefined && payment.leaseId !== leaseId) throw refusal('paymentId', 'is no payment of the lease');
  const vehicleId = given.vehicleId ?? lease?.vehicleId;
  if (given.vehicleId !== undefined) {
    const isTheirs = and(eq(leases.vehicleId, given.vehicleId), eq(leases.customerId, customerId));
    const [had] = await tx.select({ id: leases.id }).from(leases).where(isTheirs).limit(1);
    if (had === undefined) throw refusal('vehicleId', 'is no vehicle of the customer');
  }
  if (given.caseId !== undefined) {
    const [found] = await tx.select({ leaseId: cases.leaseId }).from(cases).where(eq(cases.id, given.caseId));
    if (found === undefined) throw refusal('caseId', 'is no case');
    const its = found.leaseId === null ? undefined : await findLease(tx, found.leaseId);
    if (its !== undefined && its.customerId !== customerId) throw refusal('caseId', 'is no case of the customer');
  }
  return {
    leaseId: leaseId ?? null,
    paymentId: given.paymentId ?? null,
    vehicleId: vehicleId ?? null,
    caseId: given.caseId ?? null,
  };
}

/** What an event of a lease is about: its customer of then may not have it any more. */
export async function linksOfEvent(tx: Transaction, { leaseId, paymentId }: Links) {
  const lease = leaseId === undefined ? undefined : await findLease(tx, leaseId);
  return {
    leaseId: leaseId ?? null,
    paymentId: paymentId ?? null,
    vehicleId: lease?.vehicleId ?? null,
    caseId: null,
  };
}

/** The branch that a vehicle belongs to; null for none. */
export async function branchOf(tx: Transaction, vehicleId: string | null): Promise<string | null> {
  if (vehicleId === null) return null;
  return (await findVehicle(tx, vehicleId))?.branchId ?? null;
}
