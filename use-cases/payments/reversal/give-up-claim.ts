import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { accounts as accountRows, cases, entries } from '#db/schema/index';
import { accounts, formerClaimGivenUp } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { closeCasesOf } from '../../cases/close-case.ts';
import { recordOnLease, type Context } from '../../context.ts';
import type { LeaseRow } from '../../leases/lease-record.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';

/** What those who had a lease before owe of what was taken back of them: minor units. */
export async function claimedOf(tx: Transaction, leaseId: string): Promise<number> {
  const [found] = await tx
    .select({ amount: sql<string>`coalesce(sum(${entries.amount}), 0)` })
    .from(entries)
    .innerJoin(accountRows, eq(accountRows.id, entries.accountId))
    .where(eq(accountRows.name, accounts.former(leaseId)));
  return Number(found?.amount ?? 0);
}

/** Nobody pays it any more: it is a loss, and its cases are closed. Call it with the lease locked. */
export async function giveUpClaim(
  context: Context,
  row: LeaseRow,
  { key, reason, claimed }: { readonly key: string; readonly reason: string; readonly claimed: number },
): Promise<void> {
  const amount = money(claimed, row.currency);
  await postOnLease(context, row, {
    key,
    kind: 'former_given_up',
    description: `${formatMoney(amount)} that who had the lease before owes is given up`,
    entries: formerClaimGivenUp(row.id, claimed),
  });
  const isAboutIt = and(eq(cases.leaseId, row.id), eq(cases.kind, 'former_chargeback'));
  await closeCasesOf(context, isAboutIt, `given up: ${reason}`);
  await recordOnLease(context, row, {
    key,
    type: 'lease.dispute_given_up',
    detail: { amount, reason, isOfFormer: true },
  });
}
