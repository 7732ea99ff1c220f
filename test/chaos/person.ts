import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, eventually, MarketplaceClient } from '#dev/client';
import { SimulatorClient } from '#dev/simulator-client';

/** Milliseconds between two tries, and until one is given up for good. */
const BETWEEN = 500;
const PATIENCE = 240_000;

/** Somebody at the API who tries again whatever fails on the way, with the same key, and logs in again when he is out. */
export class Person {
  /** What was refused by a rule: neither done nor lost. */
  readonly refused: string[] = [];
  readonly #enter: () => Promise<MarketplaceClient>;
  /** Who does several things at once logs in once. */
  #client: Promise<MarketplaceClient> | undefined;

  constructor(enter: () => Promise<MarketplaceClient>) {
    this.#enter = enter;
  }

  /** @returns what it answered, or undefined where it was refused. @throws Error where nothing helps for minutes */
  async does<T>(what: string, act: (client: MarketplaceClient) => Promise<T>): Promise<T | undefined> {
    for (const deadline = Date.now() + PATIENCE; ; await sleep(BETWEEN)) {
      try {
        return await act(await this.#entered());
      } catch (error) {
        if (isRefusal(error)) {
          this.refused.push(`${what}: ${error.message.slice(0, 200)}`);
          return undefined;
        }
        if (error instanceof ApiError && error.status === 401) this.#client = undefined;
        if (Date.now() > deadline)
          throw new Error(`${what}: nothing helped for minutes: ${String(error)}`, { cause: error });
      }
    }
  }

  #entered(): Promise<MarketplaceClient> {
    const entering = (this.#client ??= this.#enter());
    entering.catch(() => {
      if (this.#client === entering) this.#client = undefined;
    });
    return entering;
  }

  async must<T>(what: string, act: (client: MarketplaceClient) => Promise<T>): Promise<T> {
    const done = await this.does(what, act);
    if (done === undefined) throw new Error(`refused: ${this.refused.at(-1)}`);
    return done;
  }
}

/** A rule's word, which the same request gets again. */
function isRefusal(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    [400, 403, 404, 409, 422].includes(error.status) &&
    error.code !== 'request_in_progress'
  );
}

/** Logs a customer in by the code that the simulated SMS has. @returns the access token */
export async function logInByCode(api: string, simulators: string, phone: string): Promise<string> {
  const inbox = new SimulatorClient(simulators);
  const texts = async () => (await inbox.get('/sms', { query: { to: phone } })).data;
  const visitor = new MarketplaceClient(api);
  const seen = (await texts()).length;
  await visitor.post('/v1/auth/otp', { body: { phone } });
  const code = await eventually('a login code', async () => {
    const all = await texts();
    return all.slice(0, all.length - seen).flatMap(({ body }) => /\b(\d{6})\b/.exec(body)?.[1] ?? [])[0];
  });
  return (await visitor.post('/v1/auth/otp/verify', { body: { phone, code } })).accessToken;
}
