import { z } from '@hono/zod-openapi';
import type { Database } from '#db/client';
import { leaseStands } from '#db/queries/leases';
import { titleWaits } from '#db/queries/said-gone';
import { ownershipWords } from '#domain/leases/ownership-words';
import { leavingOn } from '#domain/leases/leaving';
import { twoThirdsOf } from '#domain/leases/position';
import { settlementOn } from '#domain/leases/settlement';
import { isRunning } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import { formatMoney, money } from '#domain/money';
import type { ApiDependencies } from '../dependencies.ts';
import { found, leaseOf, ownLease } from '../guards.ts';
import { defineRoute, everybody, type router } from '../route.ts';
import { balance, idParam, localDay } from '../schemas.ts';

export const ownership = z
  .object({
    asOf: localDay,
    ownedPercent: z.int(),
    paid: balance.openapi({ description: 'Deposit and instalments: the value of what is owned' }),
    totalPrice: balance,
    outstanding: balance,
    explanation: z.string(),
    twoThirdsPaid: z.boolean(),
    twoThirdsAt: z.object({ paid: balance, missing: balance }),
    settleToday: z
      .object({ amount: balance, saved: balance })
      .nullable()
      .openapi({ description: 'What owning the vehicle today costs; null where there is nothing to settle' }),
    leaveToday: z
      .object({ amount: balance, refund: balance, kept: balance, forgiven: balance })
      .nullable()
      .openapi({ description: 'What giving the vehicle back today costs; null where there is nothing to leave' }),
  })
  .openapi('Ownership');

export function ownershipRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/leases/{id}/ownership',
      summary: 'What is owned, and what settling or leaving costs today',
      tag: 'statements',
      roles: everybody,
      guard: ownLease(deps),
      params: idParam,
      status: 200,
      answer: ownership,
    }),
    async (c) => c.json(await readOwnership(deps.db, c.req.valid('param').id), 200),
  );
}

/**
 * What a customer owns of the vehicle, on the lease's own clock: the part of the price that is paid.
 *
 * @throws Problem not_found
 */
async function readOwnership(db: Database, leaseId: string) {
  const row = await leaseOf({ db }, leaseId);
  const [stand] = await leaseStands(db, [row]);
  const { lines, today: asOf, position, ownedPercent } = found(stand);
  const { paid, outstanding, twoThirdsPaid } = position;
  const sum = (amount: number) => money(amount, row.currency);
  const { lineUnit: unit, leastAsked } = marketRules(row.market);
  const { markupPercent } = row.plan;
  const settle = isRunning(row.status)
    ? settlementOn(asOf, { ...row, leastAsked }, lines, { markupPercent, unit })
    : null;
  const leave = leavingOn({ status: row.status, today: asOf, position, lines });
  const twoThirds = twoThirdsOf(row.totalPrice);
  return {
    asOf,
    ownedPercent,
    paid: sum(paid),
    totalPrice: sum(row.totalPrice),
    outstanding: sum(outstanding),
    explanation: ownershipWords(row.status, {
      percent: ownedPercent,
      paid: formatMoney(sum(paid)),
      total: formatMoney(sum(row.totalPrice)),
      disputed: row.disputed === 0 ? null : formatMoney(sum(row.disputed)),
      isSaidGone: (await titleWaits(db, leaseId)) !== null,
    }),
    twoThirdsPaid,
    twoThirdsAt: { paid: sum(twoThirds), missing: sum(Math.max(0, twoThirds - paid)) },
    settleToday: settle === null ? null : { amount: sum(settle.amount), saved: sum(settle.saved) },
    leaveToday:
      leave === null
        ? null
        : {
            amount: sum(leave.amount),
            refund: sum(leave.refund),
            kept: sum(leave.kept),
            forgiven: sum(leave.forgiven),
          },
  };
}
