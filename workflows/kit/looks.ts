import { condition, setHandler, type SignalDefinition } from '@temporalio/workflow';

/** For a workflow that looks at what is next again and again: what it is told while it looks, it looks at as well. */
export class Looks {
  #told = 0;
  #seen = 0;

  /** @param signal by which it is told to look again */
  constructor(signal: SignalDefinition) {
    setHandler(signal, () => this.tell());
  }

  tell(): void {
    this.#told += 1;
  }

  /** It looks now. */
  begin(): void {
    this.#seen = this.#told;
  }

  /** True where it was told something since it began to look. */
  get isDue(): boolean {
    return this.#told !== this.#seen;
  }

  /** Waits until it is told something, at most so many milliseconds. @returns false when these passed first */
  async waits(within: number | null, summary: string): Promise<boolean> {
    if (within !== null) return condition(() => this.isDue, Math.max(1, within), { summary });
    await condition(() => this.isDue);
    return true;
  }
}
