import { uuidv7 } from 'uuidv7';
import type { UserRow } from '#db/queries/identity';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import { emit, record, type Context } from '../context.ts';
import { hashPassword } from './password.ts';

/** Creates a member of staff. @throws Problem already_exists naming the e-mail. */
export async function createStaff(
  context: Context,
  input: { email: string; name: string; role: Exclude<Role, 'customer'>; password: string },
): Promise<UserRow> {
  const { password, email, name, role } = input;
  const [created] = await context.tx
    .insert(users)
    .values({
      id: uuidv7(),
      email: email.toLowerCase(),
      passwordHash: await hashPassword(password),
      name,
      role,
      createdAt: context.at,
      updatedAt: context.at,
    })
    .onConflictDoNothing({ target: users.email })
    .returning();
  if (created === undefined)
    throw new Problem('already_exists', 'There is a user with this e-mail', [{ path: 'email', message: 'is taken' }]);
  await record(context, { type: 'user.created', subject: created.id, detail: { role } });
  await emit(context, { type: 'user.created', subject: created.id, data: { userId: created.id, role } });
  return created;
}
