import { and, eq, inArray, sql } from 'drizzle-orm';
import { cases, transfers } from '#db/schema/index';
import { formerClaimRounded } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { closeCasesOf } from '../cases/close-case.ts';
import { retellCases } from '../cases/open-case.ts';
import { record, type Context } from '../context.ts';
import { unitOf, type LeaseRow } from '../leases/lease-record.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { claimRounded, isOfThese, ROUNDED } from './claim-left.ts';

/** What is left of it is told by the open case, which closes with the last of it. */
export async function tellLeft(context: Context, { id: leaseId, currency }: LeaseRow, standsIn: string, left: number) {
  const isOfIt = and(
    and(eq(cases.leaseId, leaseId), eq(cases.kind, 'former_chargeback')),
    eq(sql`${cases.detail} ->> 'standsIn'`, standsIn),
  );
  const told = JSON.stringify({ left: money(left, currency) });
  await retellCases(context, and(isOfIt, eq(cases.status, 'open')), sql`${cases.detail} || ${told}::jsonb`);
  if (left === 0) await closeCasesOf(context, isOfIt, 'it is paid');
}

/**
 * What is left of a claim of less than a unit nobody can pay: it is forgiven. Call it with the lease locked.
 *
 * @returns what is left then
 */
export async function roundClaim(
  context: Context,
  row: LeaseRow,
  { standsIn, left }: { readonly standsIn: string; readonly left: number },
): Promise<number> {
  if (left === 0 || left >= unitOf(row)) return left;
  await postRounding(context, row, standsIn, left);
  return 0;
}

/** What was forgiven of claims is owed again, since what was paid before it is not, or they end. Call it with the lease locked. */
export async function owedUnrounded(context: Context, row: LeaseRow, standIns: readonly string[]): Promise<void> {
  for (const standsIn of standIns) {
    const forgiven = await claimRounded(context.tx, row.id, standsIn);
    if (forgiven > 0) await postRounding(context, row, standsIn, 0 - forgiven);
  }
}

/** @param amount minor units; below zero it is owed again */
async function postRounding(context: Context, row: LeaseRow, standsIn: string, amount: number): Promise<void> {
  const isRounding = and(eq(transfers.leaseId, row.id), inArray(transfers.kind, [...ROUNDED]), isOfThese([standsIn]));
  const times = await context.tx.$count(transfers, isRounding);
  const key = `former-rounded:${standsIn}:${times + 1}`;
  const sum = money(Math.abs(amount), row.currency);
  await postOnLease(context, row, {
    key,
    kind: amount > 0 ? 'former_rounded' : 'former_unrounded',
    description: `${formatMoney(sum)}, less than can be paid: ${amount > 0 ? 'forgiven' : 'owed again'}`,
    cause: { standsIn },
    entries: formerClaimRounded(row.id, amount),
  });
  const type = amount > 0 ? 'lease.claim_rounded' : 'lease.claim_unrounded';
  await record(context, { key, type, subject: row.id, detail: { standsIn, amount: sum } });
}
