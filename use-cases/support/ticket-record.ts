import { eq, inArray } from 'drizzle-orm';
import type { TicketRow } from '#db/queries/tickets';
import { audit, tickets } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { deadlinesOf, usedUntil } from '#domain/support/deadlines';
import type { TicketStatus } from '#domain/support/ticket';
import { waitOf } from '#domain/support/wait';
import { enteredSince } from '../calendars/business-deadline.ts';
import { emit, record, type Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';

/**
 * Locks a ticket to change it, after its customer, whose events leave in order.
 *
 * @throws Problem not_found; invalid_state where its customer was erased.
 */
export async function lockTicket(context: Context, id: string): Promise<TicketRow> {
  const { tx } = context;
  const [found] = await tx.select({ customerId: tickets.customerId }).from(tickets).where(eq(tickets.id, id));
  if (found === undefined) throw new Problem('not_found');
  const { erasedAt } = await lockUser(context, found.customerId);
  if (erasedAt !== null) throw new Problem('invalid_state', 'its customer was erased');
  const [row] = await tx.select().from(tickets).where(eq(tickets.id, id)).for('update');
  if (row === undefined) throw new Problem('not_found');
  return row;
}

/**
 * Locks the ticket in which one goes on: itself, or where it was merged into, however often that was merged again.
 *
 * @throws Problem as `lockTicket`
 */
export async function lockWhereItGoesOn(context: Context, id: string): Promise<TicketRow> {
  const ticket = await lockTicket(context, id);
  return ticket.mergedIntoId === null ? ticket : lockWhereItGoesOn(context, ticket.mergedIntoId);
}

/** The same, for what may only be done in some statuses. @throws Problem invalid_state in any other */
export async function lockTicketIn(
  context: Context,
  id: string,
  statuses: readonly TicketStatus[],
): Promise<TicketRow> {
  return refuseOtherThan(statuses, await lockTicket(context, id));
}

/** @throws Problem invalid_state in any other status */
export function refuseOtherThan(statuses: readonly TicketStatus[], row: TicketRow): TicketRow {
  if (!statuses.includes(row.status)) throw new Problem('invalid_state', `the ticket is ${row.status}`);
  return row;
}

/**
 * Does what a request asks of a ticket once. Sent again after the process has died between commit and answer, the ticket
 * is answered as it is now.
 *
 * @param command the same for the same request
 */
export async function doOnce(
  context: Context,
  { id, command }: { readonly id: string; readonly command: string },
  act: (context: TicketContext) => Promise<TicketRow>,
): Promise<TicketRow> {
  const ticket = await lockWhereItGoesOn(context, id);
  const [done] = await context.tx
    .select({ id: audit.id })
    .from(audit)
    .where(inArray(audit.key, [keyOf(command, id), keyOf(command, ticket.id)]));
  return done === undefined ? act({ ...context, command }) : ticket;
}

/** In which the entries of the audit say by which command they are. */
interface TicketContext extends Context {
  readonly command?: string;
}

const keyOf = (command: string, ticketId: string) => `ticket:${command}:${ticketId}`;

/** What is in hand: whatever a person may still work on. */
export const inHand = ['open', 'waiting'] as const satisfies readonly TicketStatus[];

type Changes = Partial<Omit<TicketRow, 'id' | 'version'>>;

/** What of a ticket its deadlines follow from. */
type Clocked = Pick<
  TicketRow,
  | 'market'
  | 'priority'
  | 'usedMs'
  | 'runningSince'
  | 'firstAnsweredAt'
  | 'unansweredUsedMs'
  | 'level'
  | 'escalatedAt'
  | 'escalatedUsedMs'
  | 'firstAnswerDueAt'
  | 'resolutionDueAt'
  | 'resolvedAt'
>;

/** The deadlines as they are by its clock and today's holidays. What has been met, or missed and done, stays as it was. */
export async function deadlineColumns({ tx }: Pick<Context, 'tx'>, row: Clocked) {
  const since = Math.min(...[row.runningSince, row.escalatedAt].flatMap((at) => at?.getTime() ?? []), Infinity);
  const entered = await enteredSince(tx, row.market, since === Infinity ? 0 : since);
  const ms = (at: Date | null) => at?.getTime() ?? null;
  const clock = {
    ...row,
    runningSince: ms(row.runningSince),
    firstAnsweredAt: ms(row.firstAnsweredAt),
    escalatedAt: ms(row.escalatedAt),
  };
  const due = deadlinesOf(clock, entered);
  const date = (at: number | null) => (at === null ? null : new Date(at));
  return {
    firstAnswerDueAt: row.firstAnsweredAt === null ? date(due.firstAnswerDueAt) : row.firstAnswerDueAt,
    resolutionDueAt: row.resolvedAt === null ? date(due.resolutionDueAt) : row.resolutionDueAt,
    escalatesAt: date(due.escalatesAt),
  };
}

/** A wait for the customer begins with the status, and ends with it; what changes meanwhile leaves it as it is. */
function waitColumns(before: TicketRow, { status = before.status }: Changes, at: Date) {
  if (status !== 'waiting') return { waitRemindsAt: null, waitEndsAt: null };
  return before.status === 'waiting' ? {} : waitFrom(before, at);
}

/** The wait for a customer who was asked something at `at`. */
export function waitFrom({ market }: Pick<TicketRow, 'market'>, at: Date) {
  const { remindsAt, endsAt } = waitOf(at.getTime(), market);
  return { waitRemindsAt: new Date(remindsAt), waitEndsAt: new Date(endsAt) };
}

/** The clock stands from `at` on: what it has counted is kept. */
export async function stopped({ tx, at }: Context, row: TicketRow) {
  const { market, usedMs } = row;
  const runningSince = row.runningSince?.getTime() ?? null;
  const entered = await enteredSince(tx, market, runningSince ?? at.getTime());
  return { usedMs: usedUntil({ market, usedMs, runningSince }, at.getTime(), entered), runningSince: null };
}

/** The customer has said something: since when he waits for an answer, on the ticket's clock. */
export async function unansweredFrom(context: Context, row: TicketRow) {
  return { unansweredUsedMs: row.unansweredUsedMs ?? (await stopped(context, row)).usedMs };
}

/**
 * Another priority begins another span: its hours were not promised before, and what is over by then is due from now on, in
 * office hours.
 */
async function spanOf(context: Context, before: TicketRow, { priority = before.priority, runningSince }: Changes) {
  const isOther = priority !== before.priority && before.runningSince !== null && runningSince === undefined;
  return isOther ? { ...(await stopped(context, before)), runningSince: context.at } : {};
}

/**
 * Changes a ticket that is locked, with what that means for its deadlines, its audit entry and its event.
 *
 * @param change what was done, for both: `answered`, `merged`, …
 */
export async function changeTicket(
  context: TicketContext,
  before: TicketRow,
  change: string,
  changes: Changes,
  detail: Record<string, unknown> = {},
): Promise<TicketRow> {
  const { tx, at, command } = context;
  const counted = { ...(await spanOf(context, before, changes)), ...changes };
  const due = { ...waitColumns(before, changes, at), ...(await deadlineColumns(context, { ...before, ...counted })) };
  const [after] = await tx
    .update(tickets)
    .set({ ...counted, ...due, updatedAt: at })
    .where(eq(tickets.id, before.id))
    .returning();
  if (after === undefined) throw new Problem('not_found');
  const { id, customerId, status, priority } = after;
  await record(context, {
    ...(command !== undefined && { key: keyOf(command, id) }),
    type: `ticket.${change}`,
    subject: id,
    detail: { status, priority, ...detail },
  });
  await emit(context, {
    type: 'support.ticket.updated',
    subject: customerId,
    leaseId: after.leaseId,
    data: { ...ticketFactsOf(after), change },
  });
  return after;
}

/** What every event of a ticket tells. */
export const ticketFactsOf = ({ id, customerId, market, category, priority, status }: TicketRow) => ({
  ticketId: id,
  customerId,
  market,
  category,
  priority,
  status,
});
