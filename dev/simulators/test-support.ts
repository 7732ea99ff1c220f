import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulators, type RunningSimulators, type SimulatorOptions } from './app.ts';
import { listen } from '#platform/listen';

/** A callback as a merchant received it. */
interface Received {
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
  readonly at: number;
}

/** A merchant's server that keeps every callback and answers as it is told to. */
export interface Merchant {
  readonly url: string;
  readonly received: Received[];
  /** Callbacks whose path begins so. */
  at(path: string): Received[];
  answer: (path: string) => { status: number; body?: object };
  /** Milliseconds until it answers. */
  delay: number;
  close(): Promise<void>;
}

export async function startMerchant(): Promise<Merchant> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
      received.push({ path, method: request.method ?? '', body, at: Date.now() });
      const { status, body: answer = {} } = merchant.answer(path);
      const reply = () =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      if (merchant.delay === 0) reply();
      else setTimeout(reply, merchant.delay);
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  const merchant: Merchant = {
    url: `http://127.0.0.1:${port}`,
    received,
    at: (path) => received.filter((callback) => callback.path.startsWith(path)),
    answer: () => ({ status: 200, body: { ResultCode: 0, ResultDesc: 'Accepted' } }),
    delay: 0,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  return merchant;
}

/** Simulators on a free port with a directory of their own, ten times as fast unless told otherwise. */
export async function startTestSimulators(
  options: Partial<SimulatorOptions> = {},
): Promise<RunningSimulators & { dataDir: string; remove(): Promise<void> }> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'simulators-')));
  const running = await startSimulators({ port: 0, seed: 'test', timeScale: 0.1, ...options, dataDir });
  return {
    ...running,
    dataDir,
    async remove() {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Waits until `condition` holds. @throws Error after `milliseconds`. */
export async function until(condition: () => boolean | Promise<boolean>, milliseconds = 5_000): Promise<void> {
  for (const end = Date.now() + milliseconds; !(await condition());) {
    if (Date.now() > end) throw new Error(`this does not hold after ${milliseconds} ms: ${condition.toString()}`);
    await pause(5);
  }
}

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** An answer over HTTP; `text` as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, `{}` where it is empty. */
  readonly json: Record<string, unknown>;
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

export const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  call(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** The list that one of the simulator's own routes answers. */
export async function list(url: string): Promise<Record<string, unknown>[]> {
  const { json } = await call(url);
  return json['data'] as Record<string, unknown>[];
}

/** Walks into an answer: `at(body, 'data', 'transaction', 'id')`. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const step of path) current = (current as Record<string | number, unknown> | undefined)?.[step];
  return current;
}

interface TestCharge {
  readonly payer: string;
  /** Minor units. */
  readonly amount?: number;
  readonly callbackUrl?: string;
  readonly id?: string;
  readonly account?: string;
}

/** What a provider says, in one language for all of them. */
export interface Said {
  readonly state: 'pending' | 'paid' | 'failed' | 'unknown';
  /** The provider's own code of a decline. */
  readonly code?: unknown;
  readonly amount?: number;
  readonly receipt?: unknown;
}

export interface TestProvider {
  readonly name: 'mtn' | 'airtel' | 'mpesa';
  /** A phone with these last digits. */
  phone(digits: string): string;
  charge(charge: TestCharge): Promise<Answer & { id: string }>;
  /** @param id the provider's id of the request, as `GET /prompts` names it */
  status(id: string): Promise<Said>;
  /** What a callback says. */
  claim(body: unknown): Said;
}

let phones = 0;
/** Every phone is used once, unless a test keeps it. */
export const phoneOf = (prefix: string) => (digits: string) =>
  `${prefix}${String(100_000 + phones++).padStart(6, '0')}${digits}`;

export const newId = () => randomUUID();
