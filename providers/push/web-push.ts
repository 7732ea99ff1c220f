import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import webPush from 'web-push';
import { z } from 'zod';
import type { Config } from '#platform/config';
import { CircuitOpen, createBreaker } from '../breaker.ts';
import { ProviderFailure } from '../mobile-money/provider.ts';
import { configured } from '../settings.ts';
import { checkedLookup, literalOf, mayReach, NotPublic } from '../webhooks/public-address.ts';
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
  const circuit = createBreaker<number>(breaker, (status) => status >= 500 || status === 429);
  const vapidDetails = { subject, publicKey, privateKey };

  async function post(to: PushSubscription, { title, body, id }: PushMessage): Promise<number> {
    const literal = literalOf(new URL(to.endpoint));
    if (literal !== null && !mayReach(literal, allowPrivate)) throw new NotPublic();
    const options = { vapidDetails, TTL: KEPT, topic: topicOf(id), contentEncoding: 'aes128gcm' } as const;
    const made = webPush.generateRequestDetails(to, JSON.stringify({ title, body, id }), options);
    const answer = await request(made.endpoint, {
      method: 'POST',
      headers: made.headers,
      body: made.body,
      dispatcher: agent,
      signal: AbortSignal.timeout(PATIENCE),
    });
    await answer.body.dump();
    return answer.statusCode;
  }

  return {
    name: 'webpush',
    publicKey,
    async send(to, message) {
      const status = await circuit.run(() => post(to, message)).catch(asFailure);
      if (status >= 200 && status < 300) return;
      const said = `webpush: answered ${status}`;
      if (status === 404 || status === 410) throw new ProviderFailure('refused', said, 'no_subscriber');
      throw new ProviderFailure(status === 429 || status >= 500 ? 'not_taken' : 'refused', said);
    },
    circuit: () => circuit.state,
  };
}

/** At most 32 characters of base64url. */
const topicOf = (id: string) => createHash('sha256').update(id).digest('base64url').slice(0, 32);

function asFailure(error: unknown): never {
  if (error instanceof CircuitOpen)
    throw new ProviderFailure('not_taken', 'webpush: not sent, push services have failed too often in a row');
  const isNotPublic = error instanceof NotPublic || (error instanceof Error && error.cause instanceof NotPublic);
  if (isNotPublic) throw new ProviderFailure('refused', 'webpush: the address is not public', 'no_subscriber');
  // A push that comes twice replaces the first one, by its topic: it may be sent again.
  throw new ProviderFailure('not_taken', 'webpush: no answer', undefined, { cause: error });
}
