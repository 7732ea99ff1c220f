import { and, asc, eq, gt, lt } from 'drizzle-orm';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { tickets } from '#db/schema/index';
import { tellTicket } from '#steering/tell-ticket';

/** A ticket that is due is escalated in a moment; after so many milliseconds its workflow has died. */
const LATE = 10 * 60_000;
const PAGE = 200;

/**
 * Tickets that are due and were not escalated are told to their workflows again, which starts those that died.
 *
 * @param beat is called after each
 * @returns how many were told.
 */
export async function tellOverdue(
  deps: {
    readonly db: Database;
    readonly temporal: Client;
    readonly config: { readonly TASK_QUEUE_PREFIX: string };
  },
  at: Date,
  beat: () => void,
): Promise<number> {
  const isLate = lt(tickets.escalatesAt, new Date(at.getTime() - LATE));
  let told = 0;
  for (let after: string | null = null; ;) {
    const late: { id: string }[] = await deps.db
      .select({ id: tickets.id })
      .from(tickets)
      .where(and(eq(tickets.status, 'open'), isLate, after === null ? undefined : gt(tickets.id, after)))
      .orderBy(asc(tickets.id))
      .limit(PAGE);
    for (const { id } of late) {
      await tellTicket(deps, id);
      told += 1;
      beat();
    }
    after = late.at(-1)?.id ?? null;
    if (late.length < PAGE) return told;
  }
}
