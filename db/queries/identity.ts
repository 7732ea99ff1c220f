import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Role } from '#domain/identity/roles';
import type { Market } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { users } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type UserRow = typeof users.$inferSelect;

interface UserFilter {
  readonly role?: Role | undefined;
  readonly market?: Market | undefined;
  /** Keyed hash of an E.164 phone. */
  readonly phoneHash?: string | undefined;
  readonly email?: string | undefined;
}

/** Users who are not erased, newest first, after the place that `before` names. */
export function listUsers(
  db: Queryable,
  { role, market, phoneHash, email }: UserFilter,
  page: Page,
): Promise<UserRow[]> {
  const { limit, before } = page;
  return db
    .select()
    .from(users)
    .where(
      and(
        isNull(users.erasedAt),
        role === undefined ? undefined : eq(users.role, role),
        market === undefined ? undefined : eq(users.market, market),
        phoneHash === undefined ? undefined : eq(users.phoneHash, phoneHash),
        email === undefined ? undefined : eq(users.email, email.toLowerCase()),
        olderThan(before, users.createdAt, users.id),
      ),
    )
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(limit);
}

/** A user who is not erased. */
export async function findUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  const [row] = await db
    .select()
    .from(users)
    .where(and(eq(users.id, id), isNull(users.erasedAt)));
  return row;
}

/** The customer whose phone has this keyed hash; undefined where nobody has it. */
export async function findUserByPhone(db: Queryable, phoneHash: string): Promise<UserRow | undefined> {
  const [row] = await db
    .select()
    .from(users)
    .where(and(eq(users.phoneHash, phoneHash), isNull(users.erasedAt)));
  return row;
}
