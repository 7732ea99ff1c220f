import type { HttpAnswer } from './http.ts';
import { ProviderFailure } from './provider-failure.ts';

/** A bearer token with the seconds it lives. */
interface IssuedToken {
  readonly token: string;
  readonly expiresIn: number;
}

/** Keeps a provider's token: one request for it at a time, renewed when a fifth of its life is left. */
export class TokenCache {
  readonly #issue: () => Promise<IssuedToken>;
  #current: { readonly token: string; readonly renewAt: number } | null = null;
  #pending: Promise<string> | null = null;

  constructor(issue: () => Promise<IssuedToken>) {
    this.#issue = issue;
  }

  /**
   * Sends something with the token, and once more with a new one where the provider refuses it (401).
   *
   * @throws ProviderFailure `not_taken` when there is no token to be had, or a new one is refused as well;
   * otherwise what `send` throws.
   */
  async use(send: (token: string) => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const token = await this.ready();
    const answer = await send(token);
    if (answer.status !== 401) return answer;
    if (this.#current?.token === token) this.#current = null;
    const again = await send(await this.ready());
    if (again.status === 401)
      throw new ProviderFailure('not_taken', 'the provider refuses the token it has just given');
    return again;
  }

  /** Asks for a token even while one is good. @throws ProviderFailure `not_taken` */
  renew(): Promise<string> {
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** A token that is good, asked for where there is none in hand. @throws ProviderFailure `not_taken` */
  ready(): Promise<string> {
    const fresh = this.#current !== null && performance.now() < this.#current.renewAt;
    return fresh && this.#current !== null ? Promise.resolve(this.#current.token) : this.renew();
  }

  async #ask(): Promise<string> {
    // The life of a token begins before its answer arrives.
    const asked = performance.now();
    try {
      const { token, expiresIn } = await this.#issue();
      this.#current = { token, renewAt: asked + expiresIn * 800 };
      return token;
    } catch (error) {
      // Without a token nothing was taken, whatever went wrong.
      if (error instanceof ProviderFailure) {
        throw new ProviderFailure('not_taken', error.message, error.reason, { cause: error });
      }
      throw error;
    }
  }
}
