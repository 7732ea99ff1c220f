import { and, asc, desc, eq, inArray, isNull, ne, sql } from 'drizzle-orm';
import { addDays, localDateAt } from '#domain/calendar';
import type { LeaseStatus } from '#domain/leases/status';
import {
  normalReference,
  oneSlipAway,
  phoneTyped,
  rank,
  referencesIn,
  type Candidate,
  type Suggestion,
} from '#domain/payments/suggestions';
import type { Currency } from '#domain/money';
import type { Encryption } from '#platform/encryption';
import type { Queryable } from '../client.ts';
import { capitalsAndDigits } from '../schema/columns.ts';
import { attempts, giveBacks, inbound, leases, methods, scheduleLines, users, vehicles } from '../schema/index.ts';
import { payableLeases } from './kept-vehicles.ts';
import { olderThan, type Page } from './page.ts';

export type InboundRow = typeof inbound.$inferSelect;

/** Most leases that one reason may bring up. */
const CANDIDATES = 10;

/** What waits, newest first; `posted` shows what was resolved. */
export function listSuspense(
  db: Queryable,
  filter: { status: InboundRow['status']; id?: string | undefined },
  page: Page,
): Promise<InboundRow[]> {
  const { before } = page;
  return db
    .select()
    .from(inbound)
    .where(
      and(
        filter.id === undefined ? eq(inbound.status, filter.status) : eq(inbound.id, filter.id),
        olderThan(before, inbound.receivedAt, inbound.id),
      ),
    )
    .orderBy(desc(inbound.receivedAt), desc(inbound.id))
    .limit(page.limit);
}

export type GiveBackRow = typeof giveBacks.$inferSelect;

/** The newest give-back of each payment, by its id. */
export async function giveBacksOf(db: Queryable, inboundIds: readonly string[]): Promise<Map<string, GiveBackRow>> {
  const rows = await db
    .select()
    .from(giveBacks)
    .where(inArray(giveBacks.inboundId, [...inboundIds]))
    .orderBy(asc(giveBacks.createdAt), asc(giveBacks.id));
  return new Map(rows.map((row) => [row.inboundId, row]));
}

/** The leases that the money may belong to, the most likely first. */
export async function suggestionsFor(
  db: Queryable,
  encryption: Pick<Encryption, 'hash'>,
  row: InboundRow,
): Promise<Suggestion[]> {
  const typed = phoneTyped(row.account, row.market);
  const [named, within, plate, byReference, typedPhone, payer, byAmount] = await Promise.all([
    statusOfNamed(db, row, [normalReference(row.account)]),
    statusOfNamed(db, row, referencesIn(row.account)),
    ofPlate(db, row),
    withReference(db, row),
    ofPhone(db, typed === null ? null : encryption.hash('phone', typed), row.currency),
    ofPhone(db, row.payerHash, row.currency),
    withAmountDue(db, row),
  ]);
  const found = [named, within, plate, byReference, ...Object.values(typedPhone), ...Object.values(payer), byAmount];
  const candidates = [...new Set(found.flatMap((one) => [...one.keys()]))].map((leaseId): Candidate => ({
    leaseId,
    named: named.get(leaseId) ?? null,
    within: named.has(leaseId) ? null : (within.get(leaseId) ?? null),
    byPlate: plate.has(leaseId),
    byReference: byReference.has(leaseId),
    byTypedPhone: typedPhone.own.has(leaseId) || typedPhone.method.has(leaseId),
    byPhone: payer.own.has(leaseId),
    byMethod: payer.method.has(leaseId),
    byAmount: byAmount.has(leaseId),
  }));
  return rank(candidates);
}

const { id, status, disputed, endedAt, clockOffsetMs } = leases;
const columns = { id, status, disputed, endedAt, clockOffsetMs };

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
  return payableLeases(db, await db.select(columns).from(leases).where(found).limit(CANDIDATES));
}

/**
 * The lease that money belongs to by its payer's phone alone: the only one of whoever logs in by it; where he has none,
 * the only one that a prompt to that phone has paid. That somebody wrote a number down as his proves nothing.
 */
export async function leaseOfPayer(db: Queryable, { payerHash, currency }: InboundRow): Promise<string | null> {
  if (payerHash === null) return null;
  const own = await payableOf(db, ownersOf(db, payerHash), currency);
  const [only, ...others] = own.size > 0 ? own : await paidByPrompt(db, payerHash, currency);
  return only === undefined || others.length > 0 ? null : only;
}

async function paidByPrompt(db: Queryable, phoneHash: string, currency: Currency): Promise<Set<string>> {
  const rows = await db
    .select(columns)
    .from(methods)
    .innerJoin(leases, eq(leases.customerId, methods.userId))
    .innerJoin(attempts, and(eq(attempts.leaseId, leases.id), eq(attempts.paymentMethodId, methods.id)))
    .where(
      and(
        eq(methods.phoneHash, phoneHash),
        isNull(methods.doubtedAt),
        eq(leases.currency, currency),
        eq(attempts.status, 'succeeded'),
        ne(attempts.kind, 'refund'),
      ),
    )
    .groupBy(leases.id)
    .limit(CANDIDATES);
  return payableLeases(db, rows);
}

const ownersOf = (db: Queryable, phoneHash: string) =>
  db.select({ id: users.id }).from(users).where(eq(users.phoneHash, phoneHash));

/** Whether money came from a customer's phone: the one by which he logs in, or, where nobody logs in by it, one that he pays by. */
export async function isFromPhoneOf(
  db: Queryable,
  { payerHash }: Pick<InboundRow, 'payerHash'>,
  customerId: string,
): Promise<boolean> {
  if (payerHash === null) return false;
  const owners = await ownersOf(db, payerHash);
  const whose = owners.length > 0 ? owners : await holdersOf(db, payerHash);
  return whose.some(({ id }) => id === customerId);
}

/** Of whoever has the phone as a payment method that is not in doubt, proved or not. */
const holdersOf = (db: Queryable, phoneHash: string) =>
  db
    .select({ id: methods.userId })
    .from(methods)
    .where(and(eq(methods.phoneHash, phoneHash), isNull(methods.doubtedAt)));

/** Leases in a currency that take payments, of customers; the newest of them. */
async function payableOf(
  db: Queryable,
  customers: ReturnType<typeof ownersOf> | ReturnType<typeof holdersOf>,
  currency: Currency,
): Promise<Set<string>> {
  const rows = await db
    .select(columns)
    .from(leases)
    .where(and(inArray(leases.customerId, customers), eq(leases.currency, currency)))
    .orderBy(desc(leases.createdAt))
    .limit(CANDIDATES);
  return payableLeases(db, rows);
}

/** The leases of a phone, by the customers whose own it is, and by those who pay by it. */
async function ofPhone(db: Queryable, phoneHash: string | null, currency: Currency) {
  if (phoneHash === null) return { own: new Set<string>(), method: new Set<string>() };
  const [own, method] = await Promise.all([
    payableOf(db, ownersOf(db, phoneHash), currency),
    payableOf(db, holdersOf(db, phoneHash), currency),
  ]);
  return { own, method };
}

/** The leases of a vehicle whose number plate was typed. */
async function ofPlate(db: Queryable, { account, market, currency }: InboundRow): Promise<Set<string>> {
  const plate = normalReference(account);
  if (plate === '') return new Set();
  const rows = await db
    .select(columns)
    .from(vehicles)
    .innerJoin(leases, eq(leases.vehicleId, vehicles.id))
    .where(
      and(
        eq(vehicles.market, market),
        eq(capitalsAndDigits(vehicles.registration), plate),
        eq(leases.currency, currency),
      ),
    )
    .limit(CANDIDATES);
  return payableLeases(db, rows);
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
  return payableLeases(db, [...deposits, ...lines]);
}
