import { and, eq, sql } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { isFarAhead } from '#domain/leases/cash-ahead';
import { owedOf } from '#domain/leases/position';
import { hasEnded } from '#domain/leases/status';
import { money, type Currency } from '#domain/money';
import type { Context } from '../../context.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { openCase } from '../../cases/open-case.ts';
import { positionAt, type LeaseRecord } from '../../leases/lease-record.ts';

/**
 * Cash ends a lease by the word of the agent alone who took it, and is far more than its customer was to pay: somebody else
 * looks at it. It counts at once, and the lease is over; the vehicle is not made over meanwhile (`titleWaits`).
 */
export async function lookAtFarAhead(
  context: Context,
  before: LeaseRecord,
  after: LeaseRecord,
  cash: {
    readonly paymentId: string;
    readonly agentId: string;
    readonly receiptNumber: string;
    readonly amount: number;
  },
): Promise<void> {
  const { row, lines } = before;
  const { amount, paymentId, agentId, receiptNumber } = cash;
  const left = hasEnded(after.row.status) ? 0 : owedOf(positionAt(after, context.at));
  if (hasEnded(row.status) || !isFarAhead(positionAt(before, context.at), lines, { amount, left })) return;
  const detail = { agentId, receiptNumber, amount: money(amount, row.currency) };
  await openCase(context, { kind: 'cash_to_confirm', leaseId: row.id, paymentId, detail });
}

/** Nothing is left of an agent's float once somebody else has received cash of it: all that he took was there. */
export async function seenByRemittance(context: Context, agentId: string, currency: Currency): Promise<void> {
  const isHis = and(
    eq(cases.kind, 'cash_to_confirm'),
    sql`${cases.detail} ->> 'agentId' = ${agentId}`,
    sql`${cases.detail} -> 'amount' ->> 'currency' = ${currency}`,
  );
  await closeCasesOf(context, isHis, 'all that the agent took was handed over');
}
