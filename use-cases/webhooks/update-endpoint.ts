import { eq } from 'drizzle-orm';
import type { EndpointRow } from '#db/queries/webhooks';
import { endpoints } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { closeCaseAbout } from '../cases/close-case.ts';
import { checkUrl } from '../check-url.ts';
import { record, transact, type Context } from '../context.ts';
import { matchVersion } from '../match-version.ts';
import type { NewEndpoint } from './create-endpoint.ts';
import type { EndpointDependencies } from './dependencies.ts';
import { disableEndpoint } from './disable-endpoint.ts';
import { lockEndpoint } from './lock-endpoint.ts';
import { queueTest } from './queue-test.ts';
import { wakeSoon } from './wake.ts';

interface EndpointChanges {
  readonly url?: NewEndpoint['url'] | undefined;
  readonly description?: NewEndpoint['description'];
  /** Null: every type that integrators hear. */
  readonly types?: NewEndpoint['types'] | null;
  readonly status?: EndpointRow['status'] | undefined;
}

/** Changes an endpoint, and has its test sent where there is one. @throws as `checkUrl` and `updateEndpoint` */
export async function changeEndpoint(
  deps: EndpointDependencies,
  actor: Actor,
  id: string,
  changes: EndpointChanges,
  versions?: readonly number[],
): Promise<EndpointRow> {
  if (changes.url !== undefined) await checkUrl(changes.url, deps.config.WEBHOOK_ALLOW_PRIVATE);
  const { endpoint, testId } = await transact(deps.db, actor, new Date(), (context) =>
    updateEndpoint(context, id, changes, versions),
  );
  if (testId !== null) await wakeSoon(deps, testId);
  return endpoint;
}

/**
 * Changes an endpoint. At another address, and where it is active again, it is sent a test first, as a new one is.
 *
 * @param versions what If-Match accepts
 * @returns the test where there is one
 * @throws Problem not_found, precondition_failed
 */
export async function updateEndpoint(
  context: Context,
  id: string,
  { url, description, types, status }: EndpointChanges,
  versions?: readonly number[],
): Promise<{ readonly endpoint: EndpointRow; readonly testId: string | null }> {
  const { tx, at } = context;
  const before = await lockEndpoint(tx, id);
  if (before === undefined) throw new Problem('not_found');
  matchVersion(before.version, versions);
  if (status === 'disabled') await disableEndpoint(context, before, 'operator');
  const isBack = status === 'active' && before.status === 'disabled';
  const isElsewhere = url !== undefined && url !== before.url;
  const [endpoint] = await tx
    .update(endpoints)
    .set({
      ...(url === undefined ? {} : { url }),
      ...(description === undefined ? {} : { description }),
      ...(types === undefined ? {} : { types: types === null ? null : [...types] }),
      ...(isBack ? { status: 'active' as const, disabledFor: null } : {}),
      ...(isBack || isElsewhere ? { generation: before.generation + 1, verifiedAt: null, failingSince: null } : {}),
      updatedAt: at,
    })
    .where(eq(endpoints.id, id))
    .returning();
  if (endpoint === undefined) throw new Problem('not_found');
  const isTested = endpoint.status === 'active' && endpoint.verifiedAt === null;
  const testId = isTested ? await queueTest(context, id) : null;
  if (isBack) await closeCaseAbout(context, 'webhook_disabled', id, 'it is active again');
  const fields = Object.entries({ url, description, types, status }).flatMap(([name, given]) =>
    given === undefined ? [] : [name],
  );
  await record(context, { type: 'webhook.updated', subject: id, detail: { fields } });
  return { endpoint, testId };
}
