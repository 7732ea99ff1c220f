import { and, eq, or } from 'drizzle-orm';
import { cases, reconciliations } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import type { Difference } from '#domain/payments/reconciliation';
import type { Settled } from '#domain/payments/wire';
import { describeError } from '#platform/describe-error';
import { record, transact, type Context } from '../../context.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { tellLateMoney, tellOutcome } from '../outcomes/tell-outcome.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import type { ReconciliationDependencies } from './dependencies.ts';

/** What cannot be settled, or told to its lease, in so many tries is left to a person. */
export const TRIES = 4;

/**
 * Payments of ours whose outcome nobody could tell, and that the statement proves: written down as confirmed
 * and told to their leases, which post them. The difference stays on the report; its case is closed, and so
 * is that of the unknown outcome. Harmless to repeat. One that fails keeps no other from being settled: it is tried again,
 * and then left to a case, that of its difference or, where it could only not be told, one of late money.
 *
 * @param input.attempt which try this is, from 1
 * @throws what the first one failed by, while it is worth another try.
 */
export async function confirmFound(
  deps: ReconciliationDependencies,
  { reconciliationId, at, attempt }: { readonly reconciliationId: string; readonly at: Date; readonly attempt: number },
): Promise<void> {
  const failures: unknown[] = [];
  const [report] = await deps.db.select().from(reconciliations).where(eq(reconciliations.id, reconciliationId));
  for (const difference of report?.differences ?? []) {
    if (difference.remedy !== 'found' || difference.paymentId === null || difference.leaseId === null) continue;
    const { paymentId, leaseId } = difference;
    try {
      const outcome = await transact(deps.db, actor, at, (context) => confirm(context, { ...difference, paymentId }));
      await tellOutcome(deps, leaseId, outcome);
    } catch (error) {
      failures.push(error);
      deps.log.warn({ err: describeError(error), paymentId, attempt }, 'a payment of the statement is not settled yet');
      if (attempt >= TRIES) await transact(deps.db, actor, at, (context) => tellLateMoney(context, paymentId));
    }
  }
  if (failures.length > 0 && attempt < TRIES) throw failures[0];
}

const actor = system('reconciliation');

async function confirm(context: Context, found: Difference & { readonly paymentId: string }): Promise<Settled> {
  const { paymentId, leaseId, receipt, statementAmount, currency, caseId, paidAt } = found;
  if (statementAmount === null) throw new Error(`the statement names no amount for payment ${paymentId}`);
  const amount = money(statementAmount, currency);
  const final = { state: 'succeeded', receipt, amount } as const;
  const outcome = await recordOutcome(context, paymentId, final, paidAt === undefined ? null : new Date(paidAt));
  const isUnknown = and(eq(cases.paymentId, paymentId), eq(cases.kind, 'unknown_outcome'));
  const isIts = caseId === null ? isUnknown : or(eq(cases.id, caseId), isUnknown);
  await closeCasesOf(context, isIts, 'found on the statement');
  await record(context, {
    key: `payment.found:${paymentId}`,
    type: 'payment.found',
    subject: paymentId,
    leaseId,
    detail: { paymentId, receipt, amount },
  });
  return outcome;
}
