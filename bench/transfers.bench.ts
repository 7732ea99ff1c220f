import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { transact } from '#use-cases/context';
import { postTransfer } from '#use-cases/ledger/post-transfer';
import { localDate } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { books, receipt } from '#domain/ledger/ledger';
import type { Measurement } from './run.ts';
import { perSecond, startBenchDatabase, type BenchDatabase } from './world.ts';

/*
 * `postTransfer`, which knows accounts by name and a repetition by its key, beside the bare limit: the same rows
 * (a transfer and its entries) inserted as they are, each transfer's in one transaction, by prepared statements
 * on the same tables, with their indexes, constraints and triggers.
 */
const LEASES = 60;
const TRANSFERS = 600;
const AT_ONCE = 8;

let database: BenchDatabase | undefined;
const leases = Array.from({ length: LEASES }, () => randomUUID());

export const name = 'postings, a transfer in the ledger';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(AT_ONCE);
  const { db, sql } = database;
  const at = new Date();
  const keys = Array.from({ length: TRANSFERS }, () => randomUUID());
  const ours = await perSecond(keys, AT_ONCE, (key) =>
    transact(db, system('bench'), at, (context) => postTransfer(context, transferOf(key, at))),
  );
  const copies = await Promise.all(keys.map((key) => copyOf(sql, key)));
  const bare = await perSecond(copies, AT_ONCE, ({ transfer, entries }) =>
    sql.begin(async (tx) => {
      await tx`insert into ledger.transfers ${tx(transfer)}`;
      await tx`insert into ledger.entries ${tx(entries)}`;
    }),
  );
  return { ours, bare, unit: 'postings/s' };
}

export async function close(): Promise<void> {
  await database?.close();
}

/** An instalment of three components, of all leases in turn. */
function transferOf(key: string, at: Date) {
  const leaseId = leases[Number.parseInt(key.slice(0, 6), 16) % LEASES] ?? '';
  const parts = [
    { component: 'insurance', instalment: 1, amount: 150 },
    { component: 'tracker', instalment: 1, amount: 50 },
    { component: 'vehicle', instalment: 1, amount: 800 },
  ];
  return {
    key,
    kind: 'receipt',
    leaseId,
    book: books.lease(leaseId),
    currency: 'UGX' as const,
    businessDate: localDate(at.toISOString().slice(0, 10)),
    description: 'an instalment',
    cause: { paymentId: key },
    entries: receipt(leaseId, 'clearing:mtn', parts, 'running'),
  };
}

type Row = Record<string, postgres.ParameterOrJSON<never>>;

/** What a posting added, to be added once more under another name. */
async function copyOf(sql: postgres.Sql, key: string): Promise<{ transfer: Row; entries: Row[] }> {
  const [transfer] = await sql<Row[]>`
    select book, kind, lease_id, cause, actor, description, business_date, at from ledger.transfers where key = ${key}`;
  const entries = await sql<Row[]>`
    select line, account_id, amount, currency from ledger.entries
    where transfer_id = (select id from ledger.transfers where key = ${key}) order by line`;
  if (transfer === undefined) throw new Error(`transfer ${key} is not in the books`);
  const id = randomUUID();
  return {
    transfer: { ...transfer, id, key: `copy:${id}` },
    entries: entries.map((entry) => ({ transfer_id: id, ...entry })),
  };
}
