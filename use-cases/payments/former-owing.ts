import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { attempts } from '#db/schema/index';
import { dueFor } from '#domain/leases/due';
import { theirsOf, type Tenure, type Theirs } from '#domain/leases/former';
import { accounts } from '#domain/ledger/ledger';
import { isByProvider } from '#domain/payments/payment';
import type { Context } from '../context.ts';
import type { LeaseRow } from '../leases/lease-record.ts';
import type { AttemptRow } from './attempt-record.ts';

/**
 * How much of a payment was in the books of its lease when that was made over, and stayed there: theirs who had the lease then, who
 * owe it when its provider takes it back, after what was booked since. What is put back into suspense, or to an agent, they do not owe:
 * it was booked by mistake, its money is there, and the lease owes what it owed without it. It is asked of the money, by the
 * ledger's place: what a customer paid by himself is the same money in each payment that it became. What was claimed of them
 * stands, and is taken no second time.
 *
 * @returns minor units, of who had it last first; none where a lease was never made over, or somebody paid in cash
 */
export async function ofFormerCustomers(
  { tx }: Pick<Context, 'tx'>,
  { id: leaseId, transferredAt }: Pick<LeaseRow, 'id' | 'transferredAt'>,
  attempt: AttemptRow,
): Promise<Theirs[]> {
  if (transferredAt === null || !isByProvider(attempt.provider)) return [];
  return theirsOf(await tenuresOf(tx, leaseId, attempt));
}

/** What was booked of the money by the end of each tenure, with what stands in for it, and what is claimed of whoever had it then. */
async function tenuresOf(tx: Transaction, leaseId: string, attempt: AttemptRow): Promise<Tenure[]> {
  const rows = await tx.execute<{ customerId: string; booked: string; claimed: string }>(sql`
    with payments as (select p.id::text from payments.attempts p where p.lease_id = ${leaseId} and ${isSameMoney(attempt)}),
    stands_in as (select t.cause ->> 'paymentId' as id from ledger.transfers t
      where t.lease_id = ${leaseId} and t.kind = 'receipt' and t.cause ->> 'takenBackOf' in (select id from payments))
    select one.customer_id as "customerId",
      case when one.booked_up_to is null then case when one.until > ${attempt.settledAt?.toISOString() ?? null} then ${attempt.amount}::bigint else 0 end
      else (select coalesce(sum(e.amount), 0) from ledger.transfers t
        join ledger.entries e on e.transfer_id = t.id join ledger.accounts a on a.id = e.account_id
        where t.lease_id = ${leaseId} and t.kind in ('receipt', 'reversal') and t.number <= one.booked_up_to
          and t.cause ->> 'paymentId' in (select id from payments union select id from stands_in)
          and (a.name like 'clearing:%' or a.name like 'suspense:%' or a.name = ${accounts.former(leaseId)})) end as booked,
      (select coalesce(sum(p.amount), 0) from payments.attempts p
        where p.id::text in (select id from stands_in) and p.status = 'succeeded' and exists (
          select from payments.cases c where c.lease_id = ${leaseId} and c.kind = 'former_chargeback'
            and c.detail ->> 'standsIn' = p.id::text and c.detail ->> 'customerId' = one.customer_id::text)) as claimed
    from leases.tenures one where one.lease_id = ${leaseId} order by one.until`);
  return [...rows].map(({ customerId, booked, claimed }) => ({
    customerId,
    booked: Number(booked),
    claimed: Number(claimed),
  }));
}

function isSameMoney({ id, kind, provider, providerReference }: AttemptRow): SQL {
  if (kind !== 'inbound' || providerReference === null) return sql`p.id = ${id}`;
  return sql`p.kind = 'inbound' and p.provider = ${provider} and p.provider_reference = ${providerReference}`;
}

/** What has stood in for what these transfers took back, minor units. */
export async function claimedBy(tx: Transaction, leaseId: string, transferIds: readonly string[]): Promise<number> {
  const [found] = await tx
    .select({ amount: sql<string>`coalesce(sum(${attempts.amount}), 0)` })
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), standsInFor(transferIds)));
  return Number(found?.amount ?? 0);
}

/** Of a query of payments: those that stand in for what these transfers took back. */
export function standsInFor(transferIds: readonly string[]): SQL {
  const dues = sql.join(
    transferIds.map((id) => sql`${dueFor('former', id)}`),
    sql`, `,
  );
  // Of several who owe a part each has his own.
  return transferIds.length === 0 ? sql`false` : sql`split_part(${attempts.due}, '.', 1) in (${dues})`;
}
