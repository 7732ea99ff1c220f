import { system } from '#domain/identity/roles';
import type { AbsentCharge, Day } from '#domain/payments/wire';
import { haveLeaseDo } from '#steering/have-lease-do';
import type { ReconciliationDependencies } from './dependencies.ts';

/**
 * Charges whose outcome nobody could tell, and that are on no statement though they had the time: decided as
 * failed by their leases, which may charge again. Harmless to repeat; one that is known meanwhile stays as it is,
 * and a lease that does not answer keeps no other from being told.
 */
export async function failAbsent(
  deps: Pick<ReconciliationDependencies, 'temporal'>,
  { provider, date, absent }: Pick<Day, 'provider' | 'date'> & { readonly absent: readonly AbsentCharge[] },
): Promise<void> {
  const reason = `on no statement of ${provider} around ${date}`;
  const decision = { actor: system('reconciliation'), outcome: 'failed', providerReference: null, reason } as const;
  const told = await Promise.allSettled(
    absent.map(({ paymentId: attemptId, leaseId }) =>
      haveLeaseDo(deps, leaseId, {
        command: 'decideUnknown',
        asked: { ...decision, attemptId },
        id: `absent-${attemptId}`,
      }),
    ),
  );
  for (const one of told) if (one.status === 'rejected') throw one.reason;
}
