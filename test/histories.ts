import { temporal } from '@temporalio/proto';
import { Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { expect } from 'vitest';
import { workflowBundle } from '#workers/workflow-bundle';

const proto = temporal.api.history.v1.History;
export type History = temporal.api.history.v1.IHistory;

/** Names of machines and stack traces tell nothing to a replay, and do not belong to the code. */
const scrub = (key: string, value: unknown) =>
  key === 'identity' ? 'worker' : key === 'encodedAttributes' ? undefined : value;

export function toJson(history: History): string {
  const plain = proto.toObject(proto.fromObject(history), { enums: String, longs: String, bytes: String });
  return `${JSON.stringify(plain, scrub, 1)}\n`;
}

export const fromJson = (text: string): History => proto.fromObject(JSON.parse(text) as Record<string, unknown>);

/** Replays histories on the code as it is; a history that it would go another way with fails, by name. */
export async function replay(
  histories: readonly { readonly workflowId: string; readonly history: History }[],
  options: Pick<ReplayWorkerOptions, 'dataConverter'> = {},
): Promise<void> {
  const results = Worker.runReplayHistories({ workflowBundle: await workflowBundle(), ...options }, histories);
  for await (const { workflowId, error } of results) expect(error, workflowId).toBeUndefined();
}
