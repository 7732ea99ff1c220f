import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import type { Context } from '../context.ts';

/** Events of one subject leave in order: whoever writes one takes the subject's lock first. */
export async function lockUser({ tx }: Context, userId: string) {
  const [user] = await tx
    .select({ id: users.id, market: users.market, erasedAt: users.erasedAt })
    .from(users)
    .where(eq(users.id, userId))
    .for('update');
  if (user === undefined) throw new Error(`there is no user ${userId}`);
  return user;
}
