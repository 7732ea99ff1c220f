import { Agent, fetch, FormData, type Dispatcher } from 'undici';
import { ProviderFailure } from './mobile-money/provider.ts';

/** A provider's answer: the status, and the body as JSON where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a form. */
  readonly body?: unknown;
}

/** Errors that come before a single byte of the request has left: it was certainly not taken. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/**
 * Talks to one provider: 3 s to connect, 15 s for the whole answer. HTTP statuses are handed back; what
 * is no answer throws a ProviderFailure that says whether the request may have been taken.
 */
export class ProviderHttp {
  readonly #base: string;
  readonly #dispatcher: Dispatcher = new Agent({ connect: { timeout: 3_000 }, connections: 64, keepAliveTimeout: 10_000 });

  constructor(base: string) {
    this.#base = base.replace(/\/$/, '');
  }

  async send(path: string, { method, headers = {}, body }: ProviderRequest): Promise<Answer> {
    const isForm = body instanceof URLSearchParams || body instanceof FormData;
    const content: Record<string, string> = body === undefined || isForm ? {} : { 'content-type': 'application/json' };
    try {
      const response = await fetch(this.#base + path, {
        method,
        headers: { ...content, ...headers },
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(15_000),
        body: body === undefined ? null : isForm ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, text, body: parse(text) };
    } catch (error) {
      const kind = neverSent.has(codeOf(error)) ? 'not_taken' : 'unknown';
      throw new ProviderFailure(kind, `${method} ${path.split('?')[0]}: ${codeOf(error) || 'no answer'}`, 'provider_error', { cause: error });
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return '';
}
