import { findUser, type UserRow } from '#db/queries/identity';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { updateUser, type UserChanges } from '../identity/update-user.ts';
import { giveBackTickets } from './give-back.ts';

/**
 * An admin changes a user. Staff who work at no desk any more give their tickets back.
 *
 * @param versions what If-Match accepts
 * @throws Problem as `updateUser`
 */
export async function changeUser(
  context: Context,
  encryption: Encryption,
  id: string,
  changes: UserChanges,
  versions?: readonly number[],
): Promise<UserRow> {
  const before = await findUser(context.tx, id);
  const after = await updateUser(context, encryption, id, changes, versions);
  if (before !== undefined) await giveBackTickets(context, before, after);
  return after;
}
