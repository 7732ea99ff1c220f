import { asc, inArray, sql } from 'drizzle-orm';
import { findUser, type UserRow } from '#db/queries/identity';
import { isStopped } from '#db/queries/texts';
import { tickets, users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { updateUser, type UserChanges } from '../identity/update-user.ts';
import { refuseBranch } from '../vehicles/branches.ts';
import { giveBackTickets, isHis } from './give-back.ts';
import { takeWishAlong } from './suppress.ts';

/**
 * An admin changes a user. Staff who work at no desk any more give their tickets back; whoever wants no texts wants none on
 * another number either, and what was said by that number before is not his.
 *
 * @param versions what If-Match accepts
 * @throws Problem as `updateUser`; unprocessable for a desk at a branch of none of its markets
 */
export async function changeUser(
  context: Context,
  encryption: Encryption,
  id: string,
  changes: UserChanges,
  versions?: readonly number[],
): Promise<UserRow> {
  if (changes.disabled !== undefined || changes.desk !== undefined) await lockDesks(context);
  const before = await findUser(context.tx, id);
  await refuseBranch(context, changes.desk?.branchId, changes.desk?.markets ?? [], 'desk.branchId');
  const stopped = await isStopped(context.tx, id);
  const customers = await lockCustomersOf(context, id);
  const after = await updateUser(context, encryption, id, changes, versions);
  if (before !== undefined && before.phoneHash !== after.phoneHash) await takeWishAlong(context, after, stopped);
  if (before !== undefined) await giveBackTickets(context, { before, after, customers });
  return after;
}

/**
 * Who works at which desk changes in turn: of two who are disabled at once each would be given what the other has. It is
 * taken before any row.
 */
async function lockDesks({ tx }: Context): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('desks', 0))`);
}

/**
 * Locks the customers of what somebody of staff has in hand, before he is locked himself: so does whoever gives him a ticket.
 *
 * @returns their ids
 */
async function lockCustomersOf({ tx }: Context, userId: string): Promise<string[]> {
  const theirs = tx.select({ id: tickets.customerId }).from(tickets).where(isHis(userId));
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(inArray(users.id, theirs))
    .orderBy(asc(users.id))
    .for('update');
  return rows.map(({ id }) => id);
}
