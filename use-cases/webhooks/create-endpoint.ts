import { uuidv7 } from 'uuidv7';
import type { EndpointRow } from '#db/queries/webhooks';
import { endpoints } from '#db/schema/index';
import type { EventType } from '#domain/events/catalogue';
import type { Actor } from '#domain/identity/roles';
import type { Encryption } from '#platform/encryption';
import { newSigningKeys } from '#providers/webhooks/signature';
import { checkUrl } from '../check-url.ts';
import { record, transact, type Context } from '../context.ts';
import { newestPosition } from '../events/place-events.ts';
import type { EndpointDependencies } from './dependencies.ts';
import { seal } from './endpoint-keys.ts';
import { queueTest } from './queue-test.ts';
import { wakeSoon } from './wake.ts';

export interface NewEndpoint {
  readonly url: string;
  readonly description?: string | undefined;
  /** Every type that integrators hear, where it is left out. */
  readonly types?: readonly EventType[] | undefined;
}

/** Adds an endpoint at an address that something may be sent to, and has its test sent. @throws as `checkUrl` */
export async function addEndpoint(deps: EndpointDependencies, actor: Actor, given: NewEndpoint) {
  await checkUrl(given.url, deps.config.WEBHOOK_ALLOW_PRIVATE);
  const added = await transact(deps.db, actor, new Date(), (context) => createEndpoint(context, deps, given));
  await wakeSoon(deps, added.testId);
  return added;
}

/**
 * Adds an endpoint, which hears what happens from now on. It is sent a test first, and nothing else until it has taken
 * it.
 *
 * @returns the secret, which is told this once, and the test.
 */
export async function createEndpoint(
  context: Context,
  deps: { readonly encryption: Encryption },
  { url, description, types }: NewEndpoint,
): Promise<{ readonly endpoint: EndpointRow; readonly secret: string; readonly testId: string }> {
  const { tx, at, actor } = context;
  const keys = newSigningKeys();
  const [endpoint] = await tx
    .insert(endpoints)
    .values({
      id: uuidv7(),
      url,
      description: description ?? null,
      types: types === undefined ? null : [...types],
      keysEncrypted: seal(deps, keys),
      publicKey: keys.publicKey,
      since: await newestPosition(tx),
      createdBy: actor.id,
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (endpoint === undefined) throw new Error('no endpoint');
  const testId = await queueTest(context, endpoint.id);
  await record(context, { type: 'webhook.created', subject: endpoint.id, detail: { types: types ?? null } });
  return { endpoint, secret: keys.secret, testId };
}
