import { and, eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { accounts, entries as entryRows, transfers } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import type { Currency } from '#domain/money';
import { leaseOfAccount, type Entry } from '#domain/payments/ledger';
import type { Context } from '../context.ts';

export interface TransferInput {
  /** Business key: posted again, it is the same transfer and nothing changes. */
  readonly key: string;
  readonly kind: string;
  readonly leaseId: string | null;
  /** Whose journal numbers it: `books.lease(id)`, `books.provider(name)` or `books.agent(id)`. */
  readonly book: string;
  /** The transfer that this one undoes. */
  readonly reverses?: string;
  readonly currency: Currency;
  readonly businessDate: LocalDate;
  readonly description: string;
  /** Ids of what caused it. */
  readonly cause: Readonly<Record<string, string>>;
  readonly entries: readonly Entry[];
}

/**
 * Writes one balanced transfer. Its statements are prepared: what is not costs the driver a second way there
 * and back, to ask for the types.
 *
 * @returns its id, the old one's when the key was posted before.
 */
export async function postTransfer({ tx, actor, at }: Context, input: TransferInput): Promise<string> {
  const { entries, currency, ...transfer } = input;
  const id = uuidv7();
  // One way there and back for both: what is asked side by side goes down the connection in this order.
  const [written, known] = await Promise.all([
    tx
      .insert(transfers)
      .values({ id, at, actor, ...transfer })
      .onConflictDoNothing({ target: transfers.key })
      .returning({ id: transfers.id })
      .prepare('insert_transfer')
      .execute(),
    findAccounts({ tx }, entries, currency),
  ]);
  if (written.length === 0) {
    const [before] = await tx.select({ id: transfers.id }).from(transfers).where(eq(transfers.key, input.key));
    if (before === undefined) throw new Error(`transfer ${input.key} vanished`);
    return before.id;
  }
  const ids = await openMissing({ tx }, entries, currency, known);
  const rows = entries.map(({ account, amount }, line) => {
    const accountId = ids.get(account);
    if (accountId === undefined) throw new Error(`account ${account} is missing`);
    return { transferId: id, line: line + 1, accountId, amount, currency };
  });
  await tx.insert(entryRows).values(rows).prepare('insert_entries').execute();
  return id;
}

type Known = ReadonlyMap<string, string>;

/** The ids of the accounts that are there, by name. */
async function findAccounts(
  { tx }: Pick<Context, 'tx'>,
  entries: readonly Entry[],
  currency: Currency,
): Promise<Known> {
  const names = entries.map(({ account }) => account);
  const found = await tx
    .select({ id: accounts.id, name: accounts.name })
    .from(accounts)
    .where(and(inArray(accounts.name, names), eq(accounts.currency, currency)))
    .prepare('find_accounts')
    .execute();
  return new Map(found.map(({ name, id }) => [name, id]));
}

/** Opens accounts that are not there yet, which somebody else may do at the same moment. */
async function openMissing(
  context: Pick<Context, 'tx'>,
  entries: readonly Entry[],
  currency: Currency,
  known: Known,
): Promise<Known> {
  const missing = entries.map(({ account }) => account).filter((name) => !known.has(name));
  if (missing.length === 0) return known;
  await context.tx
    .insert(accounts)
    .values(missing.toSorted().map((name) => ({ id: uuidv7(), name, currency, leaseId: leaseOfAccount(name) })))
    .onConflictDoNothing();
  return findAccounts(context, entries, currency);
}
