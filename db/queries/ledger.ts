import { and, asc, desc, eq, gte, inArray, lte, sql, type SQL } from 'drizzle-orm';
import type { LocalDate } from '#domain/calendar';
import { exact, type Currency } from '#domain/money';
import type { Queryable } from '../client.ts';
import { accounts, entries, transfers } from '../schema/index.ts';

/** What has moved on an account: both sides are positive sums, the balance is debits less credits. Minor units. */
interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly currency: Currency;
  readonly debits: number;
  readonly credits: number;
  readonly balance: number;
}

const turnover = {
  debits: sql<string>`coalesce(sum(${entries.amount}) filter (where ${entries.amount} > 0), 0)`,
  credits: sql<string>`coalesce(-sum(${entries.amount}) filter (where ${entries.amount} < 0), 0)`,
};

/** @throws RangeError when a sum is beyond what a number holds exactly. */
function withBalance<Row extends { readonly debits: string; readonly credits: string }>(row: Row) {
  const [debits, credits] = [exact(Number(row.debits)), exact(Number(row.credits))];
  return { ...row, debits, credits, balance: debits - credits };
}

const until = (asOf: LocalDate | undefined) => (asOf === undefined ? undefined : lte(transfers.businessDate, asOf));

/**
 * Every account that had moved by the end of `asOf` (business date; without it: by now) with its turnover,
 * and the sums of each currency. An account that moved only later is not in it, so that the trial balance
 * of a past day stays what it was.
 */
export async function trialBalance(db: Queryable, asOf?: LocalDate) {
  const rows = await db
    .select({ id: accounts.id, name: accounts.name, currency: accounts.currency, ...turnover })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(until(asOf))
    .groupBy(accounts.id)
    .orderBy(asc(accounts.currency), sql`${accounts.name} collate "C"`);
  const all: AccountRow[] = rows.map(withBalance);
  const sums = new Map<Currency, { debits: number; credits: number }>();
  for (const { currency, debits, credits } of all) {
    const before = sums.get(currency) ?? { debits: 0, credits: 0 };
    sums.set(currency, { debits: exact(before.debits + debits), credits: exact(before.credits + credits) });
  }
  return { currencies: [...sums].map(([currency, sum]) => ({ currency, ...sum })), accounts: all };
}

/** Accounts in the order of their names, those that begin with `name`, after the one that `after` names. */
export async function listAccounts(
  db: Queryable,
  filter: { readonly name?: string | undefined },
  page: { readonly limit: number; readonly after?: { readonly name: string; readonly id: string } | undefined },
): Promise<AccountRow[]> {
  const { name } = filter;
  const { limit, after } = page;
  const byName = sql`${accounts.name} collate "C"`;
  const found = db
    .select({ id: accounts.id })
    .from(accounts)
    .where(
      and(
        name === undefined ? undefined : sql`${byName} like ${`${name.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`}`,
        after === undefined ? undefined : sql`(${byName}, ${accounts.id}) > (${after.name}, ${after.id}::uuid)`,
      ),
    )
    .orderBy(byName, asc(accounts.id))
    .limit(limit);
  const rows = await db
    .select({ id: accounts.id, name: accounts.name, currency: accounts.currency, ...turnover })
    .from(accounts)
    .leftJoin(entries, eq(entries.accountId, accounts.id))
    .where(inArray(accounts.id, found))
    .groupBy(accounts.id)
    .orderBy(byName, asc(accounts.id));
  return rows.map(withBalance);
}

/** One account with its turnover by the end of `asOf`, or null where there is none. */
export async function findAccount(db: Queryable, id: string, asOf?: LocalDate): Promise<AccountRow | null> {
  const [row] = await db
    .select({ id: accounts.id, name: accounts.name, currency: accounts.currency, ...turnover })
    .from(accounts)
    .leftJoin(
      sql`(${entries} inner join ${transfers} on ${eq(transfers.id, entries.transferId)})`,
      and(eq(entries.accountId, accounts.id), until(asOf)),
    )
    .where(eq(accounts.id, id))
    .groupBy(accounts.id);
  return row === undefined ? null : withBalance(row);
}

/** Where a list of movements goes on: business date and number of the last one shown. */
export interface LedgerPlace {
  readonly date: string;
  readonly number: number;
}

const before = (place: LedgerPlace | undefined) =>
  place === undefined
    ? undefined
    : sql`(${transfers.businessDate}, ${transfers.number}) < (${place.date}::date, ${place.number}::bigint)`;

/**
 * The movements of an account, newest business date first, each with the balance after it. The balance of the
 * first one is the account's on `asOf`, whatever was posted later with later dates.
 */
export async function accountEntries(
  db: Queryable,
  accountId: string,
  page: { readonly limit: number; readonly asOf?: LocalDate | undefined; readonly before?: LedgerPlace | undefined },
) {
  const rows = await db
    .select({
      transferId: transfers.id,
      number: transfers.number,
      book: transfers.book,
      sequence: transfers.sequence,
      on: transfers.businessDate,
      valueOn: transfers.valueOn,
      at: transfers.at,
      kind: transfers.kind,
      description: transfers.description,
      cause: transfers.cause,
      actor: transfers.actor,
      amount: entries.amount,
    })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .where(and(eq(entries.accountId, accountId), until(page.asOf), before(page.before)))
    .orderBy(desc(transfers.businessDate), desc(transfers.number))
    .limit(page.limit);
  const [newest] = rows;
  if (newest === undefined) return [];
  let balance = await balanceAt(db, accountId, { date: newest.on, number: newest.number ?? 0 });
  return rows.map((row) => {
    const shown = { ...row, balance };
    balance -= row.amount;
    return shown;
  });
}

/** The balance after the movement at `place`. */
async function balanceAt(db: Queryable, accountId: string, place: LedgerPlace): Promise<number> {
  const [row] = await db
    .select({ balance: sql<string>`coalesce(sum(${entries.amount}), 0)` })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .where(
      and(
        eq(entries.accountId, accountId),
        sql`(${transfers.businessDate}, ${transfers.number}) <= (${place.date}::date, ${place.number}::bigint)`,
      ),
    );
  return exact(Number(row?.balance ?? 0));
}

interface TransferFilter {
  readonly id?: string | undefined;
  readonly book?: string | undefined;
  readonly leaseId?: string | undefined;
  /** Business dates, both inclusive. */
  readonly from?: LocalDate | undefined;
  readonly to?: LocalDate | undefined;
}

/** Transfers with their entries, newest business date first. */
export async function listTransfers(
  db: Queryable,
  filter: TransferFilter,
  page: { readonly limit: number; readonly before?: LedgerPlace | undefined },
) {
  const conditions: (SQL | undefined)[] = [
    filter.id === undefined ? undefined : eq(transfers.id, filter.id),
    filter.book === undefined ? undefined : eq(transfers.book, filter.book),
    filter.leaseId === undefined ? undefined : eq(transfers.leaseId, filter.leaseId),
    filter.from === undefined ? undefined : gte(transfers.businessDate, filter.from),
    until(filter.to),
    before(page.before),
  ];
  const rows = await db
    .select({
      id: transfers.id,
      number: transfers.number,
      book: transfers.book,
      sequence: transfers.sequence,
      key: transfers.key,
      kind: transfers.kind,
      leaseId: transfers.leaseId,
      on: transfers.businessDate,
      valueOn: transfers.valueOn,
      at: transfers.at,
      description: transfers.description,
      cause: transfers.cause,
      actor: transfers.actor,
      reverses: transfers.reverses,
      createdAt: transfers.createdAt,
    })
    .from(transfers)
    .where(and(...conditions))
    .orderBy(desc(transfers.businessDate), desc(transfers.number))
    .limit(page.limit);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const [lines, reversals] = await Promise.all([entriesOf(db, ids), reversalsOf(db, ids)]);
  const reversedBy = new Map(reversals.map(({ id, reverses }) => [reverses, id]));
  return rows.map((row) => ({
    ...row,
    reversedBy: reversedBy.get(row.id) ?? null,
    entries: lines.get(row.id) ?? [],
  }));
}

/** How many transfers one statement reads of a journal. */
const JOURNAL_PAGE = 500;

/**
 * The transfers of business dates from `from` to `to`, both inclusive, oldest first, page by page: a journal of years is
 * never in memory. What is posted while it is read is in it where its date has not been passed yet.
 */
export async function* readJournal(db: Queryable, from: LocalDate | undefined, to: LocalDate | undefined) {
  for (let place: LedgerPlace | undefined; ;) {
    const rows = await db
      .select({
        id: transfers.id,
        number: transfers.number,
        book: transfers.book,
        sequence: transfers.sequence,
        kind: transfers.kind,
        on: transfers.businessDate,
        valueOn: transfers.valueOn,
        description: transfers.description,
      })
      .from(transfers)
      .where(and(from === undefined ? undefined : gte(transfers.businessDate, from), until(to), after(place)))
      .orderBy(asc(transfers.businessDate), asc(transfers.number))
      .limit(JOURNAL_PAGE);
    const last = rows.at(-1);
    if (last === undefined) return;
    const lines = await entriesOf(
      db,
      rows.map(({ id }) => id),
    );
    yield rows.map((row) => ({ ...row, entries: lines.get(row.id) ?? [] }));
    place = { date: last.on, number: last.number ?? 0 };
  }
}

const after = (place: LedgerPlace | undefined) =>
  place === undefined
    ? undefined
    : sql`(${transfers.businessDate}, ${transfers.number}) > (${place.date}::date, ${place.number}::bigint)`;

/** Every account that moved by the end of `to`, by name, and the first business date in the books. */
export async function journalAccounts(db: Queryable, to: LocalDate | undefined) {
  const rows = await db
    .select({ name: accounts.name, first: sql<LocalDate>`min(${transfers.businessDate})::text` })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(until(to))
    .groupBy(accounts.name);
  const first = rows.reduce<LocalDate | null>(
    (least, row) => (least === null || row.first < least ? row.first : least),
    null,
  );
  return { names: rows.map(({ name }) => name), first };
}

/** The entries of transfers, in their order, by transfer. */
async function entriesOf(db: Queryable, transferIds: readonly string[]) {
  const lines = await db
    .select({
      transferId: entries.transferId,
      accountId: entries.accountId,
      account: accounts.name,
      amount: entries.amount,
      currency: entries.currency,
    })
    .from(entries)
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(inArray(entries.transferId, [...transferIds]))
    .orderBy(asc(entries.transferId), asc(entries.line));
  const byTransfer = new Map<string, Omit<(typeof lines)[number], 'transferId'>[]>(transferIds.map((id) => [id, []]));
  for (const { transferId, ...entry } of lines) byTransfer.get(transferId)?.push(entry);
  return byTransfer;
}

function reversalsOf(db: Queryable, transferIds: readonly string[]) {
  return db
    .select({ id: transfers.id, reverses: transfers.reverses })
    .from(transfers)
    .where(inArray(transfers.reverses, [...transferIds]));
}
