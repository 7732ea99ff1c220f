import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, ConnectionOptions } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { registerSearchAttributes, type SearchAttribute } from '#platform/temporal/register-search-attributes';
import { elapsed, lastLines, logPath } from './logs.ts';
import { startProgram, type RunningPart, type StartedProgram } from './part.ts';
import { findTemporalServer } from './temporal-binary.ts';

export { findTemporalServer } from './temporal-binary.ts';

/** Milliseconds until it must answer. */
const START_DEADLINE = 60_000;
/** Milliseconds until the namespace must be there. */
const NAMESPACE_DEADLINE = 15_000;
/** Seconds that the history of a closed workflow is kept. */
const RETENTION = 30 * 24 * 3600;

export const dynamicConfig: Readonly<Record<string, unknown>> = {
  'frontend.WorkflowTimeSkippingEnabled': true,
  // Operators may hold a workflow up.
  'frontend.WorkflowPauseEnabled': true,
  'frontend.WorkflowTimeSkippingMaxSkipPerSession': 5_000,
  // Every skip waits for the timer queue: with the default of one second a month of days takes half a minute.
  'history.timerProcessorMaxTimeShift': '20ms',
  // A lease takes many commands over its life, and a fleet of callers at once in tests.
  'history.maxTotalUpdates': 10_000,
  'history.maxInFlightUpdates': 100,
  'frontend.namespaceRPS': 20_000,
  // Of the four partitions that a queue has by itself, three would hand each task on to the one that is polled.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

export interface TemporalServer extends RunningPart {
  /** `host:port` of gRPC. */
  readonly address: string;
  readonly uiUrl: string;
}

interface TemporalOptions {
  /** Directory of everything that the platform keeps; made if missing. */
  readonly dataDir: string;
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
  /** Where the UI has payloads decoded. */
  readonly codecEndpoint?: string | undefined;
  readonly searchAttributes: readonly SearchAttribute[];
  readonly log: (line: string) => void;
  /** False where nothing has to outlive a power cut, as in tests: no commit waits for the disk. */
  readonly durable?: boolean | undefined;
  /** Ends a build that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Where to look for the command; the process's own environment by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a Temporal server with its UI over a SQLite file in `dataDir`, finding or building the command
 * first. Answers when the namespace is there with its search attributes.
 *
 * @throws Error with the end of its log if it does not start, or with the ways out if there is none to start.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { port, uiPort, log, signal } = options;
  mkdirSync(options.dataDir, { recursive: true });
  const dataDir = realpathSync(options.dataDir);
  const command = await findTemporalServer(options);
  const began = Date.now();
  const [server, client] = await Promise.all([
    startProgram({ name: 'temporal', command, args: serverArguments(dataDir, options), dataDir }),
    // Loading the client takes as long as the server takes to start.
    import('@temporalio/client'),
  ]);
  const address = `127.0.0.1:${port}`;
  try {
    await Promise.all([listens(port, server, signal), listens(uiPort, server, signal)]);
    const connection = await client.Connection.connect({ address });
    await prepareNamespace(connection, options.namespace, options.searchAttributes).finally(() => connection.close());
  } catch (cause) {
    await server.stop();
    signal?.throwIfAborted();
    throw new Error(
      `the Temporal server does not start:\n${lastLines(logPath(dataDir, 'temporal'), server.logOffset)}`,
      { cause },
    );
  }
  closeToOthers(databaseFile(dataDir));
  log(`Temporal is ready (${elapsed(began)})`);
  return { ...server, address, uiUrl: `http://localhost:${uiPort}` };
}

const databaseFile = (dataDir: string) => join(dataDir, 'temporal.db');

/** The server makes its files readable for everybody, and as root we let others pass through the directory. */
function closeToOthers(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(path)) chmodSync(path, 0o600);
}

function serverArguments(
  dataDir: string,
  { port, uiPort, namespace, codecEndpoint, searchAttributes, durable = true }: TemporalOptions,
): string[] {
  const flags = {
    '--ip': '127.0.0.1',
    '--port': String(port),
    '--ui-port': String(uiPort),
    '--namespace': namespace,
    '--db-filename': databaseFile(dataDir),
    '--log-level': 'warn',
    // Twice the throughput of SQLite's default journal.
    '--sqlite-pragma': 'journal_mode=wal',
    ...(codecEndpoint === undefined ? {} : { '--ui-codec-endpoint': codecEndpoint }),
  };
  return [
    'server',
    'start-dev',
    ...Object.entries(flags).flat(),
    ...(durable ? [] : ['--sqlite-pragma', 'synchronous=off']),
    ...searchAttributes.flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${TypedSearchAttributes.toMetadataType(type)}`,
    ]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}

async function listens(port: number, server: StartedProgram, signal?: AbortSignal): Promise<void> {
  let ended: string | undefined;
  void server.exited.then((how) => (ended = how));
  for (const deadline = Date.now() + START_DEADLINE; !(await accepts(port)); await sleep(25)) {
    signal?.throwIfAborted();
    if (ended !== undefined) throw new Error(`it ended: ${ended}`);
    if (Date.now() > deadline) throw new Error(`it does not answer after ${START_DEADLINE / 1000} s`);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Prepares the namespace of a server that somebody else runs. @throws Error if it does not answer. */
export async function prepareTemporal(
  connection: ConnectionOptions,
  namespace: string,
  searchAttributes: TemporalOptions['searchAttributes'],
): Promise<void> {
  const { Connection: Client } = await import('@temporalio/client');
  const opened = await Client.connect(connection);
  await prepareNamespace(opened, namespace, searchAttributes).finally(() => opened.close());
}

/** Gives a namespace what it lacks: search attributes of a later version of ours, a longer memory. */
async function prepareNamespace(
  connection: Connection,
  namespace: string,
  searchAttributes: TemporalOptions['searchAttributes'],
): Promise<void> {
  const { config } = await describeNamespace(connection, namespace);
  await registerSearchAttributes(connection, namespace, searchAttributes);
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) < RETENTION) {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(RETENTION * 1000) },
    });
  }
}

/** A server that has just begun to listen may not have read its namespaces yet. */
async function describeNamespace(connection: Connection, namespace: string) {
  for (const deadline = Date.now() + NAMESPACE_DEADLINE; ; await sleep(50)) {
    try {
      return await connection.workflowService.describeNamespace({ namespace });
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
