import { and, eq, inArray } from 'drizzle-orm';
import { leases } from '#db/schema/index';
import type { KycStatus } from '#domain/kyc/submission';
import { signalWorkflow } from '#steering/signal-workflow';
import { kycDecided, leaseWorkflowId } from '#workflows/lease/messages';
import type { KycDependencies } from './dependencies.ts';

/**
 * Tells every lease of the customer that waits for it how the identity check ended: at least once, a
 * lease that has gone is no error. One that begins later reads the decision from the database.
 */
export async function tellWaitingLeases(
  { db, temporal }: Pick<KycDependencies, 'db' | 'temporal'>,
  input: { readonly userId: string; readonly submissionId: string; readonly status: KycStatus },
): Promise<void> {
  const { userId, submissionId, status } = input;
  const waiting = await db
    .select({ id: leases.id })
    .from(leases)
    .where(and(eq(leases.customerId, userId), inArray(leases.status, ['applied', 'verifying'])));
  for (const { id } of waiting)
    await signalWorkflow(temporal, leaseWorkflowId(id), kycDecided, { status, submissionId });
}
