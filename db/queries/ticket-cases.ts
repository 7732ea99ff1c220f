import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { casesByCategory } from '#domain/support/occasions';
import type { Queryable } from '../client.ts';
import { tenuresAt } from './tenures.ts';

/** Tickets and cases that go together: of categories and kinds, as a list of pairs. */
const pairs = sql.join(
  Object.entries(casesByCategory).flatMap(([category, kinds]) => kinds.map((kind) => sql`(${category}, ${kind})`)),
  sql`, `,
);

/**
 * Which case a ticket goes with: the one that staff have named; for one that an event has opened, what of its lease was a
 * case of the same matter at the same time, while it was its customer's, whichever of them was there first. The newest
 * case first.
 */
const links = (which: SQL) => sql`
  select ticket_id as "ticketId", case_id as "caseId" from (
    select t.id as ticket_id, c.id as case_id, t.created_at, c.opened_at
    from support.tickets t join payments.cases c on c.id = t.case_id where ${which}
    union all
    select t.id, c.id, t.created_at, c.opened_at
    from support.tickets t join payments.cases c on c.lease_id = t.lease_id
    where t.case_id is null and t.cause is not null and (t.category, c.kind) in (${pairs})
      and (t.resolved_at is null or t.resolved_at > c.opened_at) and (c.closed_at is null or c.closed_at > t.created_at)
      and (c.payment_id = t.payment_id or t.customer_id in (${tenuresAt(sql`c.lease_id`, sql`c.opened_at`)}))
      and ${which}
  ) linked order by opened_at desc, created_at`;

const link = z.object({ ticketId: z.uuid(), caseId: z.uuid() });

async function read(db: Queryable, which: SQL) {
  return z.array(link).parse([...(await db.execute(links(which)))]);
}

/** The case that each of these tickets goes with, where there is one. */
export async function casesOfTickets(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = ids.length === 0 ? [] : await read(db, sql`t.id in ${[...ids]}`);
  return new Map(found.toReversed().map(({ ticketId, caseId }) => [ticketId, caseId]));
}

/** The tickets that go with each of these cases, the first first. */
export async function ticketsOfCases(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
  const found = ids.length === 0 ? [] : await read(db, sql`c.id in ${[...ids]}`);
  const linked = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { ticketId, caseId } of found) linked.get(caseId)?.push(ticketId);
  return linked;
}
