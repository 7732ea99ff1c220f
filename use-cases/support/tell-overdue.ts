import { and, asc, eq, gt, inArray, isNull, lt, or, type SQL } from 'drizzle-orm';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { ticketMessages, tickets } from '#db/schema/index';
import { doEach } from '#platform/attempt-each';
import { wakeTicket } from '#steering/wake-ticket';

/** A ticket that is due is escalated in a moment; after so many milliseconds its workflow has died. */
const LATE = 10 * 60_000;
/** For so long an answer is tried to be told, by a workflow that may have died; then it is a case of its activity. */
const UNTOLD = 7 * 86_400_000;
const PAGE = 200;

/**
 * Tickets that are due and were not escalated, and those with an answer that the customer was not told of, are told to
 * their workflows again, which starts those that died.
 *
 * @param beat is called before each
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
  const late = new Date(at.getTime() - LATE);
  const isLate = or(
    and(eq(tickets.status, 'open'), lt(tickets.escalatesAt, late)),
    and(eq(tickets.status, 'waiting'), or(lt(tickets.waitRemindsAt, late), lt(tickets.waitEndsAt, late))),
  );
  const untold = deps.db
    .select({ id: ticketMessages.ticketId })
    .from(ticketMessages)
    .where(
      and(
        eq(ticketMessages.tells, true),
        isNull(ticketMessages.toldAt),
        lt(ticketMessages.createdAt, late),
        gt(ticketMessages.createdAt, new Date(at.getTime() - UNTOLD)),
      ),
    );
  let told = 0;
  await doEach(ticketsWhere(deps.db, or(isLate, inArray(tickets.id, untold))), async (id) => {
    beat();
    await wakeTicket(deps, id);
    told += 1;
  });
  return told;
}

async function* ticketsWhere(db: Database, isSought: SQL | undefined): AsyncGenerator<string> {
  for (let after: string | null = null; ;) {
    const found: { id: string }[] = await db
      .select({ id: tickets.id })
      .from(tickets)
      .where(and(isSought, after === null ? undefined : gt(tickets.id, after)))
      .orderBy(asc(tickets.id))
      .limit(PAGE);
    for (const { id } of found) yield id;
    after = found.at(-1)?.id ?? null;
    if (found.length < PAGE) return;
  }
}
