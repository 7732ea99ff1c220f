import type { Database } from '#db/client';
import { findLease, leaseStands } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import { leavingOn } from '#domain/leases/leaving';
import { twoThirdsOf } from '#domain/leases/position';
import { settlementOn } from '#domain/leases/settlement';
import { isRunning } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import { formatMoney, money } from '#domain/money';

/**
 * What a customer owns of the vehicle, on the lease's own clock: the part of the price that is paid.
 *
 * @throws Problem not_found
 */
export async function readOwnership(db: Database, leaseId: string) {
  const row = await findLease(db, leaseId);
  if (row === undefined) throw new Problem('not_found');
  const [stand] = await leaseStands(db, [row]);
  if (stand === undefined) throw new Problem('not_found');
  const { lines, today: asOf, position, ownedPercent } = stand;
  const { paid, outstanding, twoThirdsPaid } = position;
  const sum = (amount: number) => money(amount, row.currency);
  const settle = isRunning(row.status)
    ? settlementOn(asOf, row, lines, {
        markupPercent: row.plan.markupPercent,
        unit: marketRules(row.market).lineUnit,
      })
    : null;
  const leave = leavingOn(row.status, position);
  const twoThirds = twoThirdsOf(row.totalPrice);
  return {
    asOf,
    ownedPercent,
    paid: sum(paid),
    totalPrice: sum(row.totalPrice),
    outstanding: sum(outstanding),
    explanation: explained(ownedPercent, formatMoney(sum(paid)), formatMoney(sum(row.totalPrice))),
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

function explained(percent: number, paid: string, total: string): string {
  if (percent === 100) return 'The vehicle is yours.';
  return `You have paid ${paid} of ${total}, which is ${percent} %. The vehicle becomes yours with the last payment; until then it belongs to the house.`;
}
