import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#db/client';
import { sqlStateOf } from '#platform/describe-error';
import type { Logger } from '#platform/log';
import { hearWord, vehiclesHeard } from '#use-cases/telematics/unit-words';

/** Milliseconds between two looks for words that nobody has told of: those of a process that died. */
const FLOOR = 1_000;
/** Vehicles whose words are worked off at once: of those that wait for their leases, and of the others. */
const SIDE = { late: 1, new: 3 } as const;
/** Milliseconds until a word is tried again: for which somebody holds a lease at least, and after so many tries that failed. */
const HELD = 500;
const pauseAfter = (tries: number): number => Math.min(30_000, 250 * 2 ** Math.min(tries, 7));
/** Milliseconds after which a word that waits is told of. */
const LONG = 60_000;
const LOCKED = '55P03';

interface InVain {
  readonly tries: number;
  readonly until: number;
}

/**
 * Works off what trackers said of commands, beside what they say: those of a vehicle in their order, and those of another do not
 * wait for the lease of one that somebody holds.
 */
export class Hearing {
  readonly #deps: { readonly db: Database; readonly log: Logger };
  readonly #stopped = new AbortController();
  #woken = new AbortController();
  #running: Promise<void> | null = null;
  readonly #busy = new Map<string, { readonly isLate: boolean; readonly work: Promise<void> }>();
  readonly #inVain = new Map<string, InVain>();

  constructor(deps: { readonly db: Database; readonly log: Logger }) {
    this.#deps = deps;
  }

  begin(): void {
    this.#running = this.#run();
  }

  wake(): void {
    this.#woken.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#woken = new AbortController();
      try {
        for (const { vehicleId, since } of await vehiclesHeard(this.#deps.db)) this.#start(vehicleId, since);
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'what trackers say of commands is not looked for');
      }
      const signal = AbortSignal.any([this.#woken.signal, this.#stopped.signal]);
      await sleep(FLOOR, undefined, { signal }).catch(() => {});
    }
  }

  #start(vehicleId: string, since: Date): void {
    if (this.#busy.has(vehicleId) || this.#stopped.signal.aborted) return;
    const before = this.#inVain.get(vehicleId);
    if (before !== undefined && before.until > performance.now()) return;
    const isLate = before !== undefined;
    const alike = [...this.#busy.values()].filter((one) => one.isLate === isLate).length;
    if (alike >= (isLate ? SIDE.late : SIDE.new)) return;
    const work = this.#workOff(vehicleId, since).finally(() => {
      this.#busy.delete(vehicleId);
      this.wake();
    });
    this.#busy.set(vehicleId, { isLate, work });
  }

  async #workOff(vehicleId: string, since: Date): Promise<void> {
    try {
      while (!this.#stopped.signal.aborted && (await hearWord(this.#deps.db, vehicleId)));
      this.#inVain.delete(vehicleId);
    } catch (error) {
      const tries = (this.#inVain.get(vehicleId)?.tries ?? 0) + 1;
      const isHeld = sqlStateOf(error) === LOCKED;
      this.#inVain.set(vehicleId, { tries, until: performance.now() + (isHeld ? HELD : pauseAfter(tries)) });
      const isLong = Date.now() - since.getTime() > LONG;
      if (!isHeld || isLong)
        this.#deps.log.warn({ err: error, vehicleId, tries, since }, 'what a tracker says of a command waits');
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await Promise.all([...this.#busy.values()].map(({ work }) => work));
  }
}
