import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Calls, Problem, UnderWay } from './api-types.ts';

/** What a call may take: parts of the path, the query, the body, and of a POST the Idempotency-Key to repeat it with. */
export interface Input {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly key?: string;
}

/** By path what each call takes and answers. */
type CallsOf = Readonly<Record<string, { readonly input: Input; readonly answer: unknown }>>;
type Given<I> = {} extends I ? [input?: I] : [input: I];
/** The client waits for what is under way. */
type Answer<C extends CallsOf, P extends keyof C> = Promise<Exclude<C[P]['answer'], UnderWay>>;

const problem = z.object({
  code: z.string().default(''),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});

/** The API said no, or something else than expected. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** The fields of the input that are not as they should be. */
  readonly errors: NonNullable<Problem['errors']>;

  constructor(method: string, path: string, { status, headers }: Response, text: string) {
    super(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
    this.status = status;
    ({ code: this.code, errors: this.errors } = problem.parse(isProblem ? JSON.parse(text) : {}));
  }
}

/** Whoever talks to a server over HTTP, by paths that the compiler knows. */
export class Client<C extends { readonly get: CallsOf; readonly post: CallsOf }> {
  protected readonly base: string;
  readonly #token: string | undefined;

  constructor(base: string, token?: string) {
    this.base = base;
    this.#token = token;
  }

  get<P extends keyof C['get'] & string>(path: P, ...[input]: Given<C['get'][P]['input']>): Answer<C['get'], P> {
    return this.request('GET', path, input);
  }

  post<P extends keyof C['post'] & string>(path: P, ...[input]: Given<C['post'][P]['input']>): Answer<C['post'], P> {
    return this.request('POST', path, input);
  }

  /** For what the document does not allow, and where the path is known only as the program runs. */
  send(method: 'GET' | 'POST' | 'PATCH', path: string, input?: Input): Promise<unknown> {
    return this.request(method, path, input);
  }

  /**
   * Takes the answer for what the document says of it: every answer in a test is held against that by the server's side.
   *
   * @throws ApiError for whatever is no success.
   */
  protected async request<A>(method: string, template: string, input: Input = {}): Promise<A> {
    const { body, key = randomUUID() } = input;
    const path = addressOf(template, input);
    const isForm = body instanceof FormData;
    const headers = {
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      ...(method === 'POST' && { 'idempotency-key': key }),
      ...(method !== 'GET' && !isForm && { 'content-type': 'application/json' }),
    };
    const sent = method === 'GET' ? {} : { body: isForm ? body : JSON.stringify(body ?? {}) };
    const signal = AbortSignal.timeout(150_000);
    for (;;) {
      const response = await fetch(`${this.base}${path}`, { method, headers, ...sent, signal });
      const text = await response.text();
      if (method === 'POST' && isNotOver(response, text)) {
        await sleep(Number(response.headers.get('retry-after') ?? 0) * 1_000);
        continue;
      }
      if (!response.ok) throw new ApiError(method, path, response, text);
      return (text === '' ? undefined : JSON.parse(text)) as A;
    }
  }
}

/** A person or machine that talks to the platform as any client would. */
export class MarketplaceClient extends Client<Calls> {
  as(token: string): MarketplaceClient {
    return new MarketplaceClient(this.base, token);
  }

  patch<P extends keyof Calls['patch']>(
    path: P,
    ...[input]: Given<Calls['patch'][P]['input']>
  ): Answer<Calls['patch'], P> {
    return this.request('PATCH', path, input);
  }

  delete<P extends keyof Calls['delete']>(
    path: P,
    ...[input]: Given<Calls['delete'][P]['input']>
  ): Answer<Calls['delete'], P> {
    return this.request('DELETE', path, input);
  }
}

function addressOf(template: string, { path = {}, query = {} }: Input): string {
  const address = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) asked.set(name, String(value));
  return asked.size === 0 ? address : `${address}?${asked.toString()}`;
}

/** True for what goes on, or was not taken yet: the same request with the same key gives its result. */
function isNotOver({ status, headers }: Response, text: string): boolean {
  return (status === 202 && text.includes('"under_way"')) || (status === 503 && headers.has('retry-after'));
}

/** Waits until `look` gives something else than undefined, or says what it waited for. Looks ever less often. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, patienceMs = 60_000): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (let interval = 50; ; interval = Math.min(1_000, interval * 1.4)) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
