import { eq } from 'drizzle-orm';
import { itemSaidGone } from '#db/queries/said-gone';
import type { LeaseRow } from '#db/queries/leases';
import type { InboundRow } from '#db/queries/suspense';
import { giveBacks, inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { formatMoney, money } from '#domain/money';
import { notReturnable } from '#domain/payments/give-back';
import { needsAdmin } from '#domain/needs-admin';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import type { CommandKey } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import { startGiveBack } from '#steering/start-give-back';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { record, transact } from '../../../context.ts';
import type { PaymentDependencies } from '../../dependencies.ts';
import { askGiveBacksBefore } from './ask-before.ts';
import { closeGiveBackFailed } from './close-give-back-failed.ts';
import { leaseForInbound, tellOfNamed } from '../../inbound-record.ts';

/**
 * Staff, or the platform by itself, have money in suspense sent back to whoever had paid it, once: from now on no lease
 * gets it, until the provider refuses. The same request again is the same one.
 *
 * @param order.lease that is over, whose reference was typed: its customer hears of it
 * @throws Problem not_found; forbidden for a sum that is for an admin; conflict where it does not wait in suspense;
 * not_returnable where its provider cannot send it back; invalid_state while it may not be there (`itemSaidGone`)
 */
export async function orderGiveBack(
  deps: PaymentDependencies,
  actor: Actor,
  { inboundId, reason, lease }: { readonly inboundId: string; readonly reason: string; readonly lease?: LeaseRow },
  key: CommandKey,
): Promise<void> {
  const id = uuidFor('give-back', inboundId, actor.id, key);
  await askGiveBacksBefore(deps, inboundId);
  await transact(deps.db, actor, new Date(), async (context) => {
    const { tx } = context;
    const [item] = await tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (item === undefined) throw new Problem('not_found');
    const [before] = await tx.select({ id: giveBacks.id }).from(giveBacks).where(eq(giveBacks.id, id));
    if (before !== undefined) return;
    refuse(deps, actor, item);
    const gone = await itemSaidGone(tx, item);
    if (gone !== null) throw new Problem('invalid_state', `the money may not be with its provider (case ${gone})`);
    await tx.insert(giveBacks).values({
      id,
      inboundId,
      amount: item.amount,
      status: 'pending',
      reason,
      requestedBy: actor.role === 'system' ? null : actor.id,
      callbackHash: callbackHash(deps.encryption, callbackSecret(deps.encryption, id)),
      createdAt: context.at,
    });
    await tx.update(inbound).set({ status: 'returning' }).where(eq(inbound.id, inboundId));
    await closeGiveBackFailed(context, inboundId, 'it is tried again');
    await record(context, {
      key: `inbound.give_back_ordered:${id}`,
      type: 'inbound.give_back_ordered',
      subject: inboundId,
      detail: { giveBackId: id, amount: money(item.amount, item.currency), reason },
    });
    if (lease !== undefined) await tellOfNamed(context, 'payment.sent_back', lease, item);
  });
  await startGiveBack(deps, id);
  // What its lease put off because it might be paid by this money is due.
  const leaseId = await leaseForInbound(deps, { inboundId });
  if (leaseId !== null) await tellBooksChanged(deps, leaseId);
}

function refuse({ mobileMoney }: PaymentDependencies, { role }: Actor, item: InboundRow): void {
  if (needsAdmin(item) && role !== 'admin')
    throw new Problem('forbidden', `an admin gives back ${formatMoney(money(item.amount, item.currency))}`);
  if (item.status !== 'suspense')
    throw new Problem('conflict', 'the money does not wait in suspense: a lease has it, or it goes back already');
  const { payBillRefunds, mostAtOnce, leastAtOnce } = mobileMoney.get(item.provider);
  const isPayerKnown = item.payerEncrypted !== null && item.payerEncrypted !== '';
  const isWhole = item.wentBack + item.claimed === 0;
  const why = notReturnable({ ...item, isPayerKnown, isWhole }, payBillRefunds, {
    most: mostAtOnce[item.market],
    least: leastAtOnce[item.market],
  });
  if (why !== null) throw new Problem('not_returnable', why);
}
