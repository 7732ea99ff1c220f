import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { money } from '#domain/money';
import type { Queryable } from '../client.ts';
import { accounts, attempts, cases, entries, leases, methods, transfers } from '../schema/index.ts';

export type PaymentRow = typeof attempts.$inferSelect;
export type Position = { readonly createdAt: Date; readonly id: string };

/** Newest first. `customerId` limits to the payments of one customer's leases. */
export async function listPayments(
  db: Queryable,
  filter: { leaseId?: string | undefined; customerId?: string | undefined; id?: string | undefined },
  page: { limit: number; before?: Position | undefined },
): Promise<PaymentRow[]> {
  const rows = await db
    .select({ payment: attempts })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .where(
      and(
        filter.id === undefined ? undefined : eq(attempts.id, filter.id),
        filter.leaseId === undefined ? undefined : eq(attempts.leaseId, filter.leaseId),
        filter.customerId === undefined ? undefined : eq(leases.customerId, filter.customerId),
        page.before === undefined
          ? undefined
          : or(
              lt(attempts.createdAt, page.before.createdAt),
              and(eq(attempts.createdAt, page.before.createdAt), lt(attempts.id, page.before.id)),
            ),
      ),
    )
    .orderBy(desc(attempts.createdAt), desc(attempts.id))
    .limit(page.limit);
  return rows.map(({ payment }) => payment);
}

export function presentPayment(row: PaymentRow) {
  const sum = (amount: number) => money(amount, row.currency);
  return {
    id: row.id,
    leaseId: row.leaseId,
    kind: row.kind,
    provider: row.provider,
    paymentMethodId: row.paymentMethodId,
    payerMasked: row.payerMasked,
    amount: sum(row.settledAmount ?? row.amount),
    status: row.status,
    reason: row.reason,
    attempt: row.attempt,
    refundOf: row.refundOf,
    providerReference: row.providerReference,
    allocation: row.allocation.map((part) => ({ ...part, amount: sum(part.amount) })),
    requestedAt: row.requestedAt,
    settledAt: row.settledAt,
  };
}

export function findPaymentMethod(db: Queryable, id: string) {
  return db
    .select()
    .from(methods)
    .where(and(eq(methods.id, id), isNull(methods.deletedAt)))
    .then(([row]) => row);
}

/** All accounts with their turnover and balance; debits and credits are positive sums. */
export async function trialBalance(db: Queryable) {
  const rows = await db
    .select({
      id: accounts.id,
      name: accounts.name,
      currency: accounts.currency,
      debits: sql<string>`coalesce(sum(${entries.amount}) filter (where ${entries.amount} > 0), 0)`,
      credits: sql<string>`coalesce(-sum(${entries.amount}) filter (where ${entries.amount} < 0), 0)`,
    })
    .from(accounts)
    .leftJoin(entries, eq(entries.accountId, accounts.id))
    .groupBy(accounts.id)
    .orderBy(accounts.currency, accounts.name);
  const all = rows.map((row) => ({
    ...row,
    debits: Number(row.debits),
    credits: Number(row.credits),
    balance: Number(row.debits) - Number(row.credits),
  }));
  const currencies = [...new Set(all.map(({ currency }) => currency))].map((currency) => {
    const of = all.filter((account) => account.currency === currency);
    const total = (side: 'debits' | 'credits') => of.reduce((sum, account) => sum + account[side], 0);
    return { currency, debits: total('debits'), credits: total('credits') };
  });
  return { currencies, accounts: all };
}

/** One account with its newest movements. */
export async function accountWithEntries(db: Queryable, id: string, limit: number) {
  const account = (await trialBalance(db)).accounts.find((one) => one.id === id);
  if (account === undefined) return null;
  const movements = await db
    .select({
      transferId: transfers.id,
      number: transfers.number,
      at: transfers.at,
      on: transfers.businessDate,
      kind: transfers.kind,
      description: transfers.description,
      cause: transfers.cause,
      amount: entries.amount,
    })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .where(eq(entries.accountId, id))
    .orderBy(desc(transfers.number))
    .limit(limit);
  return { ...account, entries: movements };
}

export function listCases(
  db: Queryable,
  filter: { leaseId?: string | undefined; paymentId?: string | undefined; status?: 'open' | 'closed' | undefined },
  limit: number,
) {
  return db
    .select()
    .from(cases)
    .where(
      and(
        filter.leaseId === undefined ? undefined : eq(cases.leaseId, filter.leaseId),
        filter.paymentId === undefined ? undefined : eq(cases.paymentId, filter.paymentId),
        filter.status === undefined ? undefined : eq(cases.status, filter.status),
      ),
    )
    .orderBy(desc(cases.openedAt), desc(cases.id))
    .limit(limit);
}
