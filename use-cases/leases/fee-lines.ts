import { and, eq, gt, like, or } from 'drizzle-orm';
import { scheduleOf } from '#db/queries/leases';
import { scheduleChanges, transfers } from '#db/schema/index';
import type { Context } from '../context.ts';

/** Names the line that has a number in a version of the schedule: the same name for the same line in another version. */
export type LineOf = (version: number, number: number) => string;

/** A pause keeps the lines and their numbers; a restructure and its like those before the first that it has spread anew, until it is undone. */
export async function lineNames({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<LineOf> {
  const changes = await tx
    .select()
    .from(scheduleChanges)
    .where(and(eq(scheduleChanges.leaseId, leaseId), gt(scheduleChanges.made, 0)))
    .orderBy(scheduleChanges.version);
  const begun: { version: number; until: number; first: number }[] = [];
  for (const { version, made, undoneIn } of changes) {
    const first = (await scheduleOf(tx, leaseId, version)).at(-made)?.number;
    if (first !== undefined) begun.push({ version, until: undoneIn ?? Infinity, first });
  }
  return (version, number) => {
    const anew = begun.findLast((one) => one.version <= version && version < one.until && one.first <= number);
    return `${anew?.version ?? 1}:${number}`;
  };
}

/** A fee that was undone and is charged again is another one. */
export async function feeKey({ tx }: Context, key: string): Promise<string> {
  const before = await tx
    .select({ id: transfers.id })
    .from(transfers)
    .where(or(eq(transfers.key, key), like(transfers.key, `${key}:%`)));
  return before.length === 0 ? key : `${key}:${before.length + 1}`;
}
