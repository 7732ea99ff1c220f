import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { transact } from '#use-cases/context';
import { postPayment } from '#use-cases/payments/post-payment';
import { system } from '#domain/identity/roles';
import { createFleet, type FleetLease } from '#test/fleet';
import { confirmedPayments } from '#test/lease-books';
import { perSecond, startBenchDatabase, type BenchDatabase } from './world.ts';
import type { Measurement } from './run.ts';

/*
 * `postPayment` beside the bare limit: the rows that it adds (a transfer, its entries, the audit entry, the
 * event) inserted as they are, each payment's in one transaction, by prepared statements of the same driver on
 * the same tables, with their indexes, constraints and triggers. The bare limit reads nothing, allocates
 * nothing and updates nothing; a posting also locks the lease, reads its schedule, and updates three rows.
 */
const LEASES = 60;
const PAYMENTS = 600;
const AT_ONCE = 8;
const AMOUNT = 1_000;

let database: BenchDatabase | undefined;
let fleet: readonly FleetLease[] = [];

export const name = 'postings, a payment in the books';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(AT_ONCE);
  if (fleet.length === 0)
    fleet = await createFleet(database.db, database.config, payers(), { UG: 10_000_000, KE: 1, RW: 1 });
  const { db, sql } = database;
  const at = new Date();
  const orders = await succeededPayments(database, at);
  const ours = await perSecond(orders, AT_ONCE, (order) =>
    transact(db, system('bench'), at, (context) => postPayment(context, order)),
  );
  const copies = await copiesOf(
    sql,
    orders.map(({ attemptId }) => attemptId),
  );
  const bare = await perSecond(copies, AT_ONCE, (rows) => insert(sql, rows));
  return { ours, bare, unit: 'postings/s' };
}

export async function close(): Promise<void> {
  await database?.close();
}

function payers() {
  return Array.from({ length: LEASES }, (_, i) => ({
    provider: 'mtn' as const,
    market: 'UG' as const,
    phone: `+25677${1_000 + i}100`,
  }));
}

/** Payments that a provider has confirmed, of all leases in turn, and that are not in the books yet. */
async function succeededPayments({ db }: BenchDatabase, at: Date) {
  const orders = Array.from({ length: PAYMENTS }, (_, i) => {
    const { leaseId, paymentMethodId } = fleet[i % fleet.length]?.state.application ?? {
      leaseId: '',
      paymentMethodId: '',
    };
    return { leaseId, paymentMethodId, attemptId: randomUUID() };
  });
  await confirmedPayments(db, orders, AMOUNT, at);
  return orders;
}

type Row = Record<string, postgres.ParameterOrJSON<never>>;

/** What a posting added, to be added once more under other names. */
interface Copy {
  readonly transfer: Row;
  readonly entries: readonly Row[];
  readonly audit: Row;
  readonly event: Row;
}

async function copiesOf(sql: postgres.Sql, attemptIds: readonly string[]): Promise<Copy[]> {
  return Promise.all(
    attemptIds.map(async (attemptId) => {
      const [[transfer], entries, [audit], [event]] = await Promise.all([
        sql<Row[]>`select id, book, key, kind, lease_id, cause, actor, description, business_date, value_on, at
          from ledger.transfers where key = ${`payment:${attemptId}`}`,
        sql<Row[]>`select line, account_id, amount, currency from ledger.entries
          where transfer_id = (select id from ledger.transfers where key = ${`payment:${attemptId}`}) order by line`,
        sql<Row[]>`select * from events.audit where key = ${`payment.completed:${attemptId}`}`,
        sql<Row[]>`select * from events.outbox where data->>'paymentId' = ${attemptId}`,
      ]);
      if (transfer === undefined || audit === undefined || event === undefined)
        throw new Error(`payment ${attemptId} is not in the books`);
      const id = randomUUID();
      const { number: _audit, ...auditRow } = audit;
      const { number: _event, position: _position, ...eventRow } = event;
      return {
        transfer: { ...transfer, id, key: `copy:${id}` },
        entries: entries.map((entry) => ({ transfer_id: id, ...entry })),
        audit: { ...auditRow, id: randomUUID(), key: `copy:${id}` },
        event: { ...eventRow, id: randomUUID() },
      };
    }),
  );
}

function insert(sql: postgres.Sql, { transfer, entries, audit, event }: Copy) {
  return sql.begin(async (tx) => {
    await tx`insert into ledger.transfers ${tx(transfer)}`;
    await tx`insert into ledger.entries ${tx(entries)}`;
    await tx`insert into events.audit ${tx(audit)}`;
    await tx`insert into events.outbox ${tx(event)}`;
  });
}
