import { createHash } from 'node:crypto';

/**
 * Choices that look random and are the same in every run with the same seed: each is a hash of the seed
 * and of what it is about, so it depends neither on order nor on a restart.
 */
export class Seeded {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  #hash(about: readonly (string | number)[]): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([this.#seed, ...about]))
      .digest();
  }

  /** At least 0, less than 1. */
  number(...about: (string | number)[]): number {
    return this.#hash(about).readUIntBE(0, 6) / 2 ** 48;
  }

  /** `length` characters (at most 32) of `alphabet`. */
  text(length: number, alphabet: string, ...about: (string | number)[]): string {
    return Array.from(this.#hash(about).subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('');
  }

  digits(length: number, ...about: (string | number)[]): string {
    return this.text(length, '0123456789', ...about);
  }

  uuid(...about: (string | number)[]): string {
    const hex = this.#hash(about).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** A key for signing that is the same after a restart. */
  key(about: string): Buffer {
    return this.#hash(['key', about]);
  }
}
