import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { suppressions } from '#db/schema/index';
import { record, type Context } from '../context.ts';

/** True for a phone that wants no texts but legal notices and login codes: asked before every other is sent. */
export async function isSuppressed(db: Queryable, phoneHash: string): Promise<boolean> {
  const [row] = await db.select().from(suppressions).where(eq(suppressions.phoneHash, phoneHash));
  return row !== undefined;
}

/** @param userId whose phone it is; null for nobody's */
export async function suppress(context: Context, phoneHash: string, userId: string | null): Promise<void> {
  const { tx, at } = context;
  await tx.insert(suppressions).values({ phoneHash, since: at }).onConflictDoNothing();
  if (userId !== null) await record(context, { type: 'user.texts_stopped', subject: userId });
}

export async function endSuppression(context: Context, phoneHash: string, userId: string | null): Promise<void> {
  await context.tx.delete(suppressions).where(eq(suppressions.phoneHash, phoneHash));
  if (userId !== null) await record(context, { type: 'user.texts_started', subject: userId });
}
