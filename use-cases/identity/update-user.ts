import { asc, eq, or } from 'drizzle-orm';
import type { UserRow } from '#db/queries/identity';
import { pins, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import { marketRules } from '#domain/markets';
import type { Money } from '#domain/money';
import { marketOfPhone } from '#domain/phone';
import type { Channel, Digest } from '#domain/notifications/channels';
import type { Desk } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { lookAtFloatOfDisabled } from '../payments/cash/check-float.ts';
import { doubtMethods } from '../payments/methods/payment-methods.ts';
import { endSessions } from './end-sessions.ts';
import { matchVersion } from '../match-version.ts';
import { unique } from '../unique.ts';

export interface UserChanges {
  readonly name?: string | undefined;
  readonly language?: string | undefined;
  /** How they want to be reached, the first first. */
  readonly channels?: readonly Channel[] | undefined;
  /** Whether what is not urgent comes together. */
  readonly digest?: Digest | undefined;
  /** What the customer says to earn in a month. */
  readonly monthlyIncome?: Money | null | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  /** Of staff: which tickets come to them by themselves. */
  readonly desk?: Desk | null | undefined;
  /** Of a customer, in E.164. */
  readonly phone?: string | undefined;
}

/**
 * Changes a user; disabling one, or giving one another phone, ends all sessions. Cash that a
 * disabled agent holds is a case, and so are the payment methods of a number that a customer has no more.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed, currency_mismatch, unprocessable, already_exists naming a
 * phone that another has, conflict for staff who would lock themselves out.
 */
export async function updateUser(
  context: Context,
  encryption: Encryption,
  id: string,
  changes: UserChanges,
  versions?: readonly number[],
): Promise<UserRow> {
  const { tx, at, actor } = context;
  const { disabled, name, language, monthlyIncome, role, phone, desk, channels, digest } = changes;
  const phoneHash = phone === undefined ? null : encryption.hash('phone', phone);
  const { before, isTaken } = await lockWithOwnerOf(context, id, phoneHash);
  if (before === undefined || before.erasedAt !== null) throw new Problem('not_found');
  matchVersion(before.version, versions);
  if (role !== undefined) refuseOtherKind(before.role, role);
  if (actor.id === id && (disabled === true || (role !== undefined && role !== before.role))) {
    throw new Problem('conflict', 'Another admin must do this: you would lock yourself out');
  }
  if (desk !== undefined && desk !== null && before.role === 'customer')
    throw new Problem('unprocessable', 'Customers have no desk', [{ path: 'desk', message: 'is for staff' }]);
  if (monthlyIncome !== undefined && monthlyIncome !== null) refuseOtherCurrency(before, monthlyIncome);
  const columns = phone === undefined ? {} : await phoneColumns(context, encryption, before, { phone, isTaken });
  const [after] = await unique(
    tx
      .update(users)
      .set({
        ...(name === undefined ? {} : { name }),
        ...(language === undefined ? {} : { language }),
        ...(channels === undefined ? {} : { channels: [...channels] }),
        ...(digest === undefined ? {} : { digest }),
        ...(monthlyIncome === undefined ? {} : { monthlyIncome: monthlyIncome?.amount ?? null }),
        ...(role === undefined ? {} : { role }),
        ...(desk === undefined ? {} : { desk }),
        ...(disabled === undefined ? {} : { disabledAt: disabled ? (before.disabledAt ?? at) : null }),
        ...columns,
        updatedAt: at,
      })
      .where(eq(users.id, id))
      .returning(),
  );
  if (after === undefined) throw new Problem('not_found');
  if (before.phoneHash !== null && before.phoneHash !== after.phoneHash)
    await doubtMethods(context, { userId: id, phoneHash: before.phoneHash });
  if (disabled === true || phone !== undefined) await endSessions(context, { userId: id });
  if (disabled !== undefined && after.role !== 'customer') await lookAtFloatOfDisabled(context, id, disabled);
  await record(context, { type: 'user.updated', subject: id, detail: { fields: Object.keys(changes) } });
  return after;
}

/** The user and whoever has a phone now, in the order of their ids: two who are given each other's wait for each other, and no more. */
async function lockWithOwnerOf({ tx }: Context, id: string, phoneHash: string | null) {
  const isWanted = phoneHash === null ? eq(users.id, id) : or(eq(users.id, id), eq(users.phoneHash, phoneHash));
  const rows = await tx.select().from(users).where(isWanted).orderBy(asc(users.id)).for('update');
  return { before: rows.find((row) => row.id === id), isTaken: rows.some((row) => row.id !== id) };
}

async function phoneColumns(
  { tx }: Context,
  encryption: Encryption,
  { id, market }: UserRow,
  { phone, isTaken }: { readonly phone: string; readonly isTaken: boolean },
) {
  if (market === null || marketOfPhone(phone) !== market)
    throw new Problem('unprocessable', 'The phone is not of a customer of this market', [
      { path: 'phone', message: market === null ? 'is for customers' : `must be a number of ${market}` },
    ]);
  if (isTaken) throw new Problem('already_exists', 'Another has this phone', [{ path: 'phone', message: 'is taken' }]);
  // Whoever has the old phone may know it; at the new one another is chosen.
  await tx.delete(pins).where(eq(pins.userId, id));
  return { phoneHash: encryption.hash('phone', phone), phoneEncrypted: encryption.encrypt(phone) };
}

function refuseOtherKind(before: Role, after: Role): void {
  if ((before === 'customer') === (after === 'customer')) return;
  throw new Problem('unprocessable', 'Customers and staff log in differently', [
    { path: 'role', message: 'cannot change between customer and staff' },
  ]);
}

function refuseOtherCurrency({ market }: UserRow, { currency }: Money): void {
  if (market === null)
    throw new Problem('unprocessable', 'Staff state no income', [
      { path: 'monthlyIncome', message: 'is for customers' },
    ]);
  const wanted = marketRules(market).currency;
  if (currency === wanted) return;
  throw new Problem('currency_mismatch', `Incomes in ${market} are in ${wanted}`, [
    { path: 'monthlyIncome.currency', message: `must be ${wanted}` },
  ]);
}
