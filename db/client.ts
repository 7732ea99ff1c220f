import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { LOCK_PATIENCE } from '#platform/patience';
import { openDriver } from './driver.ts';
import { prepareStatements } from './prepared.ts';

export type Database = PostgresJsDatabase;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** What a query runs on: the pool, or a transaction that is open. */
export type Queryable = Database | Transaction;

export interface DatabaseConnection {
  readonly db: Database;
  /** The driver, for what drizzle has no word for (batches, LISTEN). */
  readonly sql: postgres.Sql;
  close(): Promise<void>;
}

/** Seconds until the next try to connect: soon, but not so often that it is load on a server that comes up. */
const backoff = (failures: number) => Math.min(0.1 * 2 ** failures, 2) * (0.5 + Math.random() / 2);

/** Milliseconds. A transaction that its process has forgotten lets go of its rows. */
const limits = { lock_timeout: LOCK_PATIENCE, idle_in_transaction_session_timeout: 300_000 };

/**
 * Opens two pools, of drizzle and of the bare driver. They connect on first use and reconnect by themselves.
 *
 * @param options.pool connections of each of the two: a process opens twice as many at most
 * @param options.travels where the clocks of leases are moved, which is in development: only there a lease that is
 * ahead of the wall is taken for one that has travelled, and not for the wrong clock of a machine
 */
export function connectDatabase(
  url: string,
  options: { readonly pool?: number; readonly name?: string; readonly travels?: boolean } = {},
): DatabaseConnection {
  const travel = options.travels === true ? { 'leases.travel': 'on' } : {};
  const open = () =>
    openDriver(url, {
      max: options.pool ?? 10,
      connect_timeout: 10,
      backoff,
      idle_timeout: 60,
      connection: { application_name: options.name ?? 'rent-to-own', TimeZone: 'UTC', ...limits, ...travel },
    });
  // drizzle changes how its client sends and reads times, so that arrays of them cannot be bound: the bare driver has a pool of its own.
  const pool = open();
  const sql = open();
  return {
    db: drizzle(prepareStatements(pool)),
    sql,
    close: async () => {
      await Promise.all([pool.end({ timeout: 5 }), sql.end({ timeout: 5 })]);
    },
  };
}
