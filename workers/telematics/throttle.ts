import { fullBucket, take, type TokenBucket } from '#domain/telematics/throttle';
import type { Acknowledge } from './isolate.ts';

/**
 * Over two messages a second (120 at once) the acknowledgement of a tracker's message waits, in the order
 * of its messages. What it said is stored all the same: nothing is dropped, the tracker just sends slower.
 */
export class Throttle {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #waiting = new Map<string, Acknowledge[]>();

  /**
   * Acknowledges now, or when the tracker's turn comes.
   *
   * @returns how many of its acknowledgements wait now
   */
  release(trackerId: string, acknowledge: Acknowledge): number {
    const queue = this.#waiting.get(trackerId);
    if (queue !== undefined) queue.push(acknowledge);
    else this.#next(trackerId, [acknowledge]);
    return this.#waiting.get(trackerId)?.length ?? 0;
  }

  #next(trackerId: string, queue: Acknowledge[]): void {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const now = performance.now();
      const { bucket, wait } = take(this.#buckets.get(trackerId) ?? fullBucket(now), now);
      this.#buckets.set(trackerId, bucket);
      if (wait > 0) {
        this.#waiting.set(trackerId, queue);
        setTimeout(() => this.#next(trackerId, queue), wait).unref();
        return;
      }
      queue.shift();
      first();
    }
    this.#waiting.delete(trackerId);
  }

  /** The tracker has gone: nobody waits for these any more. It sends again what was not acknowledged. */
  forget(trackerId: string): void {
    this.#waiting.get(trackerId)?.splice(0);
  }
}
