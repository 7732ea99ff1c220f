import { system } from '#domain/identity/roles';
import type { AbsentCharge, Day } from '#domain/payments/wire';
import { describeError } from '#platform/describe-error';
import { haveLeaseDo } from '#steering/have-lease-do';
import { TRIES } from './confirm-found.ts';
import type { ReconciliationDependencies } from './dependencies.ts';

/**
 * Charges whose outcome nobody could tell, and that are on no statement though they had the time: decided as
 * failed by their leases, which may charge again. Harmless to repeat; one that is known meanwhile stays as it is. A lease
 * that does not take it keeps no other from being told, and the report from no end: the charge stays unknown, with its
 * case, and its day is done again the next morning.
 *
 * @param input.attempt which try this is, from 1
 * @throws what the first one failed by, while it is worth another try.
 */
export async function failAbsent(
  { temporal, log }: Pick<ReconciliationDependencies, 'temporal' | 'log'>,
  {
    provider,
    date,
    absent,
    attempt,
  }: Pick<Day, 'provider' | 'date'> & { readonly absent: readonly AbsentCharge[]; readonly attempt: number },
): Promise<void> {
  const reason = `on no statement of ${provider} around ${date}`;
  const decision = { actor: system('reconciliation'), outcome: 'failed', providerReference: null, reason } as const;
  const told = await Promise.allSettled(
    absent.map(({ paymentId: attemptId, leaseId }) =>
      haveLeaseDo({ temporal }, leaseId, {
        command: 'decideUnknown',
        asked: { ...decision, attemptId },
        id: `absent-${attemptId}`,
      }),
    ),
  );
  for (const [i, one] of told.entries()) {
    if (one.status === 'fulfilled') continue;
    if (attempt < TRIES) throw one.reason;
    log.warn({ err: describeError(one.reason), paymentId: absent[i]?.paymentId }, 'a lease took no decision');
  }
}
