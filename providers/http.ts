import { channel } from 'node:diagnostics_channel';
import { Agent, buildConnector, FormData, request, type Dispatcher } from 'undici';
import { storableJson } from '#domain/text';
import { traced } from '#platform/tracing/traced';
import { CircuitOpen, createBreaker, type Breaker, type BreakerLimits, type CircuitState } from './breaker.ts';
import { ProviderFailure } from './provider-failure.ts';

/** A provider's answer: the status, and the body as JSON where it is JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a form. */
  readonly body?: unknown;
}

/** Times in milliseconds. */
export interface HttpLimits {
  /** To a connection that is open, TLS included. */
  readonly connect: number;
  /** From the call to the last byte of the answer. */
  readonly total: number;
  readonly breaker: BreakerLimits;
}

const usual: HttpLimits = { connect: 3_000, total: 15_000, breaker: { failures: 10, halfOpenAfter: 5_000 } };

interface ProviderHttpOptions {
  /** Of the provider, for error messages. */
  readonly name: string;
  readonly base: string;
  /** Whether an answer counts towards opening the circuit: 5xx and 429 when absent. */
  readonly isFault?: (answer: HttpAnswer) => boolean;
  readonly limits?: HttpLimits;
}

/** How requests to providers went, for whoever measures them (node:diagnostics_channel). */
export const providerRequests = channel('rent-to-own:provider-request');

type ProviderRequestOutcome = '2xx' | '3xx' | '4xx' | '5xx' | 'no_answer' | 'not_sent';
export interface ProviderRequestTold {
  readonly provider: string;
  readonly outcome: ProviderRequestOutcome;
  readonly seconds: number;
}

/** No connection came about: not a byte of a request has left. */
class NoConnection extends Error {
  override readonly name = 'NoConnection';
}

/**
 * Talks to one provider, behind a circuit breaker. HTTP statuses are handed back, redirects included; what
 * is no answer throws a ProviderFailure that says whether the request may have been taken. Messages name
 * the path but neither query, headers nor bodies: those are personal or secret.
 */
export class ProviderHttp {
  readonly #name: string;
  readonly #base: string;
  readonly #total: number;
  readonly #dispatcher: Dispatcher;
  readonly #breaker: Breaker<HttpAnswer>;

  constructor({ name, base, isFault = isServerFault, limits = usual }: ProviderHttpOptions) {
    this.#name = name;
    this.#base = base.replace(/\/+$/, '');
    this.#total = limits.total;
    this.#dispatcher = connectionsOf(limits);
    this.#breaker = createBreaker(limits.breaker, isFault);
  }

  get circuit(): CircuitState {
    return this.#breaker.state;
  }

  /** @throws ProviderFailure `not_taken` or `unknown` when there is no answer. */
  async send(path: string, wanted: ProviderRequest): Promise<HttpAnswer> {
    const name = `${this.#name} ${wanted.method} ${shapeOf(path)}`;
    const attributes = { 'peer.service': this.#name, 'http.request.method': wanted.method };
    return traced(name, { kind: 'client', attributes }, async (span) => {
      const answer = await this.#send(path, wanted);
      span.setAttribute('http.response.status_code', answer.status);
      return answer;
    });
  }

  async #send(path: string, wanted: ProviderRequest): Promise<HttpAnswer> {
    const startedAt = performance.now();
    try {
      const answer = await this.#breaker.run(() => this.#exchange(path, wanted));
      this.#tell(startedAt, classOf(answer));
      return answer;
    } catch (error) {
      if (error instanceof ProviderFailure) throw error;
      this.#tell(startedAt, error instanceof CircuitOpen || error instanceof NoConnection ? 'not_sent' : 'no_answer');
      const what = `${this.#name}: ${wanted.method} ${path.split('?')[0]}`;
      if (error instanceof CircuitOpen) {
        throw new ProviderFailure('not_taken', `${what}: not sent, the provider has failed too often in a row`);
      }
      const neverSent = error instanceof NoConnection;
      const why = neverSent ? 'no connection' : 'no answer';
      throw new ProviderFailure(neverSent ? 'not_taken' : 'unknown', `${what}: ${why} (${wordFor(error)})`, undefined, {
        cause: error,
      });
    }
  }

  /** Tells whoever measures; nothing is made for nobody. */
  #tell(startedAt: number, outcome: ProviderRequestOutcome): void {
    if (!providerRequests.hasSubscribers) return;
    const seconds = (performance.now() - startedAt) / 1_000;
    providerRequests.publish({ provider: this.#name, outcome, seconds } satisfies ProviderRequestTold);
  }

  async #exchange(path: string, { method, headers = {}, body }: ProviderRequest): Promise<HttpAnswer> {
    const { content, type } = encoded(body);
    const response = await request(this.#base + path, {
      method,
      headers: { ...type, ...headers },
      dispatcher: this.#dispatcher,
      signal: AbortSignal.timeout(this.#total),
      body: content,
    });
    return { status: response.statusCode, body: jsonOf(await response.body.text()) };
  }
}

/** Bytes: a statement of 100,000 lines. */
const LARGEST_ANSWER = 33_554_432;

/**
 * An idle connection is given up before gateways usually do, since a request on one that the other side is
 * just closing has an unknown outcome.
 */
function connectionsOf({ connect: timeout, total }: HttpLimits): Dispatcher {
  const connect = buildConnector({ timeout });
  return new Agent({
    connections: 64,
    keepAliveTimeout: 4_000,
    headersTimeout: total,
    bodyTimeout: total,
    maxResponseSize: LARGEST_ANSWER,
    connect: (options, done) =>
      connect(options, (...[error, socket]) =>
        error === null ? done(null, socket) : done(new NoConnection(wordFor(error), { cause: error }), null),
      ),
  });
}

/** A path without what may name somebody: only words and versions of it are left. */
function shapeOf(path: string): string {
  const [place = ''] = path.split('?');
  return place
    .split('/')
    .map((part) => (/^([a-z][a-z_-]*|v\d+(_\d+)?)?$/i.test(part) ? part : '{}'))
    .join('/');
}

function classOf({ status }: HttpAnswer): ProviderRequestOutcome {
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
  return status >= 300 ? '3xx' : '2xx';
}

function isServerFault({ status }: HttpAnswer): boolean {
  return status >= 500 || status === 429;
}

function encoded(body: unknown): { content: string | FormData | null; type: Record<string, string> } {
  if (body === undefined) return { content: null, type: {} };
  if (body instanceof FormData) return { content: body, type: {} };
  if (body instanceof URLSearchParams) {
    return { content: body.toString(), type: { 'content-type': 'application/x-www-form-urlencoded' } };
  }
  return { content: JSON.stringify(body), type: { 'content-type': 'application/json' } };
}

function jsonOf(text: string): unknown {
  try {
    return storableJson(text);
  } catch {
    return undefined;
  }
}

/** `ECONNREFUSED`, `UND_ERR_SOCKET`, `TimeoutError`: never the message, which may quote what was sent. */
function wordFor(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    if (cause.cause === undefined) return cause.name;
  }
  return 'unknown';
}
