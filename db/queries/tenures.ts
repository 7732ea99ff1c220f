import { eq, max, sql, type Column, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Queryable } from '../client.ts';
import { audit, leases, tenures } from '../schema/index.ts';
import { outer } from './outer.ts';

const held = sql`coalesce(${leases.transferredAt}, ${leases.handedOverAt}, ${leases.createdAt})`;
const hadAnother = sql`(${leases.transferredAt} is not null or exists (
  select from ${leases} earlier where earlier.vehicle_id = ${outer(leases.vehicleId)} and earlier.id <> ${outer(leases.id)}
    and earlier.handed_over_at is not null))`;

/**
 * Since when the customer of a lease may know where its vehicle was, by the wall, as trackers tell the time: since it was made over
 * or handed over to him; ever, where no customer had it before, for then it is nobody else's whereabouts. What is later than now
 * was noted by a lease whose clock had travelled.
 */
export const seenSince = sql`case when not ${hadAnother} then to_timestamp(0)
  when ${held} > now() then ${held} - ${leases.clockOffsetMs} * interval '1 millisecond' else ${held} end`.mapWith(
  leases.createdAt,
);

/** True for what happened at a time to a lease while somebody was its customer: a lease may have had another before. */
export const whileHeldBy = (userId: string, leaseId: Column, at: Column): SQL<boolean> => sql<boolean>`(
  ${leaseId} in (${leasesEverOf(userId)}) and exists (${tenuresAt(leaseId, at)} and customer_id = ${userId}))`;

/** True for what happened at a time to a lease whose customer of then was erased. */
export const ofErased = (leaseId: Column, at: Column): SQL<boolean> => sql<boolean>`exists (
  ${tenuresAt(leaseId, at)} and customer_id in (select id from identity.users where erased_at is not null))`;

/** Who had a lease at an instant of its own clock; undefined where there is no such lease. */
export async function customerAt(db: Queryable, leaseId: string, at: Date): Promise<string | undefined> {
  const rows = await db.execute(tenuresAt(sql`${leaseId}::uuid`, sql`${at.toISOString()}::timestamptz`));
  return z.array(z.object({ customer_id: z.uuid() })).parse([...rows])[0]?.customer_id;
}

/** The version of its schedule with which a lease came to the customer that it has: 1 where it had no other. What is older is not his. */
export async function takenOverVersion(
  db: Queryable,
  { id, transferredAt }: Pick<typeof leases.$inferSelect, 'id' | 'transferredAt'>,
): Promise<number> {
  if (transferredAt === null) return 1;
  const [row] = await db
    .select({ version: max(tenures.scheduleVersion) })
    .from(tenures)
    .where(eq(tenures.leaseId, id));
  return row?.version ?? 1;
}

/** The leases that somebody has, or had. */
const leasesEverOf = (userId: string): SQL => sql`
  select id from leases.leases where customer_id = ${userId}
  union select lease_id from leases.tenures where customer_id = ${userId}`;

/** Who had a lease at a time. */
export const tenuresAt = (leaseId: Column | SQL, at: Column | SQL): SQL => sql`select customer_id from (
    select customer_id, transferred_at as since, null::timestamptz as until from leases.leases where id = ${leaseId}
    union all select customer_id, since, until from leases.tenures where lease_id = ${leaseId}
  ) as tenure where (since is null or ${at} >= since) and (until is null or ${at} < until)`;

/**
 * Of an entry of the audit: it is about what became of a payment that was in the books when its lease was made over, or of what is
 * claimed for it. Whoever has taken the lease over is told nothing of that.
 *
 * @param but whose own time it was, where it is for him
 */
export const isOfFormer = (but: string | null = null): SQL => sql`(
  ${outer(audit.detail)} ->> 'isOfFormer' is not distinct from 'true' or exists (
    select from ${tenures} join ledger.transfers paid
      on paid.lease_id = ${tenures.leaseId} and paid.kind = 'receipt' and paid.number <= ${tenures.bookedUpTo}
    where ${tenures.leaseId} = ${outer(audit.leaseId)} and ${tenures.customerId} is distinct from ${but}::uuid
      and paid.cause ->> 'paymentId' in (${outer(audit.subject)}, ${outer(audit.detail)} ->> 'paymentId', ${outer(audit.detail)} ->> 'takenBackOf')))`;
