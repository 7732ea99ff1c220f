import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { allocate, forgive } from '#domain/leases/allocation';
import { lastParts, sumOf } from '#domain/leases/lease-credit';
import { insurerPaidLess, type AllocationPart } from '#domain/ledger/ledger';
import { formatMoney, money, type Money } from '#domain/money';
import { closeCasesOf } from '../../cases/close-case.ts';
import { recordOnLease, type Context } from '../../context.ts';
import { creditPays } from '../../leases/credit-pays.ts';
import { lockLease, positionAt, updateLease, updateLines, type LeaseRecord } from '../../leases/lease-record.ts';
import { owedAgain } from '../../leases/owed-again.ts';
import { roundCredit } from '../../leases/round-credit.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';

export interface InsuranceDecision {
  readonly caseId: string;
  readonly leaseId: string;
  readonly decision: 'confirmed' | 'rejected';
  /** With `confirmed`: what came, where it is less than was said. */
  readonly amount?: Money | undefined;
  /** Why, or where it was seen. */
  readonly resolution: string;
}

/** What is known of the money; of cases from before nothing says what it paid. */
const claim = z.object({
  amount: z.object({ amount: z.int() }),
  surplus: z.object({ amount: z.int() }).optional(),
  declaredBy: z.string(),
  paid: z.array(z.object({ component: z.string(), instalment: z.int().nullable(), amount: z.int() })).optional(),
});

/**
 * Another admin than the one who ended the lease has seen what its insurer pays: all of it, less, or nothing. What does not
 * come is taken out of the books, as if less had been said when the lease ended: the credit that it made pays again, and the
 * rest is the gap, which the customer owes, or the house bears by the plan.
 *
 * @throws Problem not_found; forbidden; invalid_state when it is decided already; unprocessable for more than was said
 */
export async function decideInsurance(context: Context, input: InsuranceDecision): Promise<void> {
  const before = await lockLease(context.tx, input.leaseId);
  const isIt = and(
    eq(cases.id, input.caseId),
    eq(cases.kind, 'insurance_to_confirm'),
    eq(cases.leaseId, input.leaseId),
  );
  const [found] = await context.tx.select().from(cases).where(isIt).for('update');
  if (found === undefined) throw new Problem('not_found');
  const known = claim.parse(found.detail);
  if (context.actor.role !== 'admin' || known.declaredBy === context.actor.id)
    throw new Problem('forbidden', 'another admin than the one who ended the lease confirms what an insurer has paid');
  if (found.status === 'closed') throw new Problem('invalid_state', 'the case is closed already');
  const { row } = before;
  const came = cameOf(input, money(known.amount.amount, row.currency));
  const missing = known.amount.amount - came;
  if (missing > 0) {
    if (known.paid === undefined)
      throw new Problem('invalid_state', 'it is not known what this money paid: it can be confirmed alone');
    await takeOut(context, before, lastParts(known.paid, missing), known.surplus?.amount ?? 0);
  }
  await closeCasesOf(context, eq(cases.id, found.id), input.resolution);
  const isOverdue = and(eq(cases.leaseId, row.id), eq(cases.kind, 'insurance_overdue'));
  await closeCasesOf(context, isOverdue, `${input.decision} by another admin`);
  await recordOnLease(context, row, {
    key: `insurance-decided:${found.id}`,
    type: 'lease.insurance_decided',
    detail: { decision: input.decision, amount: money(came, row.currency), missing: money(missing, row.currency) },
  });
}

/** Minor units. @throws Problem unprocessable */
function cameOf({ decision, amount }: InsuranceDecision, said: Money): number {
  if (decision === 'rejected') return 0;
  if (amount === undefined) return said.amount;
  if (amount.currency !== said.currency) throw new Problem('currency_mismatch');
  if (amount.amount <= said.amount) return amount.amount;
  const message = `must be at most ${said.amount}, what was said when the lease ended`;
  throw new Problem('unprocessable', 'the insurer pays no more than was said', [{ path: 'amount.amount', message }]);
}

/** @param parts what the money that does not come has paid @param surplus what it made credit; minor units */
async function takeOut(
  context: Context,
  before: LeaseRecord,
  parts: readonly AllocationPart[],
  surplus: number,
): Promise<void> {
  const { row } = before;
  const wasRecovery = row.status === 'written_off';
  const missing = parts.reduce((sum, { amount }) => sum + amount, 0);
  await postOnLease(context, row, {
    key: `insurance-missing:${row.id}`,
    kind: 'insurance_missing',
    description: `an insurer does not pay ${formatMoney(money(missing, row.currency))} of what was said`,
    entries: insurerPaidLess(row.id, parts, wasRecovery ? 'written_off' : 'running'),
  });
  const owed = await owedAgain(context, before, parts, wasRecovery);
  const isHouse = !wasRecovery && row.plan.totalLossGap === 'house';
  const paid = await creditPays(context, owed, isHouse ? Math.min(surplus, missing) : undefined);
  const left = isHouse ? await bear(context, paid) : paid;
  await roundCredit(context, left, { as: 'insurance' });
}

/** The house bears what is left: it is a loss already, and the customer owes nothing of it. */
async function bear(context: Context, record: LeaseRecord): Promise<LeaseRecord> {
  const { row, lines } = record;
  const { depositDue, feesDue, outstanding } = positionAt(record, context.at);
  const { parts } = allocate(outstanding + feesDue, { depositDue, feesDue, lines });
  const after = forgive(lines, parts);
  const changed = after.filter((line, i) => line !== lines[i]);
  await updateLines(context, row, changed);
  const updated = await updateLease(context, row, {
    deposit: row.deposit - sumOf(parts, 'deposit'),
    feesWaived: row.feesWaived + sumOf(parts, 'fee'),
    totalPrice: row.totalPrice - outstanding,
  });
  return { row: updated, lines: after };
}
