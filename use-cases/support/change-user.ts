import { findUser, type UserRow } from '#db/queries/identity';
import { isStopped } from '#db/queries/texts';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { updateUser, type UserChanges } from '../identity/update-user.ts';
import { giveBackTickets } from './give-back.ts';
import { takeWishAlong } from './suppress.ts';

/**
 * An admin changes a user. Staff who work at no desk any more give their tickets back; whoever wants no texts wants none on
 * another number either, and what was said by that number before is not his.
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
  const stopped = await isStopped(context.tx, id);
  const after = await updateUser(context, encryption, id, changes, versions);
  if (before !== undefined && before.phoneHash !== after.phoneHash) await takeWishAlong(context, after, stopped);
  if (before !== undefined) await giveBackTickets(context, before, after);
  return after;
}
