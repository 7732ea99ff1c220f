import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import webPush from 'web-push';
import { z } from 'zod';
import type { Config } from '#platform/config';
import { CircuitOpen, createBreaker, type Breaker, type CircuitState } from '../breaker.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { configured } from '../settings.ts';
import { checkedLookup, literalOf, maySendTo, NotPublic } from '../webhooks/public-address.ts';
import { isPoint } from './is-point.ts';
import type { PushMessage, PushProvider, PushSubscription } from './provider.ts';

const variables = z.object({
  VAPID_PUBLIC_KEY: z.string(),
  VAPID_PRIVATE_KEY: z.string(),
  VAPID_SUBJECT: z.string(),
});

/** Seconds for which a push service keeps a message for a browser that is away. */
const KEPT = 24 * 3_600;
/** Milliseconds for a whole request. */
const PATIENCE = 15_000;
const breaker = { failures: 10, halfOpenAfter: 5_000 } as const;
/** Push services whose circuits are kept. */
const MOST_ORIGINS = 1_000;

type Prepared = ReturnType<typeof webPush.generateRequestDetails>;

interface WebPushSettings {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`: whom a push service asks about us. */
  readonly subject: string;
  /** To loopback and private networks too. */
  readonly allowPrivate: boolean;
}

/** Web push; null where there are no keys. @throws ConfigurationError where a part of them is missing */
export function createPushes(config: Config): PushProvider | null {
  const given = configured(config, variables);
  if (given === null) return null;
  return createWebPush({
    publicKey: given.VAPID_PUBLIC_KEY,
    privateKey: given.VAPID_PRIVATE_KEY,
    subject: given.VAPID_SUBJECT,
    allowPrivate: config.WEBHOOK_ALLOW_PRIVATE,
  });
}

/**
 * Web push with VAPID (RFC 8030, 8291, 8292). The address comes from a browser that anybody may write himself: a message
 * goes to public addresses only, checked and pinned at connect, and follows nobody elsewhere.
 */
function createWebPush({ publicKey, privateKey, subject, allowPrivate }: WebPushSettings): PushProvider {
  const agent = new Agent({ connect: { lookup: checkedLookup(allowPrivate), timeout: 5_000 } });
  const vapidDetails = { subject, publicKey, privateKey };
  const circuits = createCircuits();

  /** @throws ProviderFailure for what nobody can be asked to carry: it says nothing of the push service */
  function prepare(to: PushSubscription, { title, body, id }: PushMessage): Prepared {
    const literal = literalOf(new URL(to.endpoint));
    if (literal !== null && !maySendTo(literal, allowPrivate)) throw notPublic();
    if (!isPoint(to.keys.p256dh) || Buffer.from(to.keys.auth, 'base64url').length < 16)
      throw new ProviderFailure('refused', 'webpush: the keys are none', 'no_subscriber');
    const options = { vapidDetails, TTL: KEPT, topic: topicOf(id), contentEncoding: 'aes128gcm' } as const;
    try {
      return webPush.generateRequestDetails(to, JSON.stringify({ title, body, id }), options);
    } catch (error) {
      throw new ProviderFailure('not_taken', 'webpush: not sent, it could not be encrypted', undefined, {
        cause: error,
      });
    }
  }

  return {
    name: 'webpush',
    publicKey,
    async send(to, message) {
      const prepared = prepare(to, message);
      const circuit = circuits.of(new URL(to.endpoint).origin);
      const status = await circuit.run(() => post(agent, prepared)).catch(asFailure);
      if (status >= 200 && status < 300) return;
      const said = `webpush: answered ${status}`;
      if (status === 404 || status === 410) throw new ProviderFailure('refused', said, 'no_subscriber');
      throw new ProviderFailure(status === 429 || status >= 500 ? 'not_taken' : 'refused', said);
    },
    circuit: () => circuits.state(),
  };
}

/** @returns the status of the answer. @throws ProviderFailure where there is none */
async function post(agent: Agent, { endpoint, headers, body }: Prepared): Promise<number> {
  let isOut = false;
  // It is read once there is a connection to write it to.
  async function* said() {
    isOut = true;
    yield body;
  }
  try {
    const answer = await request(endpoint, {
      method: 'POST',
      headers,
      body: Readable.from(said(), { objectMode: false, highWaterMark: 0 }),
      dispatcher: agent,
      signal: AbortSignal.timeout(PATIENCE),
    });
    await answer.body.dump();
    return answer.statusCode;
  } catch (error) {
    if (error instanceof NotPublic || (error instanceof Error && error.cause instanceof NotPublic)) throw notPublic();
    // Once it is out the service may have it, and the browser too.
    throw new ProviderFailure(isOut ? 'unknown' : 'not_taken', 'webpush: no answer', undefined, { cause: error });
  }
}

/**
 * A circuit for each push service. Anybody may name one of his own, so none of them says anything of another, and all
 * together are as well as the one that is best.
 */
function createCircuits() {
  const circuits = new Map<string, Breaker<number>>();
  return {
    of(origin: string): Breaker<number> {
      const circuit =
        circuits.get(origin) ?? createBreaker<number>(breaker, (status) => status >= 500 || status === 429);
      // The one that was used last is the last.
      circuits.delete(origin);
      circuits.set(origin, circuit);
      const [oldest] = circuits.keys();
      if (circuits.size > MOST_ORIGINS && oldest !== undefined) circuits.delete(oldest);
      return circuit;
    },
    state(): CircuitState {
      const states = new Set([...circuits.values()].map(({ state }) => state));
      if (states.size === 0 || states.has('closed')) return 'closed';
      return states.has('half_open') ? 'half_open' : 'open';
    },
  };
}

/** At most 32 characters of base64url. */
const topicOf = (id: string) => createHash('sha256').update(id).digest('base64url').slice(0, 32);

const notPublic = () => new ProviderFailure('refused', 'webpush: the address is not public', 'no_subscriber');

function asFailure(error: unknown): never {
  if (error instanceof CircuitOpen)
    throw new ProviderFailure('not_taken', 'webpush: not sent, this push service has failed too often in a row');
  throw error;
}
