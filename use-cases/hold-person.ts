import { eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '#db/client';
import type { UserRow } from '#db/queries/identity';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';

/**
 * Holds a person of whom something is about to be written. Whoever erases him, shuts him out or gives him another phone
 * takes his row first: either that waits for what is written here, and finds it, or this waits for that, and reads him as
 * he is then. What was read of him before the transaction does not count. Take it before any lock but a lease's.
 *
 * @returns him as he is now; null where he was erased, so that nothing of him may be kept any more
 */
export async function holdPerson(tx: Transaction, id: string): Promise<UserRow | null> {
  const [user] = await tx.select().from(users).where(eq(users.id, id)).for('key share');
  if (user === undefined) throw new Error(`there is no user ${id}`);
  return user.erasedAt === null ? user : null;
}

/** A person as he is now, of whom nothing is written. */
export async function readPerson(db: Queryable, id: string): Promise<UserRow> {
  const [user] = await db.select().from(users).where(eq(users.id, id));
  if (user === undefined) throw new Error(`there is no user ${id}`);
  return user;
}

/** The same, for what a person asks for himself. @throws Problem not_found where he was erased */
export async function requirePerson(tx: Transaction, id: string): Promise<UserRow> {
  const user = await holdPerson(tx, id);
  if (user === null) throw new Problem('not_found');
  return user;
}
