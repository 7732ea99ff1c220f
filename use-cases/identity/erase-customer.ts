import type { Actor } from '#domain/identity/roles';
import { terminateWorkflow } from '#steering/terminate-workflow';
import { kycWorkflowId } from '#workflows/kyc/messages';
import { transact } from '../context.ts';
import type { SteeringDependencies } from '../leases/dependencies.ts';
import { eraseUser } from './erase-user.ts';

/**
 * Erases a customer, and ends his identity check. The check is ended before what is erased is committed: one that
 * could not be ended keeps its customer, and is ended by the next try; ending it twice is harmless.
 *
 * @throws Problem as `eraseUser`
 */
export async function eraseCustomer(deps: SteeringDependencies, actor: Actor, id: string): Promise<void> {
  await transact(deps.db, actor, new Date(), async (context) => {
    await eraseUser(context, id);
    await terminateWorkflow(deps.temporal, kycWorkflowId(id), 'the customer was erased');
  });
}
