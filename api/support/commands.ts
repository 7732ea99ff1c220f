import { z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import type { TicketRow } from '#db/queries/tickets';
import type { Role } from '#domain/identity/roles';
import { transact, type Context } from '#use-cases/context';
import { assignTicket, claimTicket } from '#use-cases/support/assign-ticket';
import { escalateTicket } from '#use-cases/support/escalate-ticket';
import { mergeTickets } from '#use-cases/support/merge-tickets';
import { rateTicket } from '#use-cases/support/rate-ticket';
import { reopenTicket, resolveTicket, waitForCustomer } from '#use-cases/support/resolve-ticket';
import { doOnce } from '#use-cases/support/ticket-record';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged } from '../etag.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, uuid } from '../schemas.ts';
import { idFor, ownTicket, prose, shownTicket, ticketWithMessages } from './ticket.ts';

const nothing = z.strictObject({});
const said = z.strictObject({ message: prose.optional().openapi({ description: 'What the other side reads' }) });

/** A message that comes with a command. */
function messageOf(c: HttpContext<ApiEnvironment>, body: string | undefined) {
  return body === undefined ? null : { id: idFor(c, 'message'), body };
}

/** What is done with a ticket. Each answers with the ticket as it is then. */
export function ticketCommandRoutes(deps: ApiDependencies) {
  const app = router();

  /** One of them: its path, who may give it, what it takes and does. */
  function command<Given>(
    name: string,
    summary: string,
    roles: readonly Role[],
    body: z.ZodType<Given>,
    act: (context: Context, id: string, input: Given, c: HttpContext<ApiEnvironment>) => Promise<TicketRow>,
  ): void {
    // Without what only the compiler knows of it: the route's own types cannot follow a type parameter.
    const schema: z.ZodType = body;
    const route = defineRoute(deps, {
      method: 'post',
      path: `/tickets/{id}/${name}`,
      summary,
      tag: 'support',
      roles,
      guard: ownTicket(deps),
      idempotency: 'optional',
      params: idParam,
      body: schema,
      status: 200,
      answer: ticketWithMessages,
    });
    app.openapi(route, async (c) => {
      const caller = callerOf(c);
      const input = body.parse(c.req.valid('json'));
      const { id } = c.req.valid('param');
      const command = idFor(c, `ticket ${name}`);
      const row = await transact(deps.db, caller.actor, new Date(), (context) =>
        doOnce(context, { id, command }, (once) => act(once, id, input, c)),
      );
      return c.json(await shownTicket(deps, row, caller), 200, tagged(row));
    });
  }

  command('claim', 'Take a ticket that nobody has', staff, nothing, (context, id) => claimTicket(context, id));
  command('assign', 'Give it to somebody', staff, z.strictObject({ assigneeId: uuid }), (context, id, { assigneeId }) =>
    assignTicket(context, { id, assigneeId }),
  );
  const why = z.strictObject({ reason: prose.optional().openapi({ description: 'For staff to read' }) });
  command('escalate', 'Take it to the next level at once', staff, why, (context, id, { reason }, c) =>
    escalateTicket(context, deps, { id, note: messageOf(c, reason) }),
  );
  command('wait', 'Wait for the customer: the clock stands', staff, said, (context, id, { message }, c) =>
    waitForCustomer(context, deps, { id, message: messageOf(c, message) }),
  );
  command('resolve', 'It is done: every clock stops', staff, said, (context, id, { message }, c) =>
    resolveTicket(context, deps, { id, message: messageOf(c, message) }),
  );
  command('reopen', 'It was not done: the clock goes on', everybody, said, (context, id, { message }, c) =>
    reopenTicket(context, deps, { id, message: messageOf(c, message) }),
  );
  command(
    'merge',
    'Let it go on in another one of the same customer',
    staff,
    z.strictObject({ intoId: uuid }),
    (context, id, { intoId }) => mergeTickets(context, { id, intoId }),
  );
  const digit = z.strictObject({ rating: z.int().min(1).max(5) });
  command('rate', 'How content I am, once it is resolved', ['customer'], digit, (context, id, { rating }) =>
    rateTicket(context, { id, rating }),
  );
  return app;
}
