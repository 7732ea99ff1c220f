import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { leaseStatuses } from '#domain/leases/status';
import { workflowQueue } from '#domain/task-queues';
import type { Config } from '#platform/config';
import { describeError } from '#platform/describe-error';
import { dataConverter } from '#platform/temporal/connection';
import { historyOf, jsonOf } from './history-json.ts';
import { tracingSinks } from './interceptors/trace-activities.ts';
import { patientSteps, workflowBundle } from './workflow-bundle.ts';

/** A history, and what it is called in what is said of it. */
export interface NamedHistory {
  readonly workflowId: string;
  readonly history: History;
}

export interface Replayed {
  readonly workflowId: string;
  /** Why today's code cannot go on with it; null where it can. */
  readonly failure: string | null;
}

/**
 * Replays histories on the code as it is, with the keys of the configuration: what would stop a running workflow after a
 * deployment is found before it. Nothing is written anywhere, and no activity runs.
 */
export async function* replayHistories(
  config: Config,
  histories: AsyncIterable<NamedHistory>,
): AsyncGenerator<Replayed> {
  const options = {
    workflowBundle: await workflowBundle(config.WORKFLOW_BUNDLE),
    dataConverter: dataConverter(config),
    sinks: tracingSinks,
    debugMode: false,
    ...patientSteps,
  };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories))
    yield { workflowId, failure: error === undefined ? null : describeError(error).message };
}

/** How many histories of each kind are fetched. */
export interface HistorySample {
  /** Of each status of a lease, and of all other workflows together. */
  readonly each: number;
  /** A query of visibility in place of those. */
  readonly query?: string | undefined;
}

/** The histories of workflows that run on the platform's task queue, so many of each kind. */
export async function* historiesOfServer(
  temporal: Client,
  { TASK_QUEUE_PREFIX: prefix }: Pick<Config, 'TASK_QUEUE_PREFIX'>,
  { each, query }: HistorySample,
): AsyncGenerator<NamedHistory> {
  const kinds = [
    ...leaseStatuses.map((status) => `WorkflowType = "lease" AND LeaseStatus = "${status}"`),
    'WorkflowType != "lease"',
  ];
  const open = `ExecutionStatus = "Running" AND TaskQueue = "${workflowQueue(prefix)}"`;
  const queries = query === undefined ? kinds.map((kind) => `${open} AND ${kind}`) : [query];
  for (const one of queries) {
    let count = 0;
    for await (const { workflowId, runId } of temporal.workflow.list({ query: one })) {
      yield { workflowId, history: await temporal.workflow.getHandle(workflowId, runId).fetchHistory() };
      count += 1;
      if (count >= each) break;
    }
  }
}

/**
 * Reads a history, or those of a directory, as the command `temporal workflow show --output json` and the UI write them,
 * or as those of the tests are.
 *
 * @throws Error where a file has no history.
 */
export async function* historiesOfFiles(path: string): AsyncGenerator<NamedHistory> {
  const files = (await stat(path)).isDirectory()
    ? (await readdir(path)).filter((name) => name.endsWith('.json')).map((name) => join(path, name))
    : [path];
  for (const file of files.toSorted()) yield { workflowId: basename(file, '.json'), history: await read(file) };
}

async function read(file: string): Promise<History> {
  const history = historyOf(await readFile(file, 'utf8'));
  if (history === null) throw new Error(`${file} has no history of a workflow`);
  return history;
}

/** Keeps histories in a directory on their way, as they are: encrypted. */
export async function* keeping(
  directory: string,
  histories: AsyncIterable<NamedHistory>,
): AsyncGenerator<NamedHistory> {
  await mkdir(directory, { recursive: true });
  for await (const one of histories) {
    await writeFile(join(directory, `${one.workflowId}.json`), jsonOf(one.history));
    yield one;
  }
}
