import { and, sql, type SQL } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { cases } from '#db/schema/index';
import { caseKey, tellsOfNow, type CaseOrder } from '#domain/cases';
import { record, type Context } from '../context.ts';

/**
 * The index of open cases, for `on conflict`. The word is in the statement and is no value of it: with a plan for all
 * values, which Postgres makes at the sixth time, it would find no index that fits.
 */
export const whileOpen = sql`${cases.status} = 'open'`;

/**
 * Opens a case for a person to look at; while one is open for the kind and the payment (or lease, or whatever it
 * is about) there is no other, however often it is called. What happens again after it was closed has a new one. A case of
 * credit or of a float tells of what there is now.
 *
 * @returns whether it is new
 */
export async function openCase(context: Context, { about, ...input }: CaseOrder): Promise<boolean> {
  const key = caseKey(input.kind, about ?? input.paymentId ?? String(input.leaseId));
  const detail = tellsOfNow(input.kind) ? sql`excluded.detail` : null;
  return (await insertCase(context, { key, ...input }, detail)) !== null;
}

/**
 * Opens a case, with its audit entry, unless one of its key is open.
 *
 * @param detail what that one tells from now on; null leaves it as it is
 * @returns the id of the new case; null where one is open
 */
export async function insertCase(
  context: Context,
  one: Omit<typeof cases.$inferInsert, 'id' | 'openedAt'>,
  detail: SQL | null,
): Promise<string | null> {
  const id = uuidv7();
  const { kind, leaseId, paymentId } = one;
  const insert = context.tx.insert(cases).values({ id, openedAt: context.at, ...one });
  const [open] = await (
    detail === null
      ? insert.onConflictDoNothing({ target: cases.key, where: whileOpen })
      : insert.onConflictDoUpdate({ target: cases.key, targetWhere: whileOpen, set: { detail } })
  ).returning({ id: cases.id });
  if (open?.id !== id) return null;
  // Not on the lease's timeline: customers read that.
  const entry = { key: `case.opened:${id}`, type: 'case.opened', subject: id };
  await record(context, { ...entry, detail: { caseId: id, kind, leaseId, paymentId } });
  return id;
}

/** What cases tell changes, whether they are open or not. */
export async function retellCases({ tx }: Context, which: SQL | undefined, detail: SQL): Promise<void> {
  await tx.update(cases).set({ detail }).where(which);
}

/** Cases that are over give their keys to the next of their kind. */
export async function freeKeys({ tx }: Context, which: SQL | undefined): Promise<void> {
  const ownKey = sql`'reconciliation:' || ${cases.id}`;
  await tx
    .update(cases)
    .set({ key: ownKey })
    .where(and(which, sql`${cases.key} <> ${ownKey}`));
}
