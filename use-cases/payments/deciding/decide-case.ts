import { findLease } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { Money } from '#domain/money';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { closeCase } from '../../cases/close-case.ts';
import { transact } from '../../context.ts';
import { correctBooks } from '../../leases/correct-books.ts';
import type { RestartDependencies } from '../../leases/restart-lease.ts';
import { decideCashDay } from '../cash/backdated-cash.ts';
import { acceptStatement } from './accept-statement.ts';
import { decideInsurance, type InsuranceDecision } from './decide-insurance.ts';

/** What somebody says came of a case. */
interface Said {
  readonly resolution: string;
  /** Of backdated cash whether it was taken on the day that the agent says, of an insurer's money whether it came. */
  readonly decision?: 'confirmed' | 'rejected' | undefined;
  /** With `confirmed`: the local day on which it was taken, if another. */
  readonly paidOn?: string | undefined;
  /** With `confirmed`: what an insurer has paid, if less. */
  readonly amount?: Money | undefined;
}

interface Open {
  readonly id: string;
  readonly kind: string;
  readonly leaseId: string | null;
}

const refusal = (path: string, message: string) =>
  new Problem('unprocessable', 'the case cannot be closed so', [{ path, message }]);

/**
 * Somebody closes a case; one of backdated cash or of an insurer's money he decides, and a statement that lacks money he takes as it is.
 *
 * @throws Problem unprocessable naming the decision where there is none to take, or none was taken; as `closeCase`, as `decideCashDay`, `decideInsurance` and
 * `commandLease`
 */
export async function decideCase(
  deps: RestartDependencies,
  actor: Actor,
  { id, kind, leaseId }: Open,
  key: CommandKey | undefined,
  { decision, paidOn, amount, resolution }: Said,
): Promise<void> {
  if (amount !== undefined && kind !== 'insurance_to_confirm') throw refusal('amount', 'there is no sum to confirm');
  if (paidOn !== undefined && kind !== 'backdated_cash') throw refusal('paidOn', 'there is no day to confirm');
  if (kind === 'insurance_to_confirm') {
    if (decision === undefined) throw refusal('decision', 'must say whether the money is confirmed or rejected');
    return seeInsurance(deps, actor, { caseId: id, leaseId: leaseId ?? '', decision, amount, resolution });
  }
  if (kind === 'backdated_cash') {
    if (decision === undefined) throw refusal('decision', 'must say whether the day is confirmed or rejected');
    return decideDay(deps, actor, leaseId ?? '', key, { caseId: id, decision, paidOn, resolution });
  }
  if (decision !== undefined) throw refusal('decision', 'there is nothing to confirm or to reject');
  await transact(deps.db, actor, new Date(), async (context) => {
    if (kind === 'statement_incomplete') await acceptStatement(context, { id, resolution });
    else await closeCase(context, { id, resolution });
  });
  // What a lease that is over gives back may have waited for it.
  if (leaseId !== null && (kind === 'receipt_taken' || kind.startsWith('reconciliation_')))
    await tellBooksChanged(deps, leaseId);
}

/** It concerns the books of a lease that is over; its workflow gives back what it does not owe. */
async function seeInsurance(deps: RestartDependencies, actor: Actor, decision: InsuranceDecision): Promise<void> {
  await correctBooks(deps, actor, decision.leaseId, (context) => decideInsurance(context, decision));
}

/** The lease books it; of one that is over only the day moves, and its workflow takes no commands any more. */
async function decideDay(
  deps: RestartDependencies,
  actor: Actor,
  leaseId: string,
  key: CommandKey | undefined,
  said: Said & { readonly caseId: string; readonly decision: 'confirmed' | 'rejected' },
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) throw new Problem('not_found');
  if (hasEnded(lease.status))
    await correctBooks(deps, actor, leaseId, (context) => decideCashDay(context, { leaseId, ...said }));
  else await commandLease(deps, leaseId, 'decideCashDay', { actor, ...said }, key);
}
