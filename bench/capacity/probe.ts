import type { Platform } from '#dev/platform';
import { login } from '#dev/journey';
import type { MarketplaceClient } from '#dev/client';

/** Requests a second: enough for a p99 of a minute, and next to nothing for two cores. */
const PER_SECOND = 10;
/** A token lasts for a quarter of an hour. */
const LOGIN_EVERY_MS = 10 * 60_000;

export interface Latencies {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/**
 * Asks the API as staff do, at fixed moments: a slow answer does not put the next question off, and counts from when it
 * should have been asked.
 */
export class Probe {
  readonly #platform: Platform;
  readonly #leaseIds: readonly string[];
  #times: number[] = [];
  #failed = 0;
  #asked = 0;
  #client: MarketplaceClient | undefined;
  #loggedIn = 0;

  constructor(platform: Platform, leaseIds: readonly string[]) {
    this.#platform = platform;
    this.#leaseIds = leaseIds;
  }

  /** Asks until `over` settles. */
  async during<T>(over: Promise<T>): Promise<{ readonly result: T; readonly latencies: Latencies }> {
    [this.#times, this.#failed] = [[], 0];
    await this.#renew();
    const began = performance.now();
    const answers: Promise<void>[] = [];
    let planned = 0;
    const timer = setInterval(() => {
      for (; began + planned * (1_000 / PER_SECOND) <= performance.now(); planned += 1)
        answers.push(this.#ask(began + planned * (1_000 / PER_SECOND)));
    }, 5);
    const renewing = setInterval(() => void this.#renew().catch(() => {}), 60_000);
    try {
      const result = await over;
      clearInterval(timer);
      await Promise.all(answers);
      return { result, latencies: this.#latencies() };
    } finally {
      clearInterval(timer);
      clearInterval(renewing);
    }
  }

  async #renew(): Promise<void> {
    if (Date.now() - this.#loggedIn < LOGIN_EVERY_MS) return;
    const { api, simulators = '' } = this.#platform.urls;
    this.#client = await login({ api, simulators }, 'admin@example.com', 'rent-to-own');
    this.#loggedIn = Date.now();
  }

  async #ask(planned: number): Promise<void> {
    const id = this.#leaseIds[this.#asked % this.#leaseIds.length] ?? '';
    this.#asked += 1;
    try {
      if (this.#asked % 2 === 0) await this.#client?.get('/v1/leases/{id}', { path: { id } });
      else await this.#client?.get('/v1/vehicles', { query: { limit: 20 } });
    } catch {
      this.#failed += 1;
    }
    this.#times.push(performance.now() - planned);
  }

  #latencies(): Latencies {
    const sorted = this.#times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), failed: this.#failed };
  }
}
