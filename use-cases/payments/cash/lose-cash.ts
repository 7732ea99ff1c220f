import { eq } from 'drizzle-orm';
import { transfers } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { marketOf } from '#domain/markets';
import { formatMoney, type Money } from '#domain/money';
import { books, lostCash } from '#domain/ledger/ledger';
import { refuseUnpayable } from '#domain/payable';
import { record, type Context } from '../../context.ts';
import { postTransfer } from '../../ledger/post-transfer.ts';
import { lockFloat, lookAtFloat } from './check-float.ts';
import { refuseMoreThanHeld } from './remittances.ts';

/**
 * Cash that an agent holds by the books is gone: lost, stolen, or short when it was counted. The house bears it, and
 * it leaves his float.
 *
 * @param lossId booked again, nothing changes
 * @throws Problem same_person for the agent himself; unprocessable for more than he holds and has not declared, or
 * for what cannot be paid.
 */
export async function loseCash(
  context: Context,
  { lossId, agentId, amount, reason }: { lossId: string; agentId: string; amount: Money; reason: string },
): Promise<void> {
  if (context.actor.id === agentId) throw new Problem('same_person', 'another admin books what an agent has lost');
  refuseUnpayable(amount);
  await lockFloat(context, agentId);
  const key = `cash-lost:${lossId}`;
  const [before] = await context.tx.select({ id: transfers.id }).from(transfers).where(eq(transfers.key, key));
  if (before !== undefined) return;
  await refuseMoreThanHeld(context, agentId, amount);
  await postTransfer(context, {
    key,
    kind: 'cash_lost',
    leaseId: null,
    book: books.agent(agentId),
    currency: amount.currency,
    businessDate: localDateAt(context.at.getTime(), marketOf(amount.currency)),
    description: `${formatMoney(amount)} of cash lost`,
    cause: { lossId },
    entries: lostCash(agentId, amount.amount),
  });
  await lookAtFloat(context, agentId, amount.currency);
  await record(context, { type: 'float.lost', subject: agentId, detail: { agentId, amount, reason } });
}
