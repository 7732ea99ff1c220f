import { and, desc, eq, isNull, ne } from 'drizzle-orm';
import { normalReceiptNumber } from '#domain/payments/receipt-number';
import type { PaymentKind, PaymentStatus } from '#domain/payments/payment';
import type { Queryable } from '../client.ts';
import { attempts, leases, methods } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type PaymentRow = typeof attempts.$inferSelect;
interface PaymentFilter {
  readonly id?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly status?: PaymentStatus | undefined;
  readonly kind?: PaymentKind | undefined;
  readonly provider?: PaymentRow['provider'] | undefined;
}

/** Newest first. `customerId` limits to the payments of one customer's leases. */
export async function listPayments(db: Queryable, filter: PaymentFilter, page: Page): Promise<PaymentRow[]> {
  const rows = await db
    .select({ payment: attempts })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .where(
      and(
        filter.id === undefined ? undefined : eq(attempts.id, filter.id),
        filter.leaseId === undefined ? undefined : eq(attempts.leaseId, filter.leaseId),
        filter.status === undefined ? undefined : eq(attempts.status, filter.status),
        filter.kind === undefined ? undefined : eq(attempts.kind, filter.kind),
        filter.provider === undefined ? undefined : eq(attempts.provider, filter.provider),
        filter.customerId === undefined ? undefined : eq(leases.customerId, filter.customerId),
        olderThan(page.before, attempts.createdAt, attempts.id),
      ),
    )
    .orderBy(desc(attempts.createdAt), desc(attempts.id))
    .limit(page.limit);
  return rows.map(({ payment }) => payment);
}

export async function findAttempt(db: Queryable, attemptId: string): Promise<PaymentRow | undefined> {
  const [row] = await db.select().from(attempts).where(eq(attempts.id, attemptId));
  return row;
}

/** The trace in which a payment was sent last; null where nobody traced it. */
export async function traceOfPayment(db: Queryable, attemptId: string): Promise<string | null> {
  const [row] = await db.select({ trace: attempts.trace }).from(attempts).where(eq(attempts.id, attemptId));
  return row?.trace ?? null;
}

/** @throws Error where there is none. */
export async function findPayment(db: Queryable, id: string): Promise<PaymentRow> {
  const row = await findAttempt(db, id);
  if (row === undefined) throw new Error(`there is no payment ${id}`);
  return row;
}

/** The cash payment of an agent's receipt, however its number is written; what was reversed has left it free again. */
export async function cashByReceipt(
  db: Queryable,
  agentId: string,
  receiptNumber: string,
): Promise<PaymentRow | undefined> {
  const [row] = await db
    .select()
    .from(attempts)
    .where(
      and(
        eq(attempts.agentId, agentId),
        eq(attempts.receiptNormal, normalReceiptNumber(receiptNumber)),
        ne(attempts.status, 'reversed'),
      ),
    );
  return row;
}

/** A customer's payment methods, newest first. */
export function listPaymentMethods(db: Queryable, userId: string) {
  return db
    .select()
    .from(methods)
    .where(and(eq(methods.userId, userId), isNull(methods.deletedAt)))
    .orderBy(desc(methods.createdAt));
}

export function findPaymentMethod(db: Queryable, id: string) {
  return db
    .select()
    .from(methods)
    .where(and(eq(methods.id, id), isNull(methods.deletedAt)))
    .then(([row]) => row);
}
