/** A bearer token with the seconds it lives. */
export interface IssuedToken {
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

  get(): Promise<string> {
    if (this.#current !== null && Date.now() < this.#current.renewAt) return Promise.resolve(this.#current.token);
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** The provider refused this token: the next `get` asks for another. */
  forget(token: string): void {
    if (this.#current?.token === token) this.#current = null;
  }

  async #renew(): Promise<string> {
    const { token, expiresIn } = await this.#issue();
    this.#current = { token, renewAt: Date.now() + expiresIn * 800 };
    return token;
  }
}
