import { eq } from 'drizzle-orm';
import { endpoints } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { closeCaseAbout } from '../cases/close-case.ts';
import { record, type Context } from '../context.ts';

/** Deletes an endpoint with all that was or is sent to it. @throws Problem not_found */
export async function deleteEndpoint(context: Context, id: string): Promise<void> {
  const deleted = await context.tx.delete(endpoints).where(eq(endpoints.id, id)).returning({ id: endpoints.id });
  if (deleted.length === 0) throw new Problem('not_found');
  await closeCaseAbout(context, 'webhook_disabled', id, 'it was deleted');
  await record(context, { type: 'webhook.deleted', subject: id });
}
