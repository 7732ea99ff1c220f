import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPart } from './part.ts';

/** This many crashes within the window are forgiven; one more ends the platform. */
const FORGIVEN = 5;
const WINDOW = 60_000;
const LONGEST_PAUSE = 5_000;

export interface SupervisedPart {
  readonly name: string;
  /** The process id; another one after a restart, none while it is down. */
  readonly pid: number | undefined;
  /** How often it was started again. */
  readonly restarts: number;
  /** Starts it for the first time. @throws what that start throws; only later ends are crashes */
  begin(): Promise<void>;
  /** Settles as soon as it runs; never if it was stopped. */
  up(): Promise<void>;
  /** Ends it, or its start where that is under way. */
  stop(): Promise<void>;
}

export interface Supervision {
  readonly name: string;
  /** Starts it and waits until it is ready. @param signal ends a start that is under way */
  readonly start: (signal: AbortSignal) => Promise<RunningPart>;
  /** What must run before a restart is tried: without it every try would count as a crash. */
  readonly needs?: readonly SupervisedPart[];
  readonly log: (line: string) => void;
  /** Called once, when it has crashed too often. */
  readonly giveUp: (reason: Error) => void;
}

/**
 * A part that is started again whenever it ends unasked: first after 0.1 s, then after twice as long each
 * time up to 5 s. With the sixth crash within a minute it gives up.
 */
export function supervised(supervision: Supervision): SupervisedPart {
  return new Supervised(supervision);
}

class Supervised implements SupervisedPart {
  readonly name: string;
  restarts = 0;
  readonly #supervision: Supervision;
  readonly #abort = new AbortController();
  #running: RunningPart | undefined;
  #crashes: number[] = [];
  #busy: Promise<void> = Promise.resolve();
  #waiting: Array<() => void> = [];

  constructor(supervision: Supervision) {
    this.name = supervision.name;
    this.#supervision = supervision;
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  begin(): Promise<void> {
    const starting = this.#start();
    this.#busy = starting.catch(() => {});
    return starting;
  }

  up(): Promise<void> {
    return this.#running === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error(`${this.name} is being stopped`));
    await this.#busy;
    await this.#running?.stop();
    this.#running = undefined;
  }

  async #start(): Promise<void> {
    const running = await this.#supervision.start(this.#abort.signal);
    this.#running = running;
    for (const resolve of this.#waiting.splice(0)) resolve();
    void running.exited.then((how) => {
      if (this.#abort.signal.aborted) return;
      this.#running = undefined;
      this.#busy = this.#restart(how);
    });
  }

  async #restart(how: string): Promise<void> {
    const { log, giveUp, needs = [] } = this.#supervision;
    for (let reason = how; ;) {
      const now = Date.now();
      this.#crashes = [...this.#crashes.filter((at) => now - at < WINDOW), now];
      if (this.#crashes.length > FORGIVEN) {
        giveUp(new Error(`${this.name} crashed ${this.#crashes.length} times within a minute, last with: ${reason}`));
        return;
      }
      log(`${this.name} ended unasked (${reason}); starting it again`);
      try {
        const pause = Math.min(100 * 2 ** (this.#crashes.length - 1), LONGEST_PAUSE);
        await sleep(pause, undefined, { signal: this.#abort.signal });
        await this.#unlessStopped(Promise.all(needs.map((need) => need.up())));
        this.restarts += 1;
        await this.#start();
        log(`${this.name} runs again`);
        return;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        reason = error instanceof Error ? error.message : String(error);
      }
    }
  }

  async #unlessStopped(wait: Promise<unknown>): Promise<void> {
    const { signal } = this.#abort;
    let abort = () => {};
    const aborted = new Promise<void>((resolve) => (abort = resolve));
    signal.addEventListener('abort', abort);
    await Promise.race([wait, aborted]).finally(() => signal.removeEventListener('abort', abort));
    signal.throwIfAborted();
  }
}
