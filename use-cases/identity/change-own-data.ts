import type { Database } from '#db/client';
import type { UserRow } from '#db/queries/identity';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { MailProvider } from '#providers/email/provider';
import { transact } from '../context.ts';
import { sendMailCode, wantMailAddress } from '../notifications/want-mail-address.ts';
import { wakeQueued } from '../notifications/wake-notifications.ts';
import type { StartingDependencies } from '../notifications/dependencies.ts';
import { updateUser, type UserChanges } from './update-user.ts';

/**
 * People change what is held of them. An e-mail address that a customer wants is sent a code after the commit, and counts
 * when that is confirmed.
 *
 * @param versions what If-Match accepts
 * @throws Problem unprocessable for an address where none is sent to, or of staff; as `updateUser` and `wantMailAddress`
 */
export async function changeOwnData(
  deps: StartingDependencies & {
    readonly db: Database;
    readonly encryption: Encryption;
    readonly mails: MailProvider | null;
    readonly log: Logger;
  },
  actor: Actor,
  { email, ...others }: UserChanges & { readonly email?: string | null | undefined },
  versions?: readonly number[],
): Promise<UserRow> {
  const refuse = (detail: string, message: string) =>
    new Problem('unprocessable', detail, [{ path: 'email', message }]);
  if (typeof email === 'string' && deps.mails === null) throw refuse('No e-mail is sent here', 'cannot be used');
  if (email !== undefined && actor.role !== 'customer')
    throw refuse('Staff log in by their e-mail', 'is for customers');
  const { row, mail } = await transact(deps.db, actor, new Date(), async (context) => ({
    row: await updateUser(context, deps.encryption, actor.id, others, versions),
    mail: email === undefined ? null : await wantMailAddress(context, deps.encryption, email),
  }));
  if (mail !== null && mail.code !== null) void sendMailCode(deps, mail.code);
  await wakeQueued(deps, mail?.told ?? null);
  return row;
}
