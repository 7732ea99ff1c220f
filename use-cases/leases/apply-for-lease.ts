import { findLease } from '#db/queries/leases';
import { findVehicle } from '#db/queries/vehicles';
import type { Application } from '#domain/leases/wire';
import { keyOfItsOwn, type CommandKey } from '#steering/command-key';
import { startWithCommand } from '#steering/send-command';
import { uuidFor } from '#steering/uuid-for';
import { leaseStart, limitsOf, type LeaseStartConfig } from '#steering/start-lease';
import { apply } from '#workflows/lease/messages';
import type { SteeringDependencies } from './dependencies.ts';

/**
 * Starts the lease's workflow and waits until the application is on record. The lease's id follows from
 * the customer and the idempotency key, so that a crash between the two makes no second lease; one that is on record
 * is the answer, whatever has become of its workflow.
 *
 * @returns the lease's id
 * @throws Problem as the workflow refuses.
 */
export async function applyForLease(
  deps: SteeringDependencies & { readonly config: LeaseStartConfig },
  customerId: string,
  request: Pick<Application, 'vehicleId' | 'planId' | 'paymentMethodId'>,
  key: CommandKey = keyOfItsOwn(),
): Promise<string> {
  const leaseId = uuidFor('lease', customerId, key);
  if ((await findLease(deps.db, leaseId)) !== undefined) return leaseId;
  const vehicle = await findVehicle(deps.db, request.vehicleId);
  const application = { leaseId, customerId, ...request };
  const lease = { id: leaseId, customerId, vehicleId: request.vehicleId, market: vehicle?.market };
  const start = leaseStart(lease, { application, ...limitsOf(deps.config) });
  // It may be refused, and then there is no such lease to look at.
  await startWithCommand(deps, { updateId: 'apply', lookAt: '/v1/leases' }, apply, [], start);
  return leaseId;
}
