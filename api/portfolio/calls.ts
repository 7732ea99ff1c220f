import { z } from '@hono/zod-openapi';
import { callList, callsOf } from '#db/queries/call-list';
import { leaseClock } from '#db/queries/leases';
import { leaseStatuses } from '#domain/leases/status';
import { money } from '#domain/money';
import { callOutcomes, callReasons, type CallReason } from '#domain/portfolio/call-reasons';
import { transact } from '#use-cases/context';
import { recordCall } from '#use-cases/portfolio/record-call';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, staff, type router } from '../route.ts';
import { pageOfAll } from '../cursor.ts';
import { balance, idParam, instant, listOf, localDay, market, pageSize, uuid, wholeQuery } from '../schemas.ts';

const reasonNames = Object.keys(callReasons) as [CallReason, ...CallReason[]];
const told = Object.entries(callReasons).map(([name, says]) => `\`${name}\`: ${says}.`);

export const toCall = z
  .object({
    data: z.array(
      z.object({
        leaseId: uuid,
        reference: z.string(),
        market,
        status: z.enum(leaseStatuses),
        customer: z.object({ id: uuid, name: z.string(), phone: z.string().nullable(), language: z.string() }),
        vehicleId: uuid,
        daysPastDue: z.int(),
        overdue: balance,
        reasons: z.array(z.enum(reasonNames)).openapi({ description: ['The most pressing first.', ...told].join(' ') }),
        lastCall: z.object({ on: localDay, outcome: z.enum(callOutcomes) }).nullable(),
      }),
    ),
    nextCursor: z.null().openapi({ description: 'Always null: whoever was rung leaves the list, and others move up' }),
  })
  .openapi('CallList');

const call = z
  .object({
    id: uuid,
    leaseId: uuid,
    outcome: z.enum(callOutcomes),
    callAgainOn: localDay.nullable(),
    by: uuid,
    at: instant,
  })
  .openapi('Call');

/** Whom to ring today and why, and how it went. */
export function callRoutes(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const { db, encryption } = deps;
  const common = { tag: 'portfolio', roles: staff } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'get',
      path: '/portfolio/call-list',
      summary: 'Whom to ring today and why, the most pressing first',
      query: z.object({ market: market.optional(), limit: pageSize(100, 20) }),
      status: 200,
      answer: toCall,
    }),
    async (c) => {
      const rows = await callList(db, c.req.valid('query'));
      const data = rows.map(({ customerId, name, phoneEncrypted, language, overdue, currency, reasons, ...row }) => ({
        ...row,
        reasons: [...reasons],
        customer: {
          id: customerId,
          name,
          language,
          phone: phoneEncrypted === null ? null : encryption.decrypt(phoneEncrypted),
        },
        overdue: money(overdue, currency),
      }));
      return c.json({ data, nextCursor: null }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'get',
      path: '/leases/{id}/calls',
      summary: 'Calls that staff made about this lease, the newest first; at most a hundred',
      guard: ownLease(deps),
      params: idParam,
      status: 200,
      query: z.object(wholeQuery),
      answer: listOf(call),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      return c.json(pageOfAll(await callsOf(db, id), c.req.valid('query'), `calls ${id}`), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'post',
      path: '/leases/{id}/calls',
      summary: 'A call to the customer, and how it went: he is off the list for today, or until `callAgainOn`',
      idempotency: 'optional',
      guard: ownLease(deps),
      params: idParam,
      body: z.strictObject({ outcome: z.enum(callOutcomes), callAgainOn: localDay.optional() }),
      status: 201,
      answer: call,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { outcome, callAgainOn = null } = c.req.valid('json');
      const lease = await leaseOf(deps, id);
      const given = { leaseId: id, outcome, callAgainOn };
      const made = await transact(db, callerOf(c).actor, leaseClock(lease), (context) => recordCall(context, given));
      return c.json(made, 201);
    },
  );
}
