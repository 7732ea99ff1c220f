/** Failures in a row of each activity that this process has in hand: a poll that ends without news is none. */
export class Streaks {
  readonly #failures = new Map<string, number>();

  /** @returns how many it are now. */
  failed(activity: string): number {
    const count = (this.#failures.get(activity) ?? 0) + 1;
    this.#failures.delete(activity);
    this.#failures.set(activity, count);
    // One that never comes back here is forgotten when many others have come.
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST && oldest !== undefined) this.#failures.delete(oldest);
    return count;
  }

  /** @returns whether it had failed before. */
  succeeded(activity: string): boolean {
    return this.#failures.delete(activity);
  }
}

const MOST = 10_000;
