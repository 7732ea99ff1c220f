import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openDriver } from '#db/driver';
import { localDateAt } from '#domain/calendar';
import { paymentProviders } from '#domain/markets';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { takeBaseBackup } from './backup/base-backup.ts';
import { differencesFromTruth } from './backup/truth.ts';
import { restoreTo } from './backup/restore.ts';
import { startTemporalOnPostgres } from './backup/temporal-on-postgres.ts';
import { runToEnd } from './child.ts';
import type { Environment } from './environment.ts';
import { login, proveIdentity, register, takeLease, travel, type Customer } from './journey.ts';
import type { MarketplaceClient } from './client.ts';
import { lastLines, logPath } from './logs.ts';
import { startPlatform, type Platform } from './platform.ts';
import { freePorts, portVariables } from './ports.ts';
import { SimulatorClient } from './simulator-client.ts';
import { postgresAccount } from './postgres-binaries.ts';
import { placeCluster } from './postgres-data.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';
import type { RunningPart } from './part.ts';
import { signal } from './processes.ts';
import { loadSecrets } from './secrets.ts';
import { startTemporal } from './temporal.ts';

/**
 * `npm run restore:drill`: a platform with leases that pay loses its disk and all its processes, and comes back from a base
 * backup and the archived log, some seconds short. Temporal keeps its state in the same cluster, as where it is deployed; with
 * `-- --temporal-lost` in a file of its own, which is lost. Ends with 0 only if, in the end, the books equal what the
 * providers really charged: each charge is booked, or is a case.
 */
const { values } = parseArgs({ options: { 'temporal-lost': { type: 'boolean', default: false } } });
const isTemporalLost = values['temporal-lost'];
const people = [
  { name: 'Amina Nakato', phone: '+256771300100', market: 'UG', provider: 'mtn', document: 'CM9100013100AB' },
  // Three seconds until each charge is paid: some are under way at any moment.
  { name: 'Brian Okello', phone: '+256771300001', market: 'UG', provider: 'mtn', document: 'CM9100013001AB' },
  { name: 'Carol Achieng', phone: '+256751300100', market: 'UG', provider: 'airtel', document: 'CF9100013100CD' },
  { name: 'David Mugisha', phone: '+256751300001', market: 'UG', provider: 'airtel', document: 'CM9100013001CD' },
  { name: 'Esther Wambui', phone: '+254711300100', market: 'KE', provider: 'mpesa', document: '39131001' },
] as const;
/** Weeks that each lease lives before the backup, and after it at most. */
const WEEKS = 2;
const MORE = 8;
/** Seconds between the moment that is restored and the loss. */
const LOST = 8;

const say = (line: string) => process.stdout.write(`${line}\n`);
const began = Date.now();
const tell = (line: string) => say(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);

interface Place {
  readonly directory: string;
  readonly state: string;
  readonly backup: string;
  readonly archive: string;
  readonly ports: Readonly<Record<string, string>>;
}

interface Running {
  readonly database: PostgresServer;
  readonly temporal: RunningPart & { readonly address: string };
  readonly platform: Platform;
}

async function start(
  { directory, state, archive, ports }: Place,
  before?: (env: Environment) => Promise<void>,
): Promise<Running> {
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const at = (name: keyof typeof portVariables) => Number(ports[name]);
  const database = await startPostgres({
    dataDir: state,
    port: at('POSTGRES_PORT'),
    archive: { directory: archive, seconds: 1 },
    log,
  });
  const server = { dataDir: state, port: at('TEMPORAL_PORT'), log };
  const temporal = isTemporalLost
    ? await startTemporal({
        ...server,
        uiPort: at('TEMPORAL_UI_PORT'),
        namespace: 'default',
        searchAttributes: Object.values(searchAttributes),
      })
    : await startTemporalOnPostgres({ ...server, databaseUrl: database.url });
  const env = { ...ports, DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal.address, LOG_LEVEL: 'warn' };
  const dataDir = join(directory, 'platform');
  const platform = await startPlatform({ dataDir, env, log, ...(before && { before }) });
  return { database, temporal, platform };
}

/** What is killed has no moment to write anything; the providers are somebody else's. */
async function killAll({ database, temporal, platform }: Running): Promise<void> {
  const pids = [
    database.pid,
    temporal.pid,
    ...(['api', 'worker', 'telematics', 'relay'] as const).flatMap((name) => platform.part(name).pid ?? []),
  ];
  for (const pid of pids) signal(pid, 'SIGKILL');
  await platform.stop();
  await Promise.all([database.exited, temporal.exited]);
}

interface Lived {
  readonly customer: Customer;
  readonly leaseId: string;
}

async function takeLeases(platform: Platform): Promise<Lived[]> {
  const place = { api: platform.urls.api, simulators: platform.urls.simulators ?? '' };
  const agent = await login(place, 'agent@example.com', 'rent-to-own');
  return Promise.all(
    people.map(async ({ document, ...person }, i) => {
      const customer = await register(place, person);
      const { client } = customer;
      await proveIdentity(customer, document, person.market);
      const { data: vehicles } = await client.get('/v1/vehicles', {
        query: { type: 'motorcycle', market: person.market, status: 'available' },
      });
      const { data: plans } = await client.get('/v1/plans', { query: { market: person.market } });
      const plan = plans.find(({ frequency }) => frequency === 'weekly');
      const { id } = await takeLease(customer, agent, vehicles[i]?.id ?? '', plan?.id ?? '');
      return { customer, leaseId: id };
    }),
  );
}

/** Lets the leases live on, each by weeks, until somebody says that it is enough. */
async function live(admin: MarketplaceClient, leases: readonly Lived[], weeks: number, enough: AbortSignal) {
  await Promise.all(
    leases.map(async ({ leaseId }) => {
      for (let week = 0; week < weeks && !enough.aborted; week += 1) await travel(admin, leaseId, 7).catch(() => {});
    }),
  );
}

/** The present of the database, once it is in the archive with what follows it at once. */
async function archivedMoment(url: string): Promise<Date> {
  const sql = openDriver(url, { max: 1 });
  try {
    const [now] = await sql<
      { at: Date; wal: string }[]
    >`select clock_timestamp() as at, pg_walfile_name(pg_current_wal_lsn()) as wal`;
    if (now === undefined) throw new Error('the database says no time');
    await sleep(LOST * 1_000);
    for (;;) {
      await sql`select pg_switch_wal()`;
      const [row] = await sql<
        { there: boolean }[]
      >`select last_archived_wal > ${now.wal} as there from pg_stat_archiver`;
      if (row?.there === true) return now.at;
      await sleep(200);
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function restore({ state, backup, archive }: Place, to: Date, keys: string): Promise<void> {
  const account = postgresAccount();
  mkdirSync(state, { recursive: true });
  chmodSync(state, 0o711);
  copyFileSync(keys, join(state, 'secrets.json'));
  const { postgresPassword } = await loadSecrets(state);
  const cluster = await placeCluster(state, account, postgresPassword, () => {});
  await restoreTo({ backup, archive, cluster, to, account });
}

/** Runs a command as an operator does, and tells what it said. @returns whether it left nothing to a person. */
async function run(env: Environment, { directory }: Place, name: string, ...args: string[]): Promise<boolean> {
  const dataDir = join(directory, 'platform');
  const log = logPath(dataDir, name);
  const offset = existsSync(log) ? statSync(log).size : 0;
  const file = `workers/${name}.ts`;
  const isDone = await runToEnd({ name, file, args, env, dataDir, log: say }).then(
    () => true,
    () => false,
  );
  tell(`npm run ${[name, ...args].join(' ')}\n${lastLines(log, offset)}`);
  return isDone;
}

async function reconcile(platform: Platform): Promise<void> {
  const place = { api: platform.urls.api, simulators: '' };
  const admin = await login(place, 'admin@example.com', 'rent-to-own');
  for (const provider of paymentProviders) {
    const markets = people.filter((one) => one.provider === provider).map(({ market }) => market);
    for (const market of new Set(markets)) {
      // A drill over midnight has two days.
      for (const date of new Set([began, Date.now()].map((at) => localDateAt(at, market)))) {
        const report = await admin.post('/v1/reconciliations', { body: { provider, market, date } });
        const { status, matched, differences } = report;
        tell(`  ${provider} ${market} ${date}: ${status}, ${matched} matched, ${differences.length} differences`);
      }
    }
  }
}

async function drill(place: Place): Promise<number> {
  mkdirSync(place.state, { recursive: true });
  let running = await start(place);
  try {
    const leases = await takeLeases(running.platform);
    const api = { api: running.platform.urls.api, simulators: running.platform.urls.simulators ?? '' };
    const admin = await login(api, 'admin@example.com', 'rent-to-own');
    await live(admin, leases, WEEKS, new AbortController().signal);
    tell(`${leases.length} leases have lived ${WEEKS} weeks`);

    const account = postgresAccount();
    const { postgresPassword } = await loadSecrets(place.state);
    const cluster = await placeCluster(place.state, account, postgresPassword, () => {});
    const enough = new AbortController();
    const living = live(admin, leases, MORE, enough.signal);
    await takeBaseBackup(running.database.url, cluster, place.backup);
    const keys = join(place.directory, 'keys.json');
    copyFileSync(join(place.state, 'secrets.json'), keys);
    tell('a base backup is there; the leases go on paying');
    const moment = await archivedMoment(running.database.url);
    enough.abort();
    await killAll(running);
    await living;
    rmSync(cluster, { recursive: true, force: true });
    rmSync(place.state, { recursive: true, force: true });
    tell(
      `everything is killed, and the disk with the ${isTemporalLost ? "database and Temporal's file" : 'cluster'} is lost`,
    );

    await restore(place, moment, keys);
    const which = isTemporalLost ? "; Temporal's state begins anew" : ", books and Temporal's state";
    tell(`restored to ${moment.toISOString()}${which}`);
    running = await start(place, async (env) => {
      await run(env, place, 'recover', '--since', moment.toISOString());
    });
    const charges = await chargesOf(running.platform);
    await reconcile(running.platform);
    await run(running.platform.env, place, 'compare', '--mend');
    return await endsInAgreement(running, place, charges);
  } finally {
    await killAll(running).catch(() => {});
  }
}

/** Milliseconds for money under way to come to rest. */
const REST = 120_000;

async function chargesOf({ urls }: Platform): Promise<number> {
  return (await new SimulatorClient(urls.simulators ?? '').get('/transactions')).data.length;
}

/** @param charges that had been made before the leases went on: by then each has paid ahead of its clock, and owes nothing. */
async function endsInAgreement(running: Running, place: Place, charges: number): Promise<number> {
  const { platform, database } = running;
  for (const until = Date.now() + REST; ; await sleep(2_000)) {
    const { booked, cases, differences } = await differencesFromTruth(database.url, platform.urls.simulators ?? '');
    if (differences.length === 0) {
      await reconcile(platform);
      if (!(await run(platform.env, place, 'compare'))) return 1;
      if (booked + cases !== charges) {
        tell(`${booked + cases - charges} charges were made a second time`);
        return 1;
      }
      tell(`every charge of the providers is in the books: ${booked} booked, ${cases} cases`);
      return 0;
    }
    if (Date.now() < until) continue;
    for (const line of differences) say(line);
    return 1;
  }
}

const directory = realpathSync(await mkdtemp(join(tmpdir(), 'rent-to-own-drill-')));
chmodSync(directory, 0o711);
const free = await freePorts(8);
const ports = Object.fromEntries(Object.keys(portVariables).map((name, i) => [name, String(free[i])]));
const place = {
  directory,
  state: join(directory, 'state'),
  backup: join(directory, 'base'),
  archive: join(directory, 'archive'),
  ports,
};
try {
  process.exitCode = await drill(place);
} finally {
  await rm(directory, { recursive: true, force: true });
}
