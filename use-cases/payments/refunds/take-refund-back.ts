import { and, eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Reversal } from '#domain/leases/orders';
import type { Standing } from '#domain/leases/standing';
import { formatMoney, money } from '#domain/money';
import { isBooked } from '#db/queries/payment-states';
import { recordOnLease, type Context } from '../../context.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { amountOf } from '../../leases/credit-shares.ts';
import { standingOf, type LeaseRecord } from '../../leases/lease-record.ts';
import { type AttemptRow } from '../attempt-record.ts';
import { tellOfAccount } from '../../leases/tell-of-account.ts';
import { lookAtFloat } from '../cash/check-float.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { cameBackFrom } from './refund-came-back.ts';
import { undoRefund } from '../undo-refund.ts';

/**
 * Credit that was booked as paid out in cash never was, and the agent holds the cash; or what went by mobile money its provider sent
 * back: the customer's credit is there again. What is owed or in dispute it pays first. Call it with the lease and the refund locked.
 *
 * @throws Problem forbidden for whoever has booked it; invalid_state for what is not in the books; unprocessable for a part of it;
 * as `cameBackFrom`
 */
export async function takeRefundBack(
  context: Context,
  found: LeaseRecord,
  refund: AttemptRow,
  { reason, to, amount: part, receipt }: Reversal,
): Promise<Standing> {
  const { id, agentId, source, currency } = refund;
  if (!isBooked(refund)) throw new Problem('invalid_state', 'the refund is not in the books');
  if (agentId === context.actor.id)
    throw new Problem('forbidden', 'another admin than who has paid it out takes it back');
  const path = part === undefined ? 'to' : 'amount.amount';
  const message = 'what was paid out comes back to where it came from, all of it';
  if (part !== undefined || to !== undefined) throw new Problem('unprocessable', message, [{ path, message }]);
  const from = source ?? (await cameBackFrom(context, refund, receipt));
  const how = agentId === null ? 'paid out' : 'paid out in cash';
  const description = `${formatMoney(money(amountOf(refund), currency))} that was not ${how}`;
  const row = await undoRefund(context, found.row, { ...refund, source: from }, description);
  if (agentId !== null) await lookAtFloat(context, agentId, currency);
  const isBeyond = and(eq(cases.paymentId, id), eq(cases.kind, 'refund_beyond_credit'));
  await closeCasesOf(context, isBeyond, 'it came back');
  await recordOnLease(context, row, {
    key: `payment.refund_taken_back:${id}`,
    type: 'payment.refund_taken_back',
    subject: id,
    detail: {
      paymentId: id,
      agentId,
      amount: money(amountOf(refund), currency),
      reason,
      ...(receipt !== undefined && { receipt }),
    },
  });
  const after = await reckonAnew(context, { ...found, row });
  const amount = amountOf(refund);
  await tellOfAccount(context, after, {
    key: `${id}:undone`,
    change: agentId === null ? 'refund_came_back' : 'payout_undone',
    amount,
  });
  return standingOf(after, context.at);
}
