import { Problem } from '#domain/errors';
import type { Reversal } from '#domain/leases/orders';
import type { Standing } from '#domain/leases/standing';
import { formatMoney, money } from '#domain/money';
import { isBooked } from '#db/queries/payment-states';
import type { Context } from '../../context.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { amountOf } from '../../leases/credit-shares.ts';
import { standingOf, type LeaseRecord } from '../../leases/lease-record.ts';
import { type AttemptRow } from '../attempt-record.ts';
import { tellOfAccount } from '../../leases/tell-of-account.ts';
import { lookAtFloat } from '../cash/check-float.ts';
import { undoRefund } from '../undo-refund.ts';

/**
 * Credit that was booked as paid out in cash never was: the customer's credit is there again, and the agent holds the cash.
 * What is owed or in dispute it pays first. Call it with the lease and the refund locked.
 *
 * @throws Problem forbidden for whoever has booked it; invalid_state for what is not in the books, or went by mobile money;
 * unprocessable for a part of it
 */
export async function takeRefundBack(
  context: Context,
  found: LeaseRecord,
  refund: AttemptRow,
  { reason, to, amount: part }: Reversal,
): Promise<Standing> {
  const { id, agentId, source, currency } = refund;
  if (source === null || agentId === null)
    throw new Problem('invalid_state', 'a refund by mobile money cannot be reversed');
  if (!isBooked(refund)) throw new Problem('invalid_state', 'the refund is not in the books');
  if (agentId === context.actor.id)
    throw new Problem('forbidden', 'another admin than who has paid it out takes it back');
  const path = part === undefined ? 'to' : 'amount.amount';
  const message = 'what was paid out in cash goes back to the float, all of it';
  if (part !== undefined || to !== undefined) throw new Problem('unprocessable', message, [{ path, message }]);
  const description = `${formatMoney(money(amountOf(refund), currency))} that was not paid out in cash`;
  const row = await undoRefund(context, found.row, refund, {
    as: 'taken_back',
    description,
    detail: { agentId, reason },
  });
  await lookAtFloat(context, agentId, currency);
  const after = await reckonAnew(context, { ...found, row });
  const amount = amountOf(refund);
  await tellOfAccount(context, after, { key: `${id}:undone`, change: 'payout_undone', amount });
  return standingOf(after, context.at);
}
