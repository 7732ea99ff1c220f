import { Agent } from 'undici';
import { describeError } from '#platform/describe-error';
import { createBreaker, CircuitOpen, type Breaker } from '../breaker.ts';
import { post, TooLate } from './post.ts';
import { checkedLookup, literalOf, maySendTo, NotPublic } from './public-address.ts';

/** What came of a request: an answer, or `error`, and how long it took. */
export interface Sent {
  /** Null where there was no answer. */
  readonly status: number | null;
  /** The beginning of the answer's body. */
  readonly answer: string | null;
  /** In a word: `timeout`, `ECONNREFUSED`, `address_not_public`. */
  readonly error: string | null;
  readonly milliseconds: number;
  /** What `Retry-After` asks for. */
  readonly retryAfterMs: number | null;
}

/** It was not sent now: so many are under way to the endpoint (`busy`), or it only fails (`failing`). */
export class NotNow extends Error {
  override readonly name = 'NotNow';
  readonly why: 'busy' | 'failing';
  readonly afterMs: number;

  constructor(why: NotNow['why'], afterMs: number) {
    super('not sent now');
    this.why = why;
    this.afterMs = afterMs;
  }
}

export interface WebhookSender {
  /** @param of the endpoint at this address @throws NotNow */
  send(of: string, url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Sent>;
  close(): Promise<void>;
}

/** Milliseconds for a whole request; bytes of an answer that are kept, of those that are read at most. */
const PATIENCE = 15_000;
const KEPT = 2_000;
const READ = 16 * 1024;
/** Requests under way to one endpoint in this process. */
export const AT_ONCE = 8;
/** Those that wait for their turn. */
const WAITING = 32;
const TURN_MS = 5_000;
/** Failures in a row after which an endpoint is left alone, and for how long, milliseconds. */
const breaker = { failures: 10, halfOpenAfter: 15_000 } as const;

interface Gate {
  running: number;
  readonly waiting: (() => void)[];
  readonly breaker: Breaker<Sent>;
}

/** By endpoint, for all senders of this process: of those that are asked something, or that fail. */
const gates = new Map<string, Gate>();

const isFault = ({ status }: Sent) => status === null || status >= 500 || status === 429;

function gateOf(endpoint: string): Gate {
  const known = gates.get(endpoint);
  if (known !== undefined) return known;
  const gate = { running: 0, waiting: [], breaker: createBreaker(breaker, isFault) };
  gates.set(endpoint, gate);
  return gate;
}

interface SenderSettings {
  readonly allowPrivate: boolean;
  /** For a whole request, its answer read. */
  readonly patienceMs?: number;
}

/** Where a URL leads to, as it is asked each time. */
interface Address {
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  /** False for an address that is not public; what a name leads to is checked when it is connected to. */
  readonly isAllowed: boolean;
}
/** Addresses that are kept parsed. */
const MOST_ADDRESSES = 1_000;

function parsed(url: string, allowPrivate: boolean): Address {
  const its = new URL(url);
  const literal = literalOf(its);
  const isAllowed = literal === null || maySendTo(literal, allowPrivate);
  return { origin: its.origin, path: `${its.pathname}${its.search}`, isAllowed };
}

/** Sends messages to other systems: to public addresses only, following nobody elsewhere, and to none of them too many at once. */
export function createWebhookSender({ allowPrivate, patienceMs = PATIENCE }: SenderSettings): WebhookSender {
  const agent = new Agent({ connect: { lookup: checkedLookup(allowPrivate), timeout: 5_000 }, pipelining: 1 });

  const addresses = new Map<string, Address>();
  const addressOf = (url: string) => {
    const known = addresses.get(url);
    if (known !== undefined) return known;
    if (addresses.size >= MOST_ADDRESSES) addresses.clear();
    const address = parsed(url, allowPrivate);
    addresses.set(url, address);
    return address;
  };

  async function deliver(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Sent> {
    const began = performance.now();
    const took = () => Math.round(performance.now() - began);
    try {
      const { origin, path, isAllowed } = addressOf(url);
      if (!isAllowed) throw new NotPublic();
      const sent = { 'content-type': 'application/json', 'user-agent': 'rent-to-own-webhooks/1', ...headers };
      const answer = await post(agent, { origin, path, headers: sent, body, patienceMs, most: READ });
      const retryAfterMs = retryAfter(answer.headers['retry-after'], Date.now());
      const text = readable(answer.body);
      return { status: answer.status, answer: text, error: null, milliseconds: took(), retryAfterMs };
    } catch (error) {
      const { reason, type } = describeError(error);
      const said = error instanceof TooLate ? 'timeout' : (reason ?? type);
      return { status: null, answer: null, error: said, milliseconds: took(), retryAfterMs: null };
    }
  }

  return {
    async send(endpoint, url, headers, body) {
      const gate = gateOf(endpoint);
      await enter(gate);
      let isWell = false;
      try {
        const sent = await gate.breaker.run(() => deliver(url, headers, body));
        isWell = !isFault(sent);
        return sent;
      } catch (error) {
        if (error instanceof CircuitOpen) throw new NotNow('failing', breaker.halfOpenAfter);
        throw error;
      } finally {
        gate.running -= 1;
        const next = gate.waiting.shift();
        next?.();
        // It has counted no failures that another would not know of.
        if (isWell && next === undefined && gate.running === 0) gates.delete(endpoint);
      }
    },
    close: () => agent.close(),
  };
}

/** @throws NotNow where too many wait already, or it takes too long. */
async function enter(gate: Gate): Promise<void> {
  if (gate.running >= AT_ONCE) {
    if (gate.waiting.length >= WAITING) throw new NotNow('busy', TURN_MS);
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        clearTimeout(late);
        resolve();
      };
      const late = setTimeout(() => {
        gate.waiting.splice(gate.waiting.indexOf(turn), 1);
        reject(new NotNow('busy', TURN_MS));
      }, TURN_MS);
      gate.waiting.push(turn);
    });
  }
  gate.running += 1;
}

/** No database takes U+0000, nor half of a surrogate pair. */
const readable = (body: Buffer): string =>
  body.length === 0 ? '' : body.toString('utf8').replaceAll('\u0000', '').slice(0, KEPT).toWellFormed();

/** Seconds, or a date. */
function retryAfter(header: string | string[] | undefined, now: number): number | null {
  if (typeof header !== 'string') return null;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
