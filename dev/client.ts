import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
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

/** An answer as it came. */
interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What is asked of a server: the method, headers and a body that is written out. */
interface Asked {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** One request and its answer, whatever that is; no redirect is followed. It takes a third of the CPU of `fetch`. */
export async function tell(url: string, asked: Asked): Promise<Told> {
  const { statusCode: status, headers, body } = await request(url, asked);
  const named = new Headers();
  for (const [name, value = []] of Object.entries(headers)) for (const one of [value].flat()) named.append(name, one);
  return { status, headers: named, text: await body.text() };
}

/** A body as it is sent: JSON, or a form. */
async function written(method: string, body: unknown): Promise<Pick<Asked, 'body'> & { readonly type?: string }> {
  if (method === 'GET') return {};
  if (!(body instanceof FormData)) return { type: 'application/json', body: JSON.stringify(body ?? {}) };
  const form = new Response(body);
  return { type: form.headers.get('content-type') ?? '', body: Buffer.from(await form.arrayBuffer()) };
}

/** The API said no, or something else than expected. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** The fields of the input that are not as they should be. */
  readonly errors: NonNullable<Problem['errors']>;

  constructor(method: string, path: string, { status, headers, text }: Told) {
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
    const { type, ...sent } = await written(method, body);
    const headers = {
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      ...(method === 'POST' && { 'idempotency-key': key }),
      ...(type !== undefined && { 'content-type': type }),
    };
    const asked = { method, headers, ...sent, signal: AbortSignal.timeout(150_000) };
    for (;;) {
      const told = await tell(`${this.base}${path}`, asked);
      if (method === 'POST' && isNotOver(told)) {
        await sleep(Number(told.headers.get('retry-after') ?? 0) * 1_000);
        continue;
      }
      if (told.status < 200 || told.status > 299) throw new ApiError(method, path, told);
      return (told.text === '' ? undefined : JSON.parse(told.text)) as A;
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
function isNotOver({ status, headers, text }: Told): boolean {
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
