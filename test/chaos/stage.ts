import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runToEnd, startProcess } from '#dev/child';
import { eventually } from '#dev/client';
import { embeddedEnvironment, type Environment } from '#dev/environment';
import { freePorts, portVariables, type PortVariable } from '#dev/ports';
import { startPostgres } from '#dev/postgres';
import { startTemporal } from '#dev/temporal';
import { loadConfig, type Config } from '#platform/config';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { prepareDatabase } from '#workers/prepare-database';
import { workflowBundle } from '#workers/workflow-bundle';
import { MOSQUITTO_PLATFORM_PASSWORD, startMosquitto, type Mosquitto } from '../mosquitto.ts';
import { KeptPart } from './kept-part.ts';
import { links, type Link, type PartName } from './matrix.ts';
import { startToxiproxy, type Toxiproxy } from './toxiproxy.ts';

const files = {
  providers: 'dev/simulators/main.ts',
  worker: 'workers/worker.ts',
  api: 'api/main.ts',
  telematics: 'workers/telematics.ts',
  relay: 'workers/relay.ts',
} as const;
export type Own = keyof typeof files;

/** Megabytes of the disk that Postgres, Temporal and the broker share. */
const DISK = 1_500;
/** Of Debian's package `faketime`. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/** The whole platform as separate processes, with a proxy between any two that speak to each other. */
export interface Stage {
  readonly proxies: Toxiproxy;
  /** Past all proxies. */
  readonly config: Config;
  readonly simulators: string;
  /** By the proxies of people and vehicles. */
  readonly api: string;
  readonly broker: string;
  /** Where the data is; null where it has no disk of its own, since only root mounts one. */
  readonly disk: string | null;
  /** `host:port` of the figures of each of our processes. */
  readonly targets: readonly string[];
  targetOf(name: Own): string;
  part(name: PartName): KeptPart;
  /** Starts a process anew with these variables besides, and until it is started anew again. */
  again(name: Own, besides?: Environment): Promise<void>;
  /** Starts a process anew by a clock that can be set. @returns whether that can be done here */
  withClock(name: Own): Promise<boolean>;
  /** How many seconds the clock of that process is ahead. */
  setClock(name: Own, ahead: number): void;
  stop(): Promise<void>;
}

interface Place {
  readonly directory: string;
  readonly logs: string;
  readonly ports: Readonly<Record<PortVariable, number>>;
}

/**
 * @param logs directory that the processes' logs stay in
 * @param besides variables of all processes, before those that are made up here
 */
export async function startStage(logs: string, say: (line: string) => void, besides: Environment = {}): Promise<Stage> {
  const directory = realpathSync(await mkdtemp(join(tmpdir(), 'rent-to-own-chaos-')));
  chmodSync(directory, 0o711);
  const disk = join(directory, 'disk');
  const isMounted = mountDisk(disk);
  // What we note of processes and what they say is somewhere else: a full disk is theirs.
  for (const name of ['run', 'logs']) {
    mkdirSync(join(logs, name), { recursive: true });
    symlinkSync(join(realpathSync(logs), name), join(disk, name));
  }
  const names = Object.keys(portVariables) as PortVariable[];
  const free = await freePorts(8);
  const ports = Object.fromEntries(names.map((name, i) => [name, free[i] ?? 0])) as Place['ports'];
  const proxies = await startToxiproxy();
  const kept = new Map<PartName, KeptPart>();
  const keep = async (name: PartName, part: KeptPart) => {
    kept.set(name, part);
    await part.begin();
    say(`${name} runs`);
  };
  const stop = async () => {
    for (const name of ['api', 'relay', 'worker', 'telematics', 'providers', 'broker', 'temporal', 'postgres'] as const)
      await kept.get(name)?.stop();
    await proxies.stop();
    if (isMounted) spawnSync('umount', ['--lazy', disk]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const place = { directory: disk, logs, ports };
    const { databaseUrl, broker } = await startFoundation(place, keep);
    const proxied = await openProxies(proxies, { ports, databaseUrl, broker: broker() });
    const environments = await environmentsOf({ ...place, besides }, databaseUrl, broker(), proxied);
    const config = loadConfig(environments.outside);
    await prepareDatabase(config);
    const own = new Map<Own, Environment>();
    const metrics = await metricsPorts();
    const startOwn = (name: Own) => {
      const env = { ...environments.of(name), ...metrics.of(name), ...own.get(name) };
      return startProcess({ name, file: files[name], env, dataDir: logs, log: () => {} });
    };
    for (const name of Object.keys(files) as Own[]) await keep(name, new KeptPart(() => startOwn(name)));
    await runToEnd({ name: 'seed', file: 'dev/seed.ts', env: environments.outside, dataDir: logs, log: () => {} });
    const part = (name: PartName) => kept.get(name) ?? fail(`nothing runs ${name}`);
    const again = async (name: Own, more: Environment = {}) => {
      own.set(name, more);
      const { starts } = part(name);
      part(name).signalAll('SIGTERM');
      await eventually(`a new ${name}`, async () => (part(name).starts > starts ? true : undefined), 120_000);
    };
    return {
      proxies,
      config,
      simulators: `http://127.0.0.1:${ports.SIMULATOR_PORT}`,
      api: `http://127.0.0.1:${proxied['clients-api']}`,
      broker: `mqtt://127.0.0.1:${proxied['trackers-broker']}`,
      disk: isMounted ? disk : null,
      part,
      targets: metrics.targets,
      targetOf: metrics.targetOf,
      again,
      async withClock(name) {
        if (!existsSync(FAKETIME)) return false;
        writeFileSync(clockFile(directory, name), '+0\n');
        await again(name, faked(clockFile(directory, name)));
        return true;
      },
      setClock: (name, ahead) => writeFileSync(clockFile(directory, name), `+${ahead}\n`),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function fail(why: string): never {
  throw new Error(why);
}

/** Memory that is a disk of a size; only root mounts one. */
function mountDisk(disk: string): boolean {
  mkdirSync(disk, { mode: 0o711 });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}m,mode=0711`, 'tmpfs', disk]);
  return mounted.status === 0;
}

async function metricsPorts() {
  const names = ['api', 'worker', 'telematics', 'relay'] as const;
  const free = await freePorts(4);
  const ports = new Map<Own, number>(names.map((name, i) => [name, free[i] ?? 0]));
  return {
    targets: free.map((port) => `127.0.0.1:${port}`),
    targetOf: (name: Own) => `127.0.0.1:${ports.get(name)}`,
    of: (name: Own): Environment => (ports.has(name) ? { METRICS_PORT: String(ports.get(name)) } : {}),
  };
}

const clockFile = (directory: string, name: Own) => join(directory, `${name}.clock`);

const faked = (file: string): Environment => ({
  LD_PRELOAD: FAKETIME,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_CACHE_DURATION: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  DONT_FAKE_MONOTONIC: '1',
});

/** What all the others stand on. */
async function startFoundation(
  { directory, ports }: Place,
  keep: (name: PartName, part: KeptPart) => Promise<void>,
): Promise<{ readonly databaseUrl: string; readonly broker: () => Mosquitto }> {
  const log = () => {};
  let databaseUrl = '';
  let mosquitto: Mosquitto | undefined;
  const postgres = new KeptPart(async () => {
    const server = await startPostgres({ dataDir: directory, port: ports.POSTGRES_PORT, log });
    databaseUrl = server.url;
    return server;
  });
  const temporal = new KeptPart(() =>
    startTemporal({
      dataDir: directory,
      port: ports.TEMPORAL_PORT,
      uiPort: ports.TEMPORAL_UI_PORT,
      namespace: 'default',
      searchAttributes: Object.values(searchAttributes),
      log,
    }),
  );
  const broker = new KeptPart(async () => {
    if (mosquitto === undefined) mosquitto = await startMosquitto(directory);
    else await mosquitto.begin();
    return mosquitto.process;
  });
  await keep('postgres', postgres);
  await keep('temporal', temporal);
  await keep('broker', broker);
  return { databaseUrl, broker: () => mosquitto ?? fail('there is no broker') };
}

interface Ends {
  readonly ports: Place['ports'];
  readonly databaseUrl: string;
  readonly broker: Mosquitto;
}

async function openProxies(proxies: Toxiproxy, { ports, broker }: Ends): Promise<Record<Link, number>> {
  const ends: Readonly<Record<string, number>> = {
    api: ports.PORT,
    postgres: ports.POSTGRES_PORT,
    temporal: ports.TEMPORAL_PORT,
    providers: ports.SIMULATOR_PORT,
    broker: broker.port,
  };
  const opened: [Link, number][] = [];
  for (const link of links) opened.push([link, await proxies.open(link, ends[link.split('-')[1] ?? ''] ?? 0)]);
  return Object.fromEntries(opened) as Record<Link, number>;
}

/** What each process is told: everything else is behind a proxy of its own. */
async function environmentsOf(
  { logs, ports, besides }: Place & { readonly besides: Environment },
  databaseUrl: string,
  broker: Mosquitto,
  proxied: Readonly<Record<Link, number>>,
): Promise<{ readonly outside: Environment; of(name: Own): Environment }> {
  const { METRICS_PORT: _, ...numbers } = ports;
  const given = {
    ...Object.fromEntries(Object.entries(numbers).map(([name, port]) => [name, String(port)])),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.TEMPORAL_PORT}`,
    MQTT_URL: broker.url,
    MQTT_PLATFORM_PASSWORD: MOSQUITTO_PLATFORM_PASSWORD,
    PUBLIC_URL: `http://127.0.0.1:${proxied['providers-api']}`,
    COLLECT_POLL_SECONDS: '1',
    COLLECT_POLLS: '60',
    RATE_LIMIT_USER: '1000',
    RATE_LIMIT_ADDRESS: '5000',
    SIMULATOR_TIME_SCALE: '0.3',
    LOG_LEVEL: 'warn',
    ...besides,
  };
  const { env } = await embeddedEnvironment(logs, given);
  const { METRICS_PORT: __, ...outside } = env;
  const bundle = await workflowBundle();
  const bundled = 'codePath' in bundle ? { WORKFLOW_BUNDLE: bundle.codePath } : {};
  return {
    outside,
    of(name) {
      const way = (to: string) => proxied[`${name}-${to}` as Link] as number | undefined;
      const told: Record<string, string> = { ...outside, ...(name === 'worker' ? bundled : {}) };
      const moves = [
        [way('postgres'), ports.POSTGRES_PORT],
        [way('temporal'), ports.TEMPORAL_PORT],
        [way('providers'), ports.SIMULATOR_PORT],
        [way('broker'), broker.port],
      ] as const;
      for (const [to, from] of moves) {
        if (to === undefined) continue;
        // Where it listens itself stays as it is.
        for (const [key, value] of Object.entries(told))
          told[key] = value.replaceAll(new RegExp(`(localhost|127\\.0\\.0\\.1):${from}\\b`, 'g'), `127.0.0.1:${to}`);
      }
      return told;
    },
  };
}
