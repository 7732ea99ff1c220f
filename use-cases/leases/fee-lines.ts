import { and, eq, like, or } from 'drizzle-orm';
import { z } from 'zod';
import { scheduleOf } from '#db/queries/leases';
import { audit, transfers } from '#db/schema/index';
import type { Context } from '../context.ts';

/** Names the line that has a number in a version of the schedule: the same name for the same line in another version. */
export type LineOf = (version: number, number: number) => string;

const restructure = z.object({ scheduleVersion: z.number(), instalments: z.number() });

/** A pause keeps the lines and their numbers; a restructure those before the first that it has spread anew. */
export async function lineNames({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<LineOf> {
  const told = await tx
    .select({ detail: audit.detail })
    .from(audit)
    .where(and(eq(audit.leaseId, leaseId), eq(audit.type, 'lease.restructured')))
    .orderBy(audit.number);
  const begun: { version: number; first: number }[] = [];
  for (const { detail } of told) {
    const { scheduleVersion: version, instalments } = restructure.parse(detail);
    const first = (await scheduleOf(tx, leaseId, version)).at(-instalments)?.number;
    if (first !== undefined) begun.push({ version, first });
  }
  return (version, number) => {
    const anew = begun.findLast((one) => one.version <= version && one.first <= number);
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
