import { findLease } from '#db/queries/leases';
import { findAttempt } from '#db/queries/payments';
import { system } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import { money } from '#domain/money';
import type { Settled } from '#domain/payments/wire';
import { completeCharge } from '#steering/complete-charge';
import { signalWorkflow } from '#steering/signal-workflow';
import { leaseWorkflowId, moneyArrived, moneyFailed } from '#workflows/lease/messages';
import { openCase } from '../../cases/open-case.ts';
import { transact, type Context } from '../../context.ts';
import { restartFromBooks } from '../../leases/restart-lease.ts';
import { lockAttempt, outcomeOf, type AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';

const actor = system('callbacks');

/**
 * Completes the waiting activity; what nobody waits for any more goes in as a signal, harmless to repeat. A lease that
 * is in doubt hears at once that no money moved. A lease that has ended hears of what it has booked as well: it may
 * wait for the receipt, to give the money back.
 */
export async function tellOutcome(
  deps: Pick<PaymentDependencies, 'temporal' | 'db' | 'config'>,
  leaseId: string,
  outcome: Settled,
): Promise<void> {
  if (await completeCharge(deps.temporal, leaseId, outcome)) return;
  const workflowId = leaseWorkflowId(leaseId);
  const row = await findAttempt(deps.db, outcome.attemptId);
  const known = row === undefined ? null : outcomeOf(row);
  if (row === undefined || known === null) return;
  if (known.status === 'failed') {
    const { attemptId, reason } = known;
    await signalWorkflow(deps.temporal, workflowId, moneyFailed, { attemptId, reason });
    return;
  }
  const isNews = row.transferId === null || (outcome.status === 'succeeded' && outcome.standing !== undefined);
  if (!isNews && !(await isOver(deps, leaseId))) return;
  const runs = await signalWorkflow(deps.temporal, workflowId, moneyArrived, { attemptId: row.id });
  if (!runs && isNews) await takeLate(deps, row);
}

/** Money that arrived after its lease's workflow: a lease that is over books it and gives it back, a dead one is a case. */
async function takeLate(
  deps: Pick<PaymentDependencies, 'temporal' | 'db' | 'config'>,
  { id, leaseId }: AttemptRow,
): Promise<void> {
  if (await isOver(deps, leaseId)) return restartFromBooks(deps, actor, leaseId);
  await transact(deps.db, actor, new Date(), (context) => tellLateMoney(context, id));
}

/** A case for money that nobody books until an admin comes; booking it closes it. Money that is booked by now, or not confirmed, is none. */
export async function tellLateMoney(context: Context, paymentId: string): Promise<void> {
  const { leaseId, settledAmount, amount, currency, transferId, status } = await lockAttempt(context.tx, paymentId);
  if (transferId !== null || status !== 'succeeded') return;
  const detail = { amount: money(settledAmount ?? amount, currency) };
  await openCase(context, { kind: 'late_money', leaseId, paymentId, detail });
}

async function isOver({ db }: Pick<PaymentDependencies, 'db'>, leaseId: string): Promise<boolean> {
  const lease = await findLease(db, leaseId);
  return lease !== undefined && hasEnded(lease.status);
}
