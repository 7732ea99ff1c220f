import { z } from '@hono/zod-openapi';
import { ticketsOfCases } from '#db/queries/ticket-cases';
import { findTicket, listTickets, NEVER, ticketOrders } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { priorities, ticketCategories, ticketStatuses } from '#domain/support/ticket';
import { transact } from '#use-cases/context';
import { addMessage } from '#use-cases/support/add-message';
import { openTicket } from '#use-cases/support/open-ticket';
import { updateTicket } from '#use-cases/support/update-ticket';
import type { Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found } from '../guards.ts';
import { tagged, versionsOf } from '../etag.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, listOf, market, pageQuery, text, uuid } from '../schemas.ts';
import {
  idFor,
  message,
  ownTicket,
  prose,
  shownMessages,
  shownTicket,
  shownTickets,
  ticket,
  ticketWithMessages,
} from './ticket.ts';

const tag = 'support';

const filter = z.object({
  ...pageQuery,
  status: z.enum(ticketStatuses).optional(),
  category: z.enum(ticketCategories).optional(),
  priority: z.enum(priorities).optional(),
  market: market.optional(),
  customerId: uuid.optional(),
  assigneeId: uuid.optional(),
  unassigned: z.enum(['true', 'false']).optional(),
  leaseId: uuid.optional(),
  paymentId: uuid.optional(),
  vehicleId: uuid.optional(),
  caseId: uuid.optional(),
  sort: z.enum(ticketOrders).optional().openapi({
    description: '`due`: what staff have to do something about next, by `escalatesAt`; `newest` otherwise',
  }),
});

const attachmentIds = z
  .array(uuid)
  .max(10)
  .refine((ids) => new Set(ids).size === ids.length, 'must name each upload once');

const opening = z
  .strictObject({
    category: z.enum(ticketCategories),
    subject: text(),
    message: prose,
    attachments: attachmentIds.optional(),
    leaseId: uuid.optional(),
    paymentId: uuid.optional(),
    vehicleId: uuid.optional(),
    customerId: uuid.optional().openapi({ description: 'By staff: whose it is' }),
    priority: z
      .enum(priorities)
      .optional()
      .openapi({ description: 'By staff, where the rule of the category does not fit' }),
    branchId: uuid.optional().openapi({ description: 'By staff: a branch of its market' }),
    caseId: uuid.optional().openapi({ description: 'By staff: the case of money that it goes with' }),
  })
  .openapi('TicketRequest');

/** Tickets, and what is written in them. */
export function ticketRoutes(deps: ApiDependencies) {
  const app = router();
  listRoutes(app, deps);
  openingRoutes(app, deps);
  messageRoutes(app, deps);
  return app;
}

function listRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db } = deps;

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/tickets',
      summary: "Tickets, newest first unless sorted: a customer's own, for staff everybody's",
      tag,
      roles: everybody,
      query: filter,
      status: 200,
      answer: listOf(ticket),
    }),
    async (c) => {
      const { id, role } = callerOf(c);
      const { limit, cursor, unassigned, caseId, sort = 'newest', ...wanted } = c.req.valid('query');
      const own = isStaff(role) ? {} : { customerId: id, isShown: true };
      const ids = caseId === undefined ? undefined : ((await ticketsOfCases(db, [caseId])).get(caseId) ?? []);
      const chosen = { ...wanted, ids, unassigned: unassigned === 'true', ...own };
      const rows = await listTickets(db, chosen, { limit: limit + 1, before: timePage(cursor, sort) }, sort);
      const { data, nextCursor } = page(rows, limit, (row) => row, {
        order: sort,
        timeOf: (row) => (sort === 'due' ? (row.escalatesAt ?? NEVER) : row.createdAt),
      });
      return c.json({ data: await shownTickets(deps, data, callerOf(c)), nextCursor }, 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/tickets/{id}',
      summary: 'One ticket with its messages',
      tag,
      roles: everybody,
      guard: ownTicket(deps),
      params: idParam,
      status: 200,
      answer: ticketWithMessages,
    }),
    async (c) => {
      const row = found(await findTicket(db, c.req.valid('param').id));
      return c.json(await shownTicket(deps, row, callerOf(c)), 200, tagged(row));
    },
  );
}

/** Whose ticket it is, and that a customer decides nothing that is for staff. @throws Problem unprocessable */
function customerOf({ id, role }: Caller, body: z.infer<typeof opening>): string {
  if (isStaff(role)) {
    if (body.customerId !== undefined) return body.customerId;
    throw new Problem('unprocessable', 'Say whose it is', [{ path: 'customerId', message: 'is needed' }]);
  }
  const reserved = (['customerId', 'priority', 'branchId', 'caseId'] as const).filter(
    (name) => body[name] !== undefined,
  );
  if (reserved.length === 0) return id;
  const errors = reserved.map((path) => ({ path, message: 'is for staff' }));
  throw new Problem('unprocessable', 'Staff decide about this', errors);
}

function openingRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db } = deps;

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/tickets',
      summary: 'Ask for something; staff for a customer',
      tag,
      roles: everybody,
      idempotency: 'optional',
      body: opening,
      status: 201,
      answer: ticketWithMessages,
    }),
    async (c) => {
      const caller = callerOf(c);
      const body = c.req.valid('json');
      const { message: text, attachments = [], ...order } = body;
      const customerId = customerOf(caller, body);
      const first = { id: idFor(c, 'message'), body: text, internal: false, attachments };
      const row = await transact(db, caller.actor, new Date(), (context) =>
        openTicket(context, deps, { ...order, id: idFor(c, 'ticket'), customerId, message: first }),
      );
      return c.json(await shownTicket(deps, row, caller), 201, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/tickets/{id}',
      summary: 'Say better what it is about, or how urgent: its deadlines move',
      tag,
      roles: staff,
      guard: ownTicket(deps),
      params: idParam,
      body: z.strictObject({
        category: z.enum(ticketCategories).optional(),
        priority: z.enum(priorities).optional(),
        branchId: uuid.nullable().optional(),
      }),
      status: 200,
      answer: ticketWithMessages,
    }),
    async (c) => {
      const caller = callerOf(c);
      const row = await transact(db, caller.actor, new Date(), (context) =>
        updateTicket(context, c.req.valid('param').id, c.req.valid('json'), versionsOf(c)),
      );
      return c.json(await shownTicket(deps, row, caller), 200, tagged(row));
    },
  );
}

function messageRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db } = deps;
  const body = z.strictObject({
    body: prose,
    internal: z.boolean().optional().openapi({ description: 'By staff: customers never see it' }),
    attachments: attachmentIds.optional(),
  });

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/tickets/{id}/messages',
      summary: 'Write into a ticket: what staff write is an answer, unless it is internal',
      tag,
      roles: everybody,
      guard: ownTicket(deps),
      idempotency: 'optional',
      params: idParam,
      body,
      status: 201,
      answer: message,
    }),
    async (c) => {
      const caller = callerOf(c);
      const { internal = false, attachments = [], ...rest } = c.req.valid('json');
      if (internal && !isStaff(caller.role))
        throw new Problem('unprocessable', 'Staff write to each other', [
          { path: 'internal', message: 'is for staff' },
        ]);
      const order = { id: idFor(c, 'message'), ticketId: c.req.valid('param').id, internal, attachments, ...rest };
      const row = await transact(db, caller.actor, new Date(), (context) => addMessage(context, deps, order));
      const [shown] = await shownMessages(deps, [row], caller);
      return c.json(found(shown), 201);
    },
  );
}
