import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { openSession, type Login } from './open-session.ts';
import { verifyPassword } from './password.ts';

/** Logs a member of staff in. @returns null when e-mail or password is wrong; both take as long. */
export async function loginWithPassword(
  context: Context,
  encryption: Encryption,
  { email, password }: { email: string; password: string },
): Promise<Login | null> {
  const [user] = await context.tx.select().from(users).where(eq(users.email, email.toLowerCase()));
  const fits = await verifyPassword(password, user?.passwordHash ?? null);
  return user === undefined || !fits ? null : openSession(context, encryption, user);
}
