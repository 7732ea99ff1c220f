import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds within which every request is answered, with a result or a problem: a command may take ten seconds. */
const ANSWERED = 13_000;
const EVERY = 300;

/** Asks the API all the time, and looks how it answers. */
export class Probe {
  /** Requests that were answered after too long, not at all, or with something that is neither a result nor a problem. */
  readonly wrong: string[] = [];
  /** Answers by their status; 0 is none. */
  readonly statuses = new Map<number, number>();
  /** Milliseconds of the slowest. */
  slowest = 0;
  readonly #stop = new AbortController();
  readonly #life: Promise<unknown>;

  constructor(api: string, token: string, leaseId: string) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const asks: readonly (() => readonly [string, RequestInit])[] = [
      () => [`${api}/v1/vehicles?limit=1`, {}],
      () => [`${api}/v1/leases/${leaseId}`, { headers }],
      // A command that the lease refuses, after its workflow was asked.
      () => [
        `${api}/v1/leases/${leaseId}/resume`,
        { method: 'POST', headers: { ...headers, 'idempotency-key': randomUUID() }, body: '{}' },
      ],
    ];
    this.#life = Promise.all(asks.map((ask) => this.#asks(ask)));
  }

  async #asks(ask: () => readonly [string, RequestInit]): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const [url, init] = ask();
      const began = performance.now();
      const what = `${init.method ?? 'GET'} ${new URL(url).pathname}`;
      try {
        const request = () => fetch(url, { ...init, signal: AbortSignal.timeout(ANSWERED) });
        // A connection that was kept may be closed as it is used again: any client asks once more.
        const answer = await request().catch((error: unknown) => {
          if (performance.now() - began > ANSWERED / 2) throw error;
          return request();
        });
        const text = await answer.text();
        this.#count(answer.status);
        const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') === true;
        if (answer.status >= 400 && !isProblem)
          this.wrong.push(`${what} answered ${answer.status}: ${text.slice(0, 100)}`);
        if (answer.status === 500) this.wrong.push(`${what} answered 500: ${text.slice(0, 200)}`);
      } catch (error) {
        this.#count(0);
        this.wrong.push(`${what}: no answer after ${Math.round(performance.now() - began)} ms: ${whyOf(error)}`);
      }
      this.slowest = Math.max(this.slowest, performance.now() - began);
      await sleep(EVERY);
    }
  }

  #count(status: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#life;
  }
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
