import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';

/** Nobody handed the vehicle over in time: a case for the agents. */
export async function noteHandoverOverdue(context: Context, { leaseId }: { leaseId: string }): Promise<void> {
  await openCase(context, { kind: 'handover_overdue', leaseId, paymentId: null, detail: {} });
}
