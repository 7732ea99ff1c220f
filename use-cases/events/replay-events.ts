import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { readers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';

/**
 * Lets a reader hear again what comes after a position, or leaves out what comes before it; subjects that lag go on
 * with it. It waits for what the reader has in hand.
 *
 * @throws Problem not_found where there is no such reader.
 */
export async function replayEvents(context: Context, name: string, position: number): Promise<void> {
  const [moved] = await context.tx
    .update(readers)
    .set({ position, failingSince: null })
    .where(and(eq(readers.name, name), isNull(readers.subject)))
    .returning();
  if (moved === undefined) throw new Problem('not_found', `there is no reader ${name}`);
  await context.tx.delete(readers).where(and(eq(readers.name, name), isNotNull(readers.subject)));
  await record(context, { type: 'events.replayed', subject: name, detail: { position } });
}
