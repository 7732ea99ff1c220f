import { and, eq, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import type { SubscriptionRow } from '#db/queries/deliveries';
import { pushSubscriptions, sessions } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { PushSubscription } from '#providers/push/provider';
import { checkUrl } from '../check-url.ts';
import { record, transact, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { lockAddressee } from './facts.ts';

/** Browsers of one person; the one that was not seen for longest gives way. */
const MOST = 10;

/** Keeps such an address, where something may be sent to it. @throws as `checkUrl` and `subscribe` */
export async function keepSubscription(
  deps: {
    readonly db: Database;
    readonly encryption: Encryption;
    readonly config: Pick<Config, 'WEBHOOK_ALLOW_PRIVATE'>;
  },
  actor: Actor,
  given: PushSubscription,
  sessionId: string,
): Promise<SubscriptionRow> {
  await checkUrl(given.endpoint, deps.config.WEBHOOK_ALLOW_PRIVATE, 'endpoint');
  return transact(deps.db, actor, new Date(), (context) => subscribe(context, deps.encryption, given, sessionId));
}

/**
 * Keeps where a browser lets itself be pushed to, for whoever is logged in in it now. The same address again is the same
 * subscription, with the keys that it has now. It ends with the session.
 *
 * @throws Problem unauthenticated where that has ended, not_found of whoever was erased
 */
export async function subscribe(
  context: Context,
  encryption: Encryption,
  { endpoint, keys }: PushSubscription,
  sessionId: string,
): Promise<SubscriptionRow> {
  const { tx, at, actor } = context;
  await requirePerson(tx, actor.id);
  await lockAddressee(tx, actor.id);
  // It may have ended since the caller showed its token.
  const isLive = and(eq(sessions.id, sessionId), isNull(sessions.revokedAt));
  const [live] = await tx.select({ id: sessions.id }).from(sessions).where(isLive).for('share');
  if (live === undefined) throw new Problem('unauthenticated');
  const endpointHash = encryption.hash('push', endpoint);
  const keysEncrypted = encryption.encrypt(JSON.stringify(keys));
  const kept = { userId: actor.id, sessionId, seenAt: at, keysEncrypted };
  const [row] = await tx
    .insert(pushSubscriptions)
    .values({ id: uuidv7(), endpointHash, endpointEncrypted: encryption.encrypt(endpoint), createdAt: at, ...kept })
    .onConflictDoUpdate({ target: pushSubscriptions.endpointHash, set: kept })
    .returning();
  if (row === undefined) throw new Error('the subscription was not kept');
  await tx.execute(sql`
    delete from ${pushSubscriptions} where id in (
      select id from ${pushSubscriptions} where user_id = ${actor.id} and id <> ${row.id}
      order by coalesce(seen_at, created_at) desc offset ${MOST - 1})`);
  await record(context, { type: 'user.push_subscribed', subject: actor.id, detail: { subscriptionId: row.id } });
  return row;
}

/** Ends a subscription of the caller, by its id or its address. @throws Problem not_found where he has no such one */
export async function unsubscribe(
  context: Context,
  encryption: Encryption,
  which: { readonly id: string } | { readonly endpoint: string },
): Promise<void> {
  const { tx, actor } = context;
  const isIt =
    'id' in which
      ? eq(pushSubscriptions.id, which.id)
      : eq(pushSubscriptions.endpointHash, encryption.hash('push', which.endpoint));
  const [gone] = await tx
    .delete(pushSubscriptions)
    .where(and(isIt, eq(pushSubscriptions.userId, actor.id)))
    .returning({ id: pushSubscriptions.id });
  if (gone === undefined) throw new Problem('not_found');
  await record(context, { type: 'user.push_unsubscribed', subject: actor.id, detail: { subscriptionId: gone.id } });
}
