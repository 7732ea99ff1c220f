import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { FaultyProvider, Faults } from './faults.ts';
import type { Seeded } from './random.ts';
import type { Store } from './store.ts';

/** A request to somebody else's URL. */
export interface Outgoing {
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly body: object;
}

/**
 * Something to be sent once at an instant, or again and again until it is taken. An orderly stop sends it no
 * second time after the next start; a kill between its arrival and our note of it does, as with real providers.
 */
export interface Delivery {
  /** Journalled when it is done, so that a restart sends only what is left. */
  readonly id: string;
  readonly provider: FaultyProvider;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  readonly untilTaken: boolean;
  /** What to send as things stand then; undefined while nobody told where to. */
  render(): Outgoing | undefined;
}

/** How long somebody may take to answer a callback, in milliseconds. */
const PATIENCE = 10_000;
const LONGEST_PAUSE = 5_000;
/** How long a stop waits for callbacks that are on their way, in milliseconds. */
const STOP_PATIENCE = 2_000;
/** How far apart shuffled callbacks are thrown, in milliseconds. */
const SHUFFLE = 1_500;

/** Sends callbacks at their time, with the faults that are in force. */
export class Callbacks {
  readonly #agent = new Agent({ connections: 64, keepAliveTimeout: 5_000 });
  readonly #stopping = new AbortController();
  /** Ends what is on its way. */
  readonly #cut = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #store: Store;
  readonly #faults: Faults;
  readonly #random: Seeded;
  readonly #timeScale: number;
  readonly #log: (line: string) => void;

  constructor(parts: { store: Store; faults: Faults; random: Seeded; timeScale: number; log: (line: string) => void }) {
    this.#store = parts.store;
    this.#faults = parts.faults;
    this.#random = parts.random;
    this.#timeScale = parts.timeScale;
    this.#log = parts.log;
    // Every callback that waits listens for the end.
    setMaxListeners(0, this.#stopping.signal, this.#cut.signal);
  }

  /** Sends later what was not sent yet. */
  schedule(delivery: Delivery): void {
    if (this.#store.isDelivered(delivery.id)) return;
    const shuffled = this.#faults.on(delivery.provider)?.shuffleCallbacks === true;
    const extra = shuffled ? this.#random.number('shuffle', delivery.id) * SHUFFLE * this.#timeScale : 0;
    this.#track(this.#later(Math.max(0, delivery.dueAt - Date.now()) + extra, () => this.deliver(delivery)));
  }

  /** Sends now; resolves when it was answered, lost or given up. */
  async deliver(delivery: Delivery): Promise<void> {
    const { id, provider, untilTaken } = delivery;
    const lost = !untilTaken && this.#faults.strikes('loseCallbacks', provider, id);
    for (let tries = 0; !lost; tries++) {
      const outcome = await this.#attempt(delivery);
      if (outcome === 'taken' || (!untilTaken && outcome !== 'cut')) break;
      await this.#pause(Math.min(250 * 2 ** Math.min(tries, 10), LONGEST_PAUSE) * this.#timeScale);
      if (this.#stopping.signal.aborted) return;
    }
    await this.#store.add({ type: 'delivered', id });
    if (!lost && this.#faults.strikes('duplicateCallbacks', provider, id)) await this.#attempt(delivery);
  }

  /** Sends one request. @returns its answer, or undefined when there was none. */
  async send(outgoing: Outgoing, patience = PATIENCE): Promise<{ status: number; text: string } | undefined> {
    try {
      const response = await request(outgoing.url, {
        method: outgoing.method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(outgoing.body),
        dispatcher: this.#agent,
        headersTimeout: patience,
        bodyTimeout: patience,
        signal: this.#cut.signal,
      });
      return { status: response.statusCode, text: await response.body.text() };
    } catch {
      return undefined;
    }
  }

  /** Ends all waiting, and lets arrive what is on its way; what was not sent is sent after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const cut = setTimeout(() => this.#cut.abort(), STOP_PATIENCE);
    await Promise.allSettled(this.#underWay);
    clearTimeout(cut);
    await this.#agent.destroy();
  }

  /** @returns `cut` where a stop came before the answer, so that nobody knows whether it arrived. */
  async #attempt(delivery: Delivery): Promise<'taken' | 'refused' | 'cut'> {
    const outgoing = delivery.render();
    if (!outgoing) return 'refused';
    const answer = await this.send(outgoing);
    if (answer !== undefined && answer.status >= 200 && answer.status < 300) return 'taken';
    if (answer === undefined && this.#cut.signal.aborted) return 'cut';
    // The URL stays out of the log: its path is a secret.
    this.#log(`a callback of ${delivery.provider} was not taken: ${answer ? `status ${answer.status}` : 'no answer'}`);
    return 'refused';
  }

  async #later(milliseconds: number, action: () => Promise<void>): Promise<void> {
    await this.#pause(milliseconds);
    if (!this.#stopping.signal.aborted) await action();
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  #track(work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => this.#log(`a callback failed: ${String(error)}`))
      .finally(() => this.#underWay.delete(watched));
    this.#underWay.add(watched);
  }
}
