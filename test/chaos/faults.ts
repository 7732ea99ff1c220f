import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SimulatorClient } from '#dev/simulator-client';
import { storms, type Cell, type PartName, type Storm } from './matrix.ts';
import type { Own, Stage } from './stage.ts';

/** Seconds that a clock jumps ahead. */
const AHEAD = 3_600;
/** Microseconds that each write to the disk waits. */
const DISK_WAITS = 100_000;

/** A fault that lasts until it is lifted; `lifts` settles when all is as before, which is not yet that it works. */
export interface Blow {
  lifts(): Promise<void>;
}

/** Strikes as a cell says. @returns why it cannot be done on this machine, or what lifts it */
export async function strike(stage: Stage, { fault, on }: Cell): Promise<Blow | string> {
  const { proxies } = stage;
  const mend = { lifts: () => proxies.mend() };
  switch (fault) {
    case 'kill':
      stage.part(on as PartName).kill();
      return { lifts: async () => {} };
    case 'pause':
      return pause(stage, on as PartName);
    case 'cut':
      await proxies.cut(on);
      return mend;
    case 'silence':
      await proxies.poison(on, { type: 'timeout', attributes: { timeout: 0 } });
      return mend;
    case 'latency':
      await proxies.poison(on, { type: 'latency', attributes: { latency: 400, jitter: 200 } });
      return mend;
    case 'slow disk':
      return slowDisk(stage.part(on as PartName).pids());
    case 'full disk':
      return stage.disk === null ? 'only root mounts a disk of its own' : fillDisk(stage.disk);
    case 'clock':
      return jump(stage, on as Own);
    case 'failover':
      return failover(stage);
    case 'storm': {
      const simulators = new SimulatorClient(stage.simulators);
      await simulators.post('/faults', { body: storms[on as Storm] });
      return { lifts: async () => void (await simulators.post('/faults')) };
    }
  }
}

function pause(stage: Stage, name: PartName): Blow {
  const part = stage.part(name);
  part.signalAll('SIGSTOP');
  return { lifts: async () => part.signalAll('SIGCONT') };
}

/** By strace, which holds up each call that waits for the disk. */
async function slowDisk(pids: readonly number[]): Promise<Blow | string> {
  if (spawnSync('strace', ['-V']).error !== undefined) return 'strace is not installed';
  const calls = 'fsync,fdatasync,pwrite64,pwritev,pwritev2';
  const what = ['-e', `trace=${calls}`, '-e', `inject=${calls}:delay_enter=${DISK_WAITS}`];
  const strace = spawn(
    'strace',
    ['-f', '-qq', '-o', '/dev/null', ...what, ...pids.flatMap((pid) => ['-p', String(pid)])],
    {
      stdio: 'ignore',
    },
  );
  await sleep(300);
  if (strace.exitCode !== null) return 'strace may not look into processes here';
  return {
    async lifts() {
      strace.kill('SIGINT');
      await once(strace, 'exit');
    },
  };
}

/** To the last byte; and what others give back meanwhile is taken too. */
async function fillDisk(disk: string): Promise<Blow> {
  const path = join(disk, 'full');
  const file = await open(path, 'a');
  const block = Buffer.alloc(1 << 20);
  const fill = async () => {
    for (let size = block.length; size >= 1;)
      await file.write(block, 0, size).catch(() => {
        size >>= 4;
      });
  };
  await fill();
  const enough = new AbortController();
  const filling = (async () => {
    for (; !enough.signal.aborted; await sleep(250)) await fill();
  })();
  return {
    async lifts() {
      enough.abort();
      await filling;
      await file.close();
      await rm(path);
    },
  };
}

async function jump(stage: Stage, name: Own): Promise<Blow | string> {
  if (!(await stage.withClock(name))) return 'faketime is not installed';
  stage.setClock(name, AHEAD);
  return {
    async lifts() {
      stage.setClock(name, 0);
    },
  };
}

async function failover(stage: Stage): Promise<Blow> {
  let back = () => {};
  const gone = stage.part('postgres').away(new Promise((resolve) => (back = resolve)));
  return {
    async lifts() {
      back();
      await gone;
    },
  };
}
