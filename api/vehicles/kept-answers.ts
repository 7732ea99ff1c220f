import { createHash } from 'node:crypto';
import { placeAllEvents, newestPosition } from '#use-cases/events/place-events';
import { catalogueMark } from '#db/queries/vehicles';
import type { ApiDependencies } from '../dependencies.ts';

/** An answer as it goes out. */
export interface Kept {
  readonly body: string;
  /** Of the body: a strong tag. */
  readonly etag: string;
}

/** Milliseconds after which an answer is made anew though nothing was told: somebody may have written by hand. */
const LONGEST = 30_000;
/** Characters that are kept at most. */
const MOST = 32 * 1024 * 1024;

/**
 * Answers about the catalogue, as they were last given. Each change of a vehicle is in the outbox with it, so an answer
 * holds until the outbox has another event of a vehicle: before one is given again the outbox is looked at, once for all
 * that ask meanwhile, and after they have asked. So what is answered was true when it was asked for, whichever process
 * writes. Where there is Redis, the processes share answers; without it, and while it is gone, each has its own.
 */
export class KeptAnswers {
  readonly #deps: Pick<ApiDependencies, 'db' | 'redis'>;
  readonly #kept = new Map<string, Kept & { readonly until: number }>();
  readonly #asking = new Map<string, Promise<Kept>>();
  #size = 0;
  #generation = '';
  /** The newest event that was looked at, and the newest of a vehicle. */
  #looked = 0;
  #changed = 0;
  #looking: Promise<string> | null = null;
  #next: Promise<string> | null = null;

  constructor(deps: Pick<ApiDependencies, 'db' | 'redis'>) {
    this.#deps = deps;
  }

  /** The answer to a question, which `ask` finds where it is not kept. */
  async read(question: string, ask: () => Promise<unknown>): Promise<Kept> {
    const generation = await this.#look();
    const kept = this.#kept.get(question);
    if (kept !== undefined && kept.until > Date.now()) return kept;
    const key = `catalogue:${generation}:${createHash('sha256').update(question).digest('base64url')}`;
    const asking = this.#asking.get(key) ?? this.#find(key, ask).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    const found = await asking;
    if (generation === this.#generation) this.#keep(question, found);
    return found;
  }

  /** A look that begins now or later, shared with all that wait for it. */
  #look(): Promise<string> {
    if (this.#looking === null) {
      this.#looking = this.#lookNow().finally(() => (this.#looking = null));
      return this.#looking;
    }
    const before = this.#looking;
    this.#next ??= (async () => {
      await before.catch(() => {});
      this.#next = null;
      return this.#look();
    })();
    return this.#next;
  }

  async #lookNow(): Promise<string> {
    const { db } = this.#deps;
    if (this.#looked === 0) {
      await placeAllEvents(db);
      this.#looked = this.#changed = await newestPosition(db);
    }
    let mark = await catalogueMark(db, this.#looked);
    if (mark.isBehind) {
      await placeAllEvents(db);
      mark = await catalogueMark(db, this.#looked);
    }
    this.#looked = Math.max(this.#looked, mark.newest);
    this.#changed = Math.max(this.#changed, mark.changed);
    const generation = `${this.#changed}.${mark.plans}`;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#kept.clear();
      this.#size = 0;
    }
    return generation;
  }

  async #find(key: string, ask: () => Promise<unknown>): Promise<Kept> {
    const redis = this.#deps.redis?.status === 'ready' ? this.#deps.redis : null;
    const shared = await redis?.get(key).catch(() => null);
    if (shared !== null && shared !== undefined) return asAnswer(shared);
    const body = JSON.stringify(await ask());
    await redis?.set(key, body, 'PX', LONGEST).catch(() => null);
    return asAnswer(body);
  }

  #keep(question: string, found: Kept): void {
    this.#size += found.body.length - (this.#kept.get(question)?.body.length ?? 0);
    this.#kept.delete(question);
    this.#kept.set(question, { ...found, until: Date.now() + LONGEST });
    for (const [oldest, { body }] of this.#kept) {
      if (this.#size <= MOST) break;
      this.#kept.delete(oldest);
      this.#size -= body.length;
    }
  }
}

/** An answer that is not kept. */
export const asAnswer = (body: string): Kept => ({
  body,
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
});
