import { system } from '#domain/identity/roles';
import { commandLease } from '../command-lease.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
import type { Day } from './find-movements.ts';

export interface AbsentCharge {
  readonly paymentId: string;
  readonly leaseId: string;
}

/**
 * Charges whose outcome nobody could tell, and that are on no statement though they had the time: decided as
 * failed by their leases, which may charge again. Harmless to repeat; one that is known meanwhile stays as it is.
 */
export async function settleAbsent(
  deps: Pick<ReconciliationDependencies, 'temporal'>,
  { provider, date, absent }: Pick<Day, 'provider' | 'date'> & { readonly absent: readonly AbsentCharge[] },
): Promise<void> {
  for (const { paymentId: attemptId, leaseId } of absent) {
    const reason = `on no statement of ${provider} around ${date}`;
    const input = {
      actor: system('reconciliation'),
      attemptId,
      outcome: 'failed',
      providerReference: null,
      reason,
    };
    await commandLease(deps, leaseId, { update: 'decideUnknown', input, id: `absent-${attemptId}` });
  }
}
