import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** What a client of the marketplace sees of things; everything else in an answer is left alone. */
const amount = z.object({ amount: z.number(), currency: z.enum(['UGX', 'KES', 'RWF']) });
export const shapes = {
  tokens: z.object({ accessToken: z.string(), user: z.object({ id: z.string() }) }),
  vehicle: z.object({
    id: z.string(),
    type: z.string(),
    make: z.string(),
    model: z.string(),
    market: z.string(),
    price: amount,
    odometerKm: z.number(),
    status: z.string(),
  }),
  plan: z.object({ id: z.string(), name: z.string(), market: z.string(), frequency: z.string() }),
  quote: z.object({
    deposit: amount,
    instalment: amount,
    instalments: z.number(),
    frequency: z.string(),
    total: amount,
  }),
  lease: z.object({
    id: z.string(),
    reference: z.string(),
    status: z.string(),
    deposit: amount,
    instalment: amount,
    instalmentsPaid: z.number(),
    instalmentsTotal: z.number(),
    totalPrice: amount,
    paid: amount,
    outstanding: amount,
    overdue: amount,
    feesDue: amount,
    credit: amount,
    daysPastDue: z.number(),
    ownedPercent: z.number(),
    nextDue: z.object({ on: z.string(), amount }).nullable(),
    asOf: z.string(),
  }),
  payment: z.object({
    id: z.string(),
    kind: z.string(),
    status: z.string(),
    reason: z.string().nullable(),
    amount,
    attempt: z.number(),
    providerReference: z.string().nullable(),
  }),
  transaction: z.object({
    reference: z.string().nullable(),
    amount: z.number(),
    status: z.string(),
    refunded: z.number(),
  }),
  timelineEntry: z.object({
    at: z.string(),
    type: z.string(),
    status: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
  }),
  trialBalance: z.object({
    currencies: z.array(z.object({ currency: z.string(), debits: z.number(), credits: z.number() })),
    accounts: z.array(z.object({ name: z.string(), balance: z.number() })),
  }),
  tracker: z.object({
    id: z.string(),
    username: z.string(),
    password: z.string(),
    topics: z.object({ telemetry: z.string(), status: z.string() }),
  }),
  id: z.object({ id: z.string() }),
  message: z.object({ body: z.string() }),
  noticeVersion: z.object({ noticeVersion: z.string() }),
  status: z.object({ status: z.string() }),
  clock: z.object({ asOf: z.string(), status: z.string() }),
} as const;

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() });
export type Lease = z.infer<typeof shapes.lease>;

/** The API said no, or something else than expected. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path} answered ${status}: ${body.slice(0, 500)}`);
    this.status = status;
    this.code = /"code":"([a-z_]+)"/.exec(body)?.[1] ?? '';
  }
}

/** A person or machine that talks to the platform over HTTP, as any client would. */
export class MarketplaceClient {
  readonly #base: string;
  readonly #token: string | undefined;

  constructor(base: string, token?: string) {
    this.#base = base;
    this.#token = token;
  }

  as(token: string): MarketplaceClient {
    return new MarketplaceClient(this.#base, token);
  }

  get<T extends z.ZodType>(path: string, shape: T): Promise<z.infer<T>> {
    return this.#request('GET', path, shape);
  }

  /** Every POST carries an Idempotency-Key; pass one to repeat a request. */
  post<T extends z.ZodType>(path: string, body: unknown, shape: T, key: string = randomUUID()): Promise<z.infer<T>> {
    return this.#request('POST', path, shape, body, key);
  }

  patch<T extends z.ZodType>(path: string, body: unknown, shape: T): Promise<z.infer<T>> {
    return this.#request('PATCH', path, shape, body);
  }

  async #request<T extends z.ZodType>(
    method: string,
    path: string,
    shape: T,
    body?: unknown,
    key?: string,
  ): Promise<z.infer<T>> {
    const isForm = body instanceof FormData;
    const headers: Record<string, string> = {
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) };
    const signal = AbortSignal.timeout(150_000);
    for (;;) {
      const response = await fetch(`${this.#base}${path}`, { method, headers, ...sent, signal });
      const text = await response.text();
      if (key !== undefined && isNotOver(response, text)) {
        await sleep(Number(response.headers.get('retry-after') ?? 0) * 1_000);
        continue;
      }
      if (!response.ok) throw new ApiError(method, path, response.status, text);
      return shape.parse(text === '' ? {} : JSON.parse(text));
    }
  }
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
