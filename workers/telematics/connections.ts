/** Milliseconds in which a tracker that changes its connection may have none; and in which its last will is not judged yet. */
const TAKEOVER = 500;
const JUDGED_AFTER = 250;

/**
 * The connections of trackers that stand, as a front end sees them. A unit that reconnects leaves its old
 * connection half open: the broker ends that one minutes later and publishes its last will, while the unit
 * speaks over the new one. So a word that a tracker is gone is believed only where no connection of it stands.
 */
export class Connections {
  readonly #standing = new Map<string, Set<unknown>>();
  readonly #told: (trackerId: string, online: boolean) => void;
  #closed = false;

  /** @param told called when a connection of a tracker has begun, and when its last one has broken for good */
  constructor(told: (trackerId: string, online: boolean) => void) {
    this.#told = told;
  }

  stands(trackerId: string): boolean {
    return this.#standing.has(trackerId);
  }

  /** @param connection what it is known by, until it ends */
  began(trackerId: string, connection: unknown): void {
    this.#standing.set(trackerId, (this.#standing.get(trackerId) ?? new Set()).add(connection));
    this.#told(trackerId, true);
  }

  /** @param inOrder its unit ended it, with all said that it had to say: it is not lost by that, and silence tells when it is */
  ended(trackerId: string, connection: unknown, inOrder = false): void {
    const standing = this.#standing.get(trackerId);
    if (standing?.delete(connection) !== true || standing.size > 0) return;
    this.#standing.delete(trackerId);
    if (inOrder) return;
    setTimeout(() => {
      if (!this.#closed && !this.stands(trackerId)) this.#told(trackerId, false);
    }, TAKEOVER).unref();
  }

  /** Says whether a tracker is gone that said so: after a moment, in which its end or its next connection is seen. */
  judge(trackerId: string, judged: (gone: boolean) => void): void {
    setTimeout(() => judged(!this.stands(trackerId)), JUDGED_AFTER).unref();
  }

  /** Nothing is known any more: ends may have been missed. */
  forget(): void {
    this.#standing.clear();
  }

  /** From now on that connections end says nothing about trackers. */
  close(): void {
    this.#closed = true;
  }
}
