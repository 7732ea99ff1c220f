import { eq } from 'drizzle-orm';
import { endpoints } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { closeCaseAbout } from '../cases/close-case.ts';
import { record, type Context } from '../context.ts';
import { matchVersion } from '../match-version.ts';
import { lockEndpoint } from './lock-endpoint.ts';

/**
 * Deletes an endpoint with all that was or is sent to it.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed
 */
export async function deleteEndpoint(context: Context, id: string, versions?: readonly number[]): Promise<void> {
  const before = await lockEndpoint(context.tx, id);
  if (before === undefined) throw new Problem('not_found');
  matchVersion(before.version, versions);
  await context.tx.delete(endpoints).where(eq(endpoints.id, id));
  await closeCaseAbout(context, 'webhook_disabled', id, 'it was deleted');
  await record(context, { type: 'webhook.deleted', subject: id });
}
