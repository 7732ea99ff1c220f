import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import type { LeaseRow } from '#db/queries/leases';
import { cases } from '#db/schema/index';
import { creditCases } from '#domain/cases';
import { money } from '#domain/money';
import type { Context } from '../context.ts';
import { closeCasesOf } from '../cases/close-case.ts';
import { retellCases } from '../cases/open-case.ts';

/**
 * How much of a lease's credit a case tells of, in minor units: what is left of what it was opened for. Minor units alone are in
 * cases of before sums had their currency.
 */
export const toldCredit = sql`
  coalesce(${cases.detail} #>> '{left,amount}', ${cases.detail} #>> '{credit,amount}', ${cases.detail} ->> 'credit')::bigint`;

/**
 * Credit of a lease has become less: its cases tell of no more than there is now, so that credit which comes later is new
 * and gets a case of its own. Where none is left they are closed. Call it with the lease locked.
 */
export async function creditFell(context: Context, { id, credit, currency }: LeaseRow): Promise<void> {
  const areIts = and(eq(cases.leaseId, id), inArray(cases.kind, [...creditCases]));
  const left = JSON.stringify({ left: money(credit, currency) });
  await retellCases(context, and(areIts, gt(toldCredit, credit)), sql`${cases.detail} || ${left}::jsonb`);
  if (credit === 0) await closeCasesOf(context, areIts, 'the credit is gone');
}

/** Nothing of a lease is in dispute any more: its cases that ask somebody to get it from the customer are closed. */
export async function disputeIsOver(context: Context, { id }: LeaseRow): Promise<void> {
  const areIts = and(eq(cases.leaseId, id), inArray(cases.kind, ['chargeback', 'refund_beyond_credit']));
  await closeCasesOf(context, areIts, 'nothing is in dispute any more');
}
