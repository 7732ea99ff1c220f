import { and, eq, gt, notInArray, sql } from 'drizzle-orm';
import { outer } from '#db/queries/outer';
import { attempts, cases, transfers } from '#db/schema/index';
import { isFarAhead } from '#domain/leases/cash-ahead';
import { owedOf } from '#domain/leases/position';
import { hasEnded } from '#domain/leases/status';
import { books } from '#domain/ledger/ledger';
import { money, type Currency } from '#domain/money';
import type { Context } from '../../context.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { openCase } from '../../cases/open-case.ts';
import { positionAt, type LeaseRecord } from '../../leases/lease-record.ts';

/** Hours in which what one agent takes for a lease is looked at together, in however many receipts. */
const TOGETHER = 24;
/** Days that a customer's habits are read from. */
const LATELY = 92;

/**
 * Cash ends a lease by the word of the agent alone who took it, and is far more than its customer was to pay: somebody else
 * looks at it. It counts at once, and the lease is over; the vehicle is not made over meanwhile (`titleWaits`).
 */
export async function lookAtFarAhead(
  context: Context,
  before: LeaseRecord,
  after: LeaseRecord,
  cash: { readonly paymentId: string; readonly agentId: string; readonly receiptNumber: string },
): Promise<void> {
  const { row, lines } = before;
  const { paymentId, agentId, receiptNumber } = cash;
  if (hasEnded(row.status)) return;
  const { amount, habit } = await paidLately(context, row.id, agentId);
  const left = hasEnded(after.row.status) ? 0 : owedOf(positionAt(after, context.at));
  if (!isFarAhead(positionAt(before, context.at), lines, { amount, left, habit })) return;
  const detail = { agentId, receiptNumber, amount: money(amount, row.currency) };
  await openCase(context, { kind: 'cash_to_confirm', leaseId: row.id, paymentId, detail });
}

/** What an agent has taken for a lease within a day, and the most that was paid of it on each of two days before; minor units. */
async function paidLately({ tx, at }: Context, leaseId: string, agentId: string) {
  const since = (hours: number) => new Date(at.getTime() - hours * 3_600_000);
  const isPaid = and(
    eq(attempts.leaseId, leaseId),
    eq(attempts.status, 'succeeded'),
    notInArray(attempts.kind, ['refund', 'settlement']),
    gt(attempts.requestedAt, since(LATELY * 24)),
  );
  const { amount, agentId: taker, requestedAt, valueOn } = attempts;
  const paid = await tx.select({ amount, taker, requestedAt, valueOn }).from(attempts).where(isPaid);
  const days = new Map<string | null, number>();
  let taken = 0;
  for (const one of paid)
    if (one.taker === agentId && one.requestedAt > since(TOGETHER)) taken += one.amount;
    else days.set(one.valueOn, (days.get(one.valueOn) ?? 0) + one.amount);
  const [, second = 0] = [...days.values()].toSorted((a, b) => b - a);
  return { amount: taken, habit: second };
}

/**
 * Nothing is left of an agent's float once somebody else has received cash of it: all that he took was there, unless some of it
 * was booked as lost since.
 */
export async function seenByRemittance(context: Context, agentId: string, currency: Currency): Promise<void> {
  const isHis = and(
    eq(cases.kind, 'cash_to_confirm'),
    sql`${cases.detail} ->> 'agentId' = ${agentId}`,
    sql`${cases.detail} -> 'amount' ->> 'currency' = ${currency}`,
    sql`not exists (select from ${transfers} where ${transfers.kind} = 'cash_lost'
      and ${transfers.book} = ${books.agent(agentId)} and ${transfers.at} >= ${outer(cases.openedAt)})`,
  );
  await closeCasesOf(context, isHis, 'all that the agent took was handed over');
}
