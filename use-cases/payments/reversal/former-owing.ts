import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { attempts, tenures } from '#db/schema/index';
import { dueFor } from '#domain/leases/due';
import { isByProvider } from '#domain/payments/payment';
import type { Context } from '../../context.ts';
import type { LeaseRow } from '../../leases/lease-record.ts';
import type { AttemptRow } from '../attempt-record.ts';

/**
 * Who owes what a provider takes back of a payment that was in the books when the lease was made over: whoever had the lease then, and
 * not who has signed for what was left. What is put back into suspense, or to an agent, was booked by mistake: its money is there, and
 * the lease owes what it owed without it.
 *
 * @param source where the money is from now on; null at its provider
 * @returns null where whoever has the lease owes it
 */
export async function formerOwing(
  { tx }: Pick<Context, 'tx'>,
  { id: leaseId, transferredAt }: LeaseRow,
  { id, provider, settledAt }: AttemptRow,
  source: string | null,
): Promise<string | null> {
  if (transferredAt === null || settledAt === null || source !== null || !isByProvider(provider)) return null;
  // Booked by then, and not taken out again; of before the ledger's place was kept the day decides.
  const wasThere = sql`case when ${tenures.bookedUpTo} is null then ${tenures.until} > ${settledAt.toISOString()} else exists (
    select from ledger.transfers booked
    where booked.lease_id = ${leaseId} and booked.kind = 'receipt' and booked.cause ->> 'paymentId' = ${id}
      and booked.number <= ${tenures.bookedUpTo} and not exists (
        select from ledger.transfers undone where undone.reverses = booked.id and undone.number <= ${tenures.bookedUpTo}))
    end`;
  const [tenure] = await tx
    .select({ customerId: tenures.customerId })
    .from(tenures)
    .where(and(eq(tenures.leaseId, leaseId), wasThere))
    .orderBy(asc(tenures.until))
    .limit(1);
  return tenure?.customerId ?? null;
}

/** Whether something has stood in for what these transfers took back. */
export async function wasClaimed(tx: Transaction, leaseId: string, transferIds: readonly string[]): Promise<boolean> {
  const dues = transferIds.map((id) => dueFor('former', id));
  return (await tx.$count(attempts, and(eq(attempts.leaseId, leaseId), inArray(attempts.due, dues)))) > 0;
}
