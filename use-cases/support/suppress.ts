import { eq } from 'drizzle-orm';
import { suppressions } from '#db/schema/index';
import { record, type Context } from '../context.ts';

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
