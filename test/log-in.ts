import { transact } from '#use-cases/context';
import { openSession } from '#use-cases/identity/open-session';
import type { ApiDependencies } from '#api/dependencies';
import type { UserRow } from '#db/queries/identity';
import { system } from '#domain/identity/roles';

/** A session of somebody, without the code or password in between: a password takes long to compare. */
export async function logIn(
  { db, encryption, tokens }: Pick<ApiDependencies, 'db' | 'encryption' | 'tokens'>,
  user: UserRow,
): Promise<{ readonly token: string; readonly refreshToken: string }> {
  const login = await transact(db, system('test'), new Date(), (context) => openSession(context, encryption, user));
  if (login === null) throw new Error('he may not log in');
  const token = await tokens.issue({ userId: user.id, role: user.role, sessionId: login.sessionId });
  return { token, refreshToken: login.refreshToken };
}
