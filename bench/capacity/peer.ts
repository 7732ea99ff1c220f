import { join } from 'node:path';
import { startProcess } from '#dev/child';
import type { LeaseState } from '#workflows/lease/state';
import { sizesOf } from '../collections/sizes.ts';
import { eventually } from '#dev/client';
import { cpuSecondsOf, useOf } from './parts.ts';
import { forAll, say } from './progress.ts';
import { startAhead, type CapacityWorld } from './world.ts';

const WEEK = 7 * 24 * 3_600_000;

export interface Peer {
  readonly perSecond: number;
  /** CPU for each turn, milliseconds. */
  readonly temporalMs: number;
  readonly workerMs: number;
}

/** As many turns of a workflow that does nothing, all due at once and unspread: what Temporal and the SDK take by themselves. */
export async function measurePeer(world: CapacityWorld, count: number, state: LeaseState | undefined): Promise<Peer> {
  const { platform, dataDir, temporal } = world;
  const file = join(import.meta.dirname, '..', 'collections', 'worker.ts');
  const noop = await startProcess({ name: 'noop', file, env: platform.env, dataDir, log: say });
  try {
    const args = [{ sizes: sizesOf(state), weeks: 1 }];
    const dueAt = Date.now() + (count / 40) * 1_000 + 10_000;
    const ids = Array.from({ length: count }, (_, i) => `noop-${i}`);
    await forAll('no-op peers started', ids, 16, (id) =>
      // Each begins its week when it is started.
      startAhead(
        temporal,
        { type: 'noop', id, taskQueue: 'noop-workflows', args },
        { aheadMs: WEEK - (dueAt - Date.now()) },
      ),
    );
    const before = { temporal: useOf(platform).get('temporal')?.cpu ?? 0, worker: cpuSecondsOf(noop.pid) };
    const began = Math.max(dueAt, Date.now());
    await eventually('the no-op peers', () => allTurned(world, count), 600_000);
    const seconds = (Date.now() - began) / 1_000;
    return {
      perSecond: count / seconds,
      temporalMs: (((useOf(platform).get('temporal')?.cpu ?? 0) - before.temporal) * 1_000) / count,
      workerMs: ((cpuSecondsOf(noop.pid) - before.worker) * 1_000) / count,
    };
  } finally {
    await noop.stop();
  }
}

/** A turn ends with what operators search by: so many have one. */
async function allTurned({ temporal }: CapacityWorld, count: number): Promise<true | undefined> {
  const found = await temporal.workflow.count(`WorkflowType = 'noop' and LeaseStatus = 'active'`);
  return found.count >= count ? true : undefined;
}
