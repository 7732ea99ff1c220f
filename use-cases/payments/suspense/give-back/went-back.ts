import { and, desc, eq, ne, or, sql } from 'drizzle-orm';
import { giveBacks, inbound } from '#db/schema/index';
import { money } from '#domain/money';
import type { Context } from '../../../context.ts';
import { returnFromSuspense } from '../return-from-suspense.ts';
import { keepTakenBackLine } from '../../lines/taken-back-line.ts';
import { recordGiveBack } from './give-back-record.ts';

/**
 * A statement says that money in suspense went back: by the give-back that it names, or else by the newest of that sum, where there
 * is one, or by the provider itself, as a whole.
 *
 * @param about.movementId of the give-back, where the statement names one
 * @param about.amount of the line, in minor units
 * @param about.at on the provider's wall; `receipt` of what went back, as the provider names it
 * @returns false where it does not wait: a lease has it, or it went back before.
 */
export async function wentBack(
  context: Context,
  {
    inboundId,
    movementId,
    amount,
    at,
    receipt,
  }: {
    readonly inboundId: string;
    readonly movementId: string;
    readonly amount: number;
    readonly at: Date;
    readonly receipt: string;
  },
): Promise<boolean> {
  const [item] = await context.tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
  if (item?.status !== 'suspense' && item?.status !== 'returning') return false;
  const isOfSum = eq(sql`coalesce(${giveBacks.amount}, ${item.amount})`, amount);
  const isIt = or(eq(giveBacks.id, movementId), isOfSum);
  const [ours] = await context.tx
    .select({ id: giveBacks.id })
    .from(giveBacks)
    .where(and(eq(giveBacks.inboundId, inboundId), eq(giveBacks.sent, true), ne(giveBacks.status, 'succeeded'), isIt))
    .orderBy(desc(eq(giveBacks.id, movementId)), desc(giveBacks.createdAt))
    .limit(1);
  if (ours === undefined) return (await returnFromSuspense(context, { inboundId, at, receipt })) !== null;
  await recordGiveBack(context, ours.id, { state: 'succeeded', receipt, amount: money(amount, item.currency) }, at);
  const [{ transferId } = { transferId: null }] = await context.tx
    .select({ transferId: giveBacks.transferId })
    .from(giveBacks)
    .where(eq(giveBacks.id, ours.id));
  const line = { receipt, originalReceipt: item.receipt, amount, at: at.getTime() };
  if (transferId !== null) await keepTakenBackLine(context, item, line, { transferId });
  return true;
}
