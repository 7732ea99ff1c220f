import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPart } from '#dev/part';
import { signal } from '#dev/processes';

/** Milliseconds until one that ended is started again, as a container's restart does. */
const AGAIN = 500;

/** A process that is started again whenever it ends, however often. */
export class KeptPart {
  /** How often it has come up. */
  starts = 0;
  readonly #start: () => Promise<RunningPart>;
  #running: RunningPart | undefined;
  #stopping = false;
  #held: Promise<void> = Promise.resolve();
  #life: Promise<void> = Promise.resolve();

  constructor(start: () => Promise<RunningPart>) {
    this.#start = start;
  }

  /** @throws what its first start throws */
  async begin(): Promise<void> {
    this.#running = await this.#start();
    this.starts += 1;
    this.#life = this.#keep();
  }

  get isUp(): boolean {
    return this.#running !== undefined;
  }

  async #keep(): Promise<void> {
    while (!this.#stopping) {
      await this.#running?.exited;
      this.#running = undefined;
      if (this.#stopping) return;
      await sleep(AGAIN);
      await this.#held;
      try {
        this.#running = await this.#start();
        this.starts += 1;
      } catch {
        // What it needs may be away: the next try comes.
      }
    }
  }

  /** It and all processes that it has started. */
  pids(): number[] {
    return this.#running === undefined ? [] : withChildren(this.#running.pid);
  }

  /** Only the process itself, as the system's own killer does. */
  kill(): void {
    if (this.#running !== undefined) signal(this.#running.pid, 'SIGKILL');
  }

  signalAll(name: NodeJS.Signals): void {
    for (const pid of this.pids()) signal(pid, name);
  }

  /** Ends it in order, and starts it again only after what it is given. */
  async away(time: Promise<void>): Promise<void> {
    this.#held = time;
    await this.#running?.stop();
    await time;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.signalAll('SIGCONT');
    await this.#running?.stop();
    await this.#life;
    await this.#running?.stop();
  }
}

function withChildren(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }];
      } catch {
        return [];
      }
    });
  const below = (one: number): number[] => [
    one,
    ...parents.filter(({ parent }) => parent === one).flatMap((child) => below(child.pid)),
  ];
  return below(pid);
}
