/**
 * What of a connection waits for its acknowledgement. More is read from it meanwhile, so that its pings are answered, until that
 * holds so many bytes; then it is read on from as they become fewer.
 */
export class HeldBack {
  readonly #most: number;
  /** Lets the connection be read on from, and returns how that is taken back. */
  readonly #readOn: () => () => void;
  readonly #unread = new Set<() => void>();
  #bytes = 0;

  constructor(most: number, readOn: () => () => void) {
    this.#most = most;
    this.#readOn = readOn;
  }

  /**
   * A message waits.
   *
   * @returns to be called just before it is acknowledged
   */
  hold(bytes: number): () => void {
    let giveBack: (() => void) | null = null;
    const letOn = () => void (giveBack = this.#readOn());
    this.#bytes += bytes;
    if (this.#bytes <= this.#most) letOn();
    else this.#unread.add(letOn);
    return () => {
      this.#bytes -= bytes;
      giveBack?.();
      this.#unread.delete(letOn);
      for (const next of this.#unread) {
        if (this.#bytes > this.#most) break;
        this.#unread.delete(next);
        next();
      }
    };
  }
}
