import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { casesOfTickets } from '#db/queries/ticket-cases';
import { attachmentsOf, findTicket, messagesOf, type MessageRow, type TicketRow } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { keyOfItsOwn } from '#steering/command-key';
import { uuidFor } from '#steering/send-command';
import type { ApiEnvironment, Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { presentMessage, presentTicket, type message, type ticket, type ticketWithMessages } from './view.ts';

/** 404 for another customer's ticket, and for one of his that he does not see. */
export const ownTicket = ({ db }: Pick<ApiDependencies, 'db'>) =>
  owned(async (id) => {
    const row = await findTicket(db, id);
    return row === undefined ? undefined : row.isShown ? row.customerId : null;
  });

/** The id of what a request makes: the same for the same key. */
export const idFor = (c: Context<ApiEnvironment>, what: string): string =>
  uuidFor(what, callerOf(c).id, c.get('idempotencyKey') ?? keyOfItsOwn());

/** Messages as the caller sees them. */
export async function shownMessages(
  { db, encryption }: Pick<ApiDependencies, 'db' | 'encryption'>,
  rows: readonly MessageRow[],
  { role }: Caller,
): Promise<z.infer<typeof message>[]> {
  const attachments = await attachmentsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => presentMessage(row, attachments, { role, encryption }));
}

/** A ticket with all that the caller may read in it. */
export async function shownTicket(
  deps: Pick<ApiDependencies, 'db' | 'encryption'>,
  row: TicketRow,
  caller: Caller,
): Promise<z.infer<typeof ticketWithMessages>> {
  const { db } = deps;
  const messages = await shownMessages(deps, await messagesOf(db, row.id, isStaff(caller.role)), caller);
  const [shown] = await shownTickets(deps, [row], caller);
  if (shown === undefined) throw new Problem('not_found');
  return { ...shown, messages };
}

/** Tickets as the caller sees them in a list. */
export async function shownTickets(
  { db, encryption }: Pick<ApiDependencies, 'db' | 'encryption'>,
  rows: readonly TicketRow[],
  { role }: Caller,
): Promise<z.infer<typeof ticket>[]> {
  const ids = isStaff(role) ? rows.map(({ id }) => id) : [];
  const cases = await casesOfTickets(db, ids);
  return rows.map((row) => presentTicket(row, cases.get(row.id) ?? null, { role, encryption }));
}
