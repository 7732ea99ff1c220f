import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { patientSteps, workflowBundle } from '#workers/workflow-bundle';
import { inTurns } from './in-turns.ts';

const proto = temporal.api.history.v1.History;
export type History = temporal.api.history.v1.IHistory;

/** True where states that have no history yet get one that is kept. */
export const isRecording = process.env['RECORD_HISTORIES'] === 'true';

/** Recorded payloads stay readable for later runs: keys of the tests alone, which protect nothing. */
const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
export const recordingKeys = `k1:${key(1)},index:${key(2)}`;

/** Names of machines and stack traces tell nothing to a replay, and do not belong to the code. */
const scrub = (key: string, value: unknown) =>
  key === 'identity' ? 'worker' : key === 'encodedAttributes' || key === 'stackTrace' ? undefined : value;

function toJson(history: History): string {
  const plain = proto.toObject(proto.fromObject(history), { enums: String, longs: String, bytes: String });
  return `${JSON.stringify(plain, scrub, 1)}\n`;
}

/** States that are reached side by side: of all at once each would wait for all others, and look in vain meanwhile. */
const AT_ONCE = 5;

const fromJson = (text: string): History => proto.fromObject(JSON.parse(text) as Record<string, unknown>);

/**
 * Replays histories on the code as it is; a history that it would go another way with fails, by name. They are replayed
 * on a thread of their own, as workers run workflows: the SDK's default for replays is this one, whose promises would
 * then be watched for as long as the process lives, also those of the test files after this one.
 */
async function replay(
  histories: readonly { readonly workflowId: string; readonly history: History }[],
  options: Pick<ReplayWorkerOptions, 'dataConverter'> = {},
): Promise<void> {
  const onAThread = { debugMode: false, ...patientSteps };
  const replaying = { workflowBundle: await workflowBundle(), ...onAThread, ...options };
  const results = Worker.runReplayHistories(replaying, histories);
  for await (const { workflowId, error } of results) expect(error, workflowId).toBeUndefined();
}

/**
 * Workflows that run while a new version is deployed must replay on its code: a history of every state is kept in
 * `directory`, and the states as they are reached now replay as well. `RECORD_HISTORIES=true` keeps those of states
 * that have none; a history that is there is never written over.
 */
export function itReplays(
  directory: string,
  states: Readonly<Record<string, () => Promise<History>>>,
  options: () => Parameters<typeof replay>[1] = () => ({}),
): void {
  it('what was recorded replays on this code', async () => {
    const files = (await readdir(directory)).filter((name) => name.endsWith('.json'));
    expect(files.map((name) => name.replace('.json', '')).toSorted()).toEqual(Object.keys(states).toSorted());
    const histories = files.map(async (name) => ({
      workflowId: name,
      history: fromJson(await readFile(join(directory, name), 'utf8')),
    }));
    await replay(await Promise.all(histories), options());
  });

  // So many lives that their own time-outs say more than this one.
  it('every state replays as it is now', { timeout: 600_000 }, async () => {
    const histories = await inTurns(Object.entries(states), AT_ONCE, async ([workflowId, reach]) => ({
      workflowId,
      history: await reach(),
    }));
    await replay(histories, options());
    if (!isRecording) return;
    await mkdir(directory, { recursive: true });
    for (const { workflowId, history } of histories) {
      const path = join(directory, `${workflowId}.json`);
      if (!existsSync(path)) await writeFile(path, toJson(history));
    }
  });
}
