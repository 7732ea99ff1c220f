import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { createTokenIssuer } from '#platform/tokens';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { workflowBundle } from '#workers/workflow-bundle';
import { runToEnd, startProcess } from './child.ts';
import { embeddedEnvironment, type EmbeddedEnvironment, type Environment } from './environment.ts';
import { elapsed } from './logs.ts';
import { urlsOf, type PlatformUrls } from './platform-urls.ts';
import { checkPorts, freePorts } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { endLeftovers } from './processes.ts';
import { supervised, type SupervisedPart, type Supervision } from './supervisor.ts';
import { takeDirectory } from './take-directory.ts';
import { prepareTemporal, startTemporal } from './temporal.ts';

/** Files of our own processes, from the root of the checkout. */
const files = {
  simulators: 'dev/simulators/main.ts',
  worker: 'workers/worker.ts',
  telematics: 'workers/telematics.ts',
  relay: 'workers/relay.ts',
  api: 'api/main.ts',
} as const;

export type PartName = 'postgres' | 'temporal' | keyof typeof files;

/** Groups that stop one after another: the edge first, what the others stand on last. */
const stopOrder: readonly (readonly PartName[])[] = [
  ['api'],
  ['relay', 'worker'],
  // The relay publishes to its broker.
  ['telematics'],
  ['simulators'],
  ['temporal'],
  ['postgres'],
];

/** Milliseconds between two lines about a slow step. */
const PROGRESS_EVERY = 10_000;

interface PlatformOptions {
  /** Directory of everything that this platform keeps; made if missing. */
  readonly dataDir: string;
  /** Go before the process's own variables; an empty one takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Takes lines for people: progress, warnings of the parts. */
  readonly log: (line: string) => void;
  /** Ends a start that is under way; what has started is stopped before `startPlatform` throws. */
  readonly signal?: AbortSignal;
  /** Done with the database, Temporal and the simulators there, before any process of ours runs. */
  readonly before?: (env: Environment) => Promise<void>;
  /** Process that this platform belongs to: with it gone, a later start over the same data ends this one. */
  readonly parent?: number | undefined;
}

export interface Platform {
  readonly urls: PlatformUrls;
  /** The environment of its processes. */
  readonly env: Environment;
  /** Settles when a part has crashed too often, with what it was; everything has been stopped then. */
  readonly failed: Promise<Error>;
  /** A part, to look at its process id or kill it. @throws Error if this platform does not run it */
  part(name: PartName): SupervisedPart;
  /** Stops everything in reverse order; a second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts the platform over a directory: what an earlier one left is ended, ports are looked at, then
 * Postgres and its schema, Temporal, the simulators, our processes and the sample data.
 *
 * @throws PortError, ConfigurationError, or an Error saying which part did not start and its last words
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const lock = await takeDirectory(dataDir, options);
  try {
    await endLeftovers(dataDir, options.log);
    const environment = await embeddedEnvironment(dataDir, options.env);
    const config = loadConfig(environment.env);
    // Keys are looked into here, so that a wrong one stops the start before a part of it is there.
    createTokenIssuer(config);
    createEncryption(config.ENCRYPTION_KEYS);
    await checkPorts(environment.ports, environment.listens);
    const metricsPorts = await metricsPortsOf(environment);
    return await new Parts({ ...options, dataDir }, { ...environment, metricsPorts }, config, () =>
      lock.release(),
    ).start();
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Where each process shows its figures: the API where METRICS_PORT says, the others where a port is free; nowhere without it. */
async function metricsPortsOf({ env, ports }: EmbeddedEnvironment): Promise<ReadonlyMap<PartName, number>> {
  if (env['METRICS_PORT'] === undefined) return new Map();
  const [worker, telematics, relay] = await freePorts(3);
  return new Map([
    ['api', ports.METRICS_PORT],
    ['worker', worker],
    ['telematics', telematics],
    ['relay', relay],
  ]);
}

type StartedEnvironment = EmbeddedEnvironment & { readonly metricsPorts: ReadonlyMap<PartName, number> };

/** The parts of one platform, from the first that starts to the last that stops. */
class Parts {
  readonly #options: PlatformOptions;
  readonly #environment: StartedEnvironment;
  readonly #config: Config;
  readonly #release: () => void;
  readonly #parts = new Map<PartName, SupervisedPart>();
  readonly #abort = new AbortController();
  readonly #failed: Promise<Error>;
  #giveUp: (error: Error) => void = () => {};
  #stopped: Promise<void> | undefined;

  constructor(options: PlatformOptions, environment: StartedEnvironment, config: Config, release: () => void) {
    this.#options = options;
    this.#environment = environment;
    this.#config = config;
    this.#release = release;
    const gaveUp = new Promise<Error>((resolve) => (this.#giveUp = resolve));
    this.#failed = gaveUp.then((error) => this.stop().then(() => error));
  }

  async start(): Promise<Platform> {
    const stop = () => void this.stop();
    this.#options.signal?.addEventListener('abort', stop, { once: true });
    try {
      this.#options.signal?.throwIfAborted();
      // Whatever gives up while others still start ends the start, and so does a stop: what waits for a server waits in vain.
      await Promise.race([this.#startAll(), this.#failed.then((error) => Promise.reject(error)), this.#aborted()]);
      this.#options.signal?.throwIfAborted();
    } catch (error) {
      await this.stop();
      this.#options.signal?.throwIfAborted();
      throw error;
    } finally {
      this.#options.signal?.removeEventListener('abort', stop);
    }
    return {
      urls: urlsOf(this.#environment, this.#config),
      env: this.#environment.env,
      failed: this.#failed,
      part: (name) => this.#part(name),
      stop: () => this.stop(),
    };
  }

  /** Never comes, but throws once a stop begins. */
  #aborted(): Promise<never> {
    const { signal } = this.#abort;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('stopped', { cause: signal.reason })), { once: true });
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#abort.abort(new Error('the platform is being stopped'));
      for (const group of stopOrder) {
        await Promise.all(group.flatMap((name) => this.#parts.get(name)?.stop() ?? []));
      }
      rmSync(join(this.#options.dataDir, 'run'), { recursive: true, force: true });
      this.#release();
    })();
    return this.#stopped;
  }

  async #startAll(): Promise<void> {
    const { parts, env } = this.#environment;
    const { before } = this.#options;
    const simulators = parts.simulators ? this.#startOwn('simulators') : undefined;
    const foundation = Promise.all([this.#prepareDatabase(), this.#prepareTemporal(), before && simulators]);
    await Promise.all([
      simulators,
      foundation
        .then(() => before?.(env))
        .then(() =>
          Promise.all([
            this.#startOwn('worker'),
            this.#startOwn('api'),
            this.#startOwn('telematics'),
            this.#startOwn('relay'),
            parts.development ? this.#seed() : undefined,
          ]),
        ),
    ]);
  }

  async #prepareDatabase(): Promise<void> {
    const { dataDir, log } = this.#options;
    const { parts, ports } = this.#environment;
    if (parts.postgres)
      await this.#begin({ name: 'postgres', start: () => startPostgres({ dataDir, port: ports.POSTGRES_PORT, log }) });
    if (!parts.development) return;
    const { prepareDatabase } = await import('#workers/prepare-database');
    await this.#step('the database', prepareDatabase(this.#config));
  }

  async #prepareTemporal(): Promise<void> {
    const { dataDir, log } = this.#options;
    const { parts, ports, env } = this.#environment;
    const namespace = this.#config.TEMPORAL_NAMESPACE;
    if (parts.temporal) {
      const codecEndpoint = `http://localhost:${ports.CODEC_PORT}`;
      const start = (signal: AbortSignal) =>
        startTemporal({
          dataDir,
          port: ports.TEMPORAL_PORT,
          uiPort: ports.TEMPORAL_UI_PORT,
          namespace,
          codecEndpoint,
          searchAttributes: Object.values(searchAttributes),
          log,
          signal,
          environment: env,
        });
      await this.#begin({ name: 'temporal', start });
    } else if (parts.development) {
      const { connectionOptions } = await import('#platform/temporal/connection');
      await this.#step(
        `Temporal at ${this.#config.TEMPORAL_ADDRESS}`,
        prepareTemporal(connectionOptions(this.#config), namespace, Object.values(searchAttributes)),
      );
    }
  }

  #startOwn(name: keyof typeof files): Promise<void> {
    const { dataDir, log } = this.#options;
    const { METRICS_PORT: _, ...others } = this.#environment.env;
    const metricsPort = this.#environment.metricsPorts.get(name);
    const own = metricsPort === undefined ? others : { ...others, METRICS_PORT: String(metricsPort) };
    const needs = (['postgres', 'temporal'] as const).flatMap((need) => this.#parts.get(need) ?? []);
    const begun = this.#begin({
      name,
      needs,
      start: async (signal) => {
        const env = name === 'worker' ? { ...own, ...(await withBundle(own)) } : own;
        return startProcess({ name, file: files[name], env, dataDir, log, signal });
      },
    });
    return this.#step(name, begun);
  }

  #seed(): Promise<void> {
    const { dataDir, log } = this.#options;
    const { METRICS_PORT: _, ...env } = this.#environment.env;
    return this.#step(
      'the sample data',
      runToEnd({ name: 'seed', file: 'dev/seed.ts', env, dataDir, log, signal: this.#abort.signal }),
    );
  }

  #begin(supervision: Omit<Supervision, 'name' | 'log' | 'giveUp'> & { readonly name: PartName }): Promise<void> {
    this.#abort.signal.throwIfAborted();
    const part = supervised({ ...supervision, log: this.#options.log, giveUp: (reason) => this.#giveUp(reason) });
    this.#parts.set(supervision.name, part);
    return part.begin();
  }

  /** Says how long a step took, and meanwhile that it goes on. */
  async #step(what: string, step: Promise<unknown>): Promise<void> {
    const began = Date.now();
    const progress = setInterval(
      () => this.#options.log(`still waiting for ${what}, ${elapsed(began)}`),
      PROGRESS_EVERY,
    );
    try {
      await step;
    } finally {
      clearInterval(progress);
    }
    this.#options.log(`${what}: ready (${elapsed(began)})`);
  }

  #part(name: PartName): SupervisedPart {
    const part = this.#parts.get(name);
    if (part === undefined) throw new Error(`this platform does not run ${name}`);
    return part;
  }
}

/** The workflow bundle that tests use too, so that it is not made again for the compiled worker. */
async function withBundle({ WORKFLOW_BUNDLE }: Environment): Promise<Environment> {
  if (WORKFLOW_BUNDLE !== undefined) return { WORKFLOW_BUNDLE };
  const bundle = await workflowBundle();
  return 'codePath' in bundle ? { WORKFLOW_BUNDLE: bundle.codePath } : {};
}
