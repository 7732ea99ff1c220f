/** Failures of one activity without anything else between them. */
export interface Streak {
  /** How many it are. */
  readonly tries: number;
  /** When the first of them was to be tried, epoch milliseconds on the workflow's clock. */
  readonly since: number;
}

/** Failures in a row of each activity that this process has in hand: a poll that ends without news is none. */
export class Streaks {
  readonly #failures = new Map<string, Streak>();

  /** @param at when this try was scheduled, epoch milliseconds on the workflow's clock */
  failed(activity: string, at: number): Streak {
    const before = this.#failures.get(activity);
    const streak = { tries: (before?.tries ?? 0) + 1, since: before?.since ?? at };
    this.#failures.delete(activity);
    this.#failures.set(activity, streak);
    // One that never comes back here is forgotten when many others have come.
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST && oldest !== undefined) this.#failures.delete(oldest);
    return streak;
  }

  /** @returns whether it had failed before. */
  succeeded(activity: string): boolean {
    return this.#failures.delete(activity);
  }
}

const MOST = 10_000;
