import { and, desc, eq, inArray, lt, or, sql } from 'drizzle-orm';
import { addDays, localDateAt } from '#domain/calendar';
import { isPayable, type LeaseStatus } from '#domain/leases/status';
import {
  normalReference,
  oneSlipAway,
  rank,
  referencesIn,
  type Candidate,
  type Suggestion,
} from '#domain/payments/suggestions';
import type { Queryable } from '../client.ts';
import { inbound, leases, methods, scheduleLines, users } from '../schema/index.ts';

export type InboundRow = typeof inbound.$inferSelect;

/** Most leases that one reason may bring up. */
const CANDIDATES = 10;

/** What waits, newest first; `posted` shows what was resolved. */
export function listSuspense(
  db: Queryable,
  filter: { status: InboundRow['status']; id?: string | undefined },
  page: { limit: number; before?: { createdAt: Date; id: string } | undefined },
): Promise<InboundRow[]> {
  const { before } = page;
  return db
    .select()
    .from(inbound)
    .where(
      and(
        filter.id === undefined ? eq(inbound.status, filter.status) : eq(inbound.id, filter.id),
        before === undefined
          ? undefined
          : or(
              lt(inbound.receivedAt, before.createdAt),
              and(eq(inbound.receivedAt, before.createdAt), lt(inbound.id, before.id)),
            ),
      ),
    )
    .orderBy(desc(inbound.receivedAt), desc(inbound.id))
    .limit(page.limit);
}

/** The leases that the money may belong to, the most likely first. */
export async function suggestionsFor(db: Queryable, row: InboundRow): Promise<Suggestion[]> {
  const [named, within, byReference, byPhone, byAmount] = await Promise.all([
    statusOfNamed(db, row, [normalReference(row.account)]),
    statusOfNamed(db, row, referencesIn(row.account)),
    withReference(db, row),
    leasesOfPayer(db, row),
    withAmountDue(db, row),
  ]);
  const candidates = [...new Set([...named.keys(), ...within.keys(), ...byReference, ...byPhone, ...byAmount])].map(
    (leaseId): Candidate => ({
      leaseId,
      named: named.get(leaseId) ?? null,
      within: named.has(leaseId) ? null : (within.get(leaseId) ?? null),
      byReference: byReference.has(leaseId),
      byPhone: byPhone.has(leaseId),
      byAmount: byAmount.has(leaseId),
    }),
  );
  return rank(candidates);
}

type Lease = Pick<typeof leases.$inferSelect, 'id' | 'status' | 'disputed'>;
const payable = (rows: readonly Lease[]) => new Set(rows.filter(isPayable).map(({ id }) => id));
const columns = { id: leases.id, status: leases.status, disputed: leases.disputed };

/** The leases whose very references were typed, whatever their status, which says why they were not credited. */
async function statusOfNamed(
  db: Queryable,
  { currency }: InboundRow,
  references: readonly string[],
): Promise<Map<string, LeaseStatus>> {
  if (references.length === 0) return new Map();
  const isOne = and(inArray(leases.reference, [...references]), eq(leases.currency, currency));
  return new Map((await db.select(columns).from(leases).where(isOne)).map(({ id, status }) => [id, status]));
}

async function withReference(db: Queryable, { account, currency }: InboundRow): Promise<Set<string>> {
  const near = oneSlipAway(account);
  if (near.length === 0) return new Set();
  const found = and(inArray(leases.reference, near), eq(leases.currency, currency));
  return payable(await db.select(columns).from(leases).where(found).limit(CANDIDATES));
}

/** Leases in its currency that take payments, of whoever has the payer's phone as his own or as a payment method. */
export async function leasesOfPayer(db: Queryable, { payerHash, currency }: InboundRow): Promise<Set<string>> {
  if (payerHash === null) return new Set();
  const owners = await db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.phoneHash, payerHash))
    .union(db.select({ id: methods.userId }).from(methods).where(eq(methods.phoneHash, payerHash)))
    .limit(CANDIDATES);
  if (owners.length === 0) return new Set();
  const theirs = inArray(
    leases.customerId,
    owners.map(({ id }) => id),
  );
  return payable(
    await db
      .select(columns)
      .from(leases)
      .where(and(theirs, eq(leases.currency, currency)))
      .orderBy(desc(leases.createdAt))
      .limit(CANDIDATES),
  );
}

/** Leases of the market whose deposit, or whose oldest unpaid line until tomorrow, is exactly the amount. */
async function withAmountDue(db: Queryable, { amount, market, currency, paidAt }: InboundRow): Promise<Set<string>> {
  const tomorrow = addDays(localDateAt(paidAt.getTime(), market), 1);
  const deposits = await db
    .select(columns)
    .from(leases)
    .where(
      and(
        eq(leases.market, market),
        eq(leases.currency, currency),
        eq(leases.status, 'awaiting_deposit'),
        sql`${leases.deposit} - ${leases.depositPaid} = ${amount}`,
      ),
    )
    .limit(CANDIDATES);
  const lines = await db
    .select(columns)
    .from(leases)
    .innerJoin(
      scheduleLines,
      and(
        eq(scheduleLines.leaseId, leases.id),
        eq(scheduleLines.version, leases.scheduleVersion),
        eq(scheduleLines.dueOn, leases.oldestUnpaidOn),
      ),
    )
    .where(
      and(
        eq(leases.market, market),
        inArray(leases.status, ['active', 'in_arrears']),
        sql`${leases.oldestUnpaidOn} <= ${tomorrow}`,
        sql`${scheduleLines.amount} - ${scheduleLines.paid} - ${scheduleLines.waived} = ${amount}`,
      ),
    )
    .limit(CANDIDATES);
  return payable([...deposits, ...lines]);
}
