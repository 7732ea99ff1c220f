import { randomUUID } from 'node:crypto';
import { transact } from '#use-cases/context';
import { postTransfer } from '#use-cases/ledger/post-transfer';
import { connectDatabase, type Database } from '#db/client';
import { localDate } from '#domain/calendar';
import { system, type Actor } from '#domain/identity/roles';
import { accounts, books } from '#domain/ledger/ledger';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig } from '../config.ts';
import { startCuttable, type Cuttable } from '../cuttable.ts';
import type { TestDatabase } from '../database.ts';
import { refusing } from './lives.ts';

/** Pays credit out at the end of a life, from cash that no lease has brought. */
export const cashier: Actor = { role: 'agent', id: randomUUID() };

/** What all lives of a test share. */
export interface Stage {
  readonly database: TestDatabase;
  readonly config: ReturnType<typeof testConfig>;
  readonly deps: ReturnType<typeof createDeps>;
  /** A connection that can be cut, and connects again: nobody else's until it is done with. */
  cuttable(): Promise<Lent>;
  /** Notes that something was done or has happened, and not only been tried. */
  saw(what: string): void;
  /** How often each of these. */
  readonly seen: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface Lent {
  readonly way: Cuttable;
  readonly db: Database;
  done(): void;
}

function createDeps(config: ReturnType<typeof testConfig>) {
  return { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
}

/** Tables that can refuse what is written to them, providers that give back parts, and a cashier with cash. */
export async function setStage(database: TestDatabase): Promise<Stage> {
  const key = (name: string) => [name, 'key'] as const;
  const config = testConfig({
    MTN_BASE_URL: 'http://localhost:1',
    MTN_API_USER: randomUUID(),
    MTN_DISBURSEMENT_API_USER: randomUUID(),
    AIRTEL_BASE_URL: 'http://localhost:1',
    MPESA_BASE_URL: 'http://localhost:1',
    MPESA_SHORTCODE: '174379',
    MPESA_B2C_SHORTCODE: '600000',
    ...Object.fromEntries(
      [
        'MTN_API_KEY',
        'MTN_SUBSCRIPTION_KEY',
        'MTN_DISBURSEMENT_API_KEY',
        'MTN_DISBURSEMENT_SUBSCRIPTION_KEY',
        'AIRTEL_CLIENT_ID',
        'AIRTEL_CLIENT_SECRET',
        'AIRTEL_HASH_KEY',
        'MPESA_CONSUMER_KEY',
        'MPESA_CONSUMER_SECRET',
        'MPESA_PASSKEY',
        'MPESA_INITIATOR',
        'MPESA_SECURITY_CREDENTIAL',
        'MPESA_B2C_INITIATOR',
        'MPESA_B2C_SECURITY_CREDENTIAL',
      ].map(key),
    ),
  });
  // Statements are planned while the tables are empty, and nobody counts a test's rows: what was read whole then would be later.
  const name = new URL(database.url).pathname.slice(1);
  await database.sql.unsafe(`
    alter database ${name} set enable_seqscan = off;
    alter database ${name} set plan_cache_mode = force_generic_plan;
    create function test_refuses() returns trigger language plpgsql as $$
    begin raise exception 'refused' using errcode = current_setting('test.state'); end $$;
    ${refusing
      .map(
        (table) => `create trigger zz_test_refuses before insert or update on ${table} for each row
          when (current_setting('test.refuses', true) = '${table}') execute function test_refuses();`,
      )
      .join('\n')}
    create index on payments.inbound (account);
    create index on payments.cases (payment_id);`);
  for (const currency of ['UGX', 'KES'] as const)
    await transact(database.db, system('test'), new Date(), (context) =>
      postTransfer(context, {
        key: `opening:${currency}`,
        kind: 'remittance',
        leaseId: null,
        book: books.agent(cashier.id),
        currency,
        businessDate: localDate('2024-01-01'),
        description: 'cash from the office',
        cause: {},
        entries: [
          { account: accounts.float(cashier.id), amount: 1e12 },
          { account: accounts.office, amount: -1e12 },
        ],
      }),
    );
  const seen = new Map<string, number>();
  const saw = (what: string) => void seen.set(what, (seen.get(what) ?? 0) + 1);
  return { database, config, deps: createDeps(config), seen, saw, ...lendCuttables(database.url) };
}

function lendCuttables(databaseUrl: string): Pick<Stage, 'cuttable' | 'close'> {
  const free: Lent[] = [];
  const closing: (() => Promise<void>)[] = [];
  const open = async () => {
    const url = new URL(databaseUrl);
    const way = await startCuttable(url.hostname, Number(url.port));
    url.host = `127.0.0.1:${way.port}`;
    const connection = connectDatabase(url.href, { pool: 1, name: 'cut' });
    closing.push(() => connection.close().then(() => way.stop()));
    const lent: Lent = { way, db: connection.db, done: () => free.push(lent) };
    return lent;
  };
  return {
    cuttable: async () => free.pop() ?? open(),
    close: () => Promise.all(closing.map((close) => close())).then(() => {}),
  };
}
