import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Database, Queryable } from '#db/client';
import { findTicket } from '#db/queries/tickets';
import { ticketMessages } from '#db/schema/index';
import type { TicketView } from '#domain/support/wire';

/** What a ticket's workflow has to do next. */
export async function lookAtTicket(db: Database, ticketId: string): Promise<TicketView> {
  const ticket = await findTicket(db, ticketId);
  if (ticket === undefined) return { escalatesAt: null, untold: null };
  const { market, escalatesAt, waitRemindsAt, waitEndsAt } = ticket;
  const waitsUntil = (waitRemindsAt ?? waitEndsAt)?.toISOString() ?? null;
  const id = (await untoldOf(db, ticketId)).at(-1);
  const untold = id === undefined ? null : { id, market };
  return { escalatesAt: escalatesAt?.toISOString() ?? null, untold, waitsUntil };
}

/** Answers that the customer has to be told of, oldest first. */
export async function untoldOf(db: Queryable, ticketId: string): Promise<string[]> {
  const { id, createdAt, tells, toldAt } = ticketMessages;
  const rows = await db
    .select({ id })
    .from(ticketMessages)
    .where(and(eq(ticketMessages.ticketId, ticketId), eq(tells, true), isNull(toldAt)))
    .orderBy(asc(createdAt), asc(id));
  return rows.map((row) => row.id);
}
