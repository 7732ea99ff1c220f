import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { cases } from '#db/schema/index';
import { isCreditCase } from '#domain/cases';
import type { CaseOrder } from '#domain/payments/wire';
import type { Context } from '../context.ts';

/**
 * The index of open cases, for `on conflict`. The word is in the statement and is no value of it: with a plan for all
 * values, which Postgres makes at the sixth time, it would find no index that fits.
 */
export const whileOpen = sql`${cases.status} = 'open'`;

/**
 * Opens a case for a person to look at; while one is open for the kind and the payment (or lease, or whatever it
 * is about) there is no other, however often it is called. What happens again after it was closed has a new one. A case of
 * credit tells of what there is now.
 */
export async function openCase({ tx, at }: Context, { about, ...input }: CaseOrder): Promise<void> {
  const key = `${input.kind}:${about ?? input.paymentId ?? input.leaseId}`;
  const opened = tx.insert(cases).values({ id: uuidv7(), key, openedAt: at, ...input });
  if (!isCreditCase(input.kind)) await opened.onConflictDoNothing({ target: cases.key, where: whileOpen });
  else
    await opened.onConflictDoUpdate({
      target: cases.key,
      targetWhere: whileOpen,
      set: { detail: sql`excluded.detail` },
    });
}
