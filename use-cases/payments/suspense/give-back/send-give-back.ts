import { and, eq, isNull } from 'drizzle-orm';
import { itemSaidGone } from '#db/queries/said-gone';
import { giveBacks } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import type { GiveBackStatus } from '#domain/payments/payment';
import { clearOf } from '#platform/encryption';
import { ProviderFailure } from '#providers/provider-failure';
import { record, transact } from '../../../context.ts';
import { callbackUrlOf } from '../../callback-url.ts';
import type { PaymentDependencies } from '../../dependencies.ts';
import { bookStatedReturns } from './stated-returns.ts';
import {
  chargedOf,
  findGiveBack,
  lockGiveBack,
  recordGiveBack,
  sumOfGiveBack,
  type GiveBack,
} from './give-back-record.ts';

const actor = system('suspense');

/**
 * Sends money in suspense back to whoever paid it. It is marked as sent before the request goes out, and sent again
 * only where the provider said that it did not take it. What a statement says went back already is not sent.
 *
 * @throws ProviderFailure where it did not, or gives no statement: the next try sends it.
 */
export async function sendGiveBack(
  deps: PaymentDependencies,
  { giveBackId: id }: { readonly giveBackId: string },
): Promise<GiveBackStatus> {
  const found = await findGiveBack(deps.db, id);
  const provider = deps.mobileMoney.get(found.item.provider);
  const asked = request(deps, found);
  const held = await heldByStatement(deps, found);
  if (held !== null) return held;
  // Nothing is waited for between the claim and the sending.
  await provider.ready().catch(() => {});
  const claimed = await claim(deps, id);
  if (!(claimed instanceof Date)) return claimed;
  try {
    const { providerRequestId, receipt } = await provider.refund(asked);
    if (receipt !== undefined)
      return await transact(deps.db, actor, new Date(), (context) =>
        recordGiveBack(context, id, { state: 'succeeded', receipt, amount: asked.amount }),
      );
    await deps.db.update(giveBacks).set({ providerRequestId }).where(eq(giveBacks.id, id));
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    const { kind, reason, message: detail } = error;
    if (kind === 'refused')
      return transact(deps.db, actor, new Date(), (context) =>
        recordGiveBack(context, id, { state: 'failed', reason, detail }),
      );
    if (kind === 'unknown') return 'pending';
    const isOurs = and(eq(giveBacks.id, id), eq(giveBacks.sentAt, claimed), isNull(giveBacks.providerRequestId));
    await deps.db.update(giveBacks).set({ sent: false }).where(isOurs);
    throw error;
  }
  return (await findGiveBack(deps.db, id)).row.status;
}

/** @returns how it stands where a statement says that some of it went back, or may have; null otherwise. */
async function heldByStatement(deps: PaymentDependencies, { row, item }: GiveBack): Promise<GiveBackStatus | null> {
  if (row.status !== 'pending' || row.sent) return null;
  try {
    await bookStatedReturns(deps, item);
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { message: detail } = error;
    return transact(deps.db, actor, new Date(), (context) =>
      recordGiveBack(context, row.id, { state: 'failed', reason: 'not_due', detail }),
    );
  }
}

function request(deps: PaymentDependencies, found: GiveBack) {
  const { row, item } = found;
  const { provider, receipt, market, payerEncrypted } = item;
  const amount = sumOfGiveBack(found);
  return {
    refundId: row.id,
    attemptId: item.id,
    receipt,
    charged: chargedOf(found),
    of: 'payBill' as const,
    payer: clearOf(deps.encryption, payerEncrypted),
    amount,
    market,
    callbackUrl: callbackUrlOf(deps, { id: row.id, provider }),
  };
}

/** @returns when it is sent, on the wall; how it stands where it was sent, is over, or is not to be sent any more. */
function claim(deps: PaymentDependencies, id: string): Promise<Date | GiveBackStatus> {
  return transact(deps.db, actor, new Date(), async (context) => {
    const { row, item } = await lockGiveBack(context.tx, id);
    if (row.status !== 'pending' || row.sent) return row.status;
    // A part of it may have turned out to be gone.
    if (item.status !== 'returning' || sumOfGiveBack({ row, item }).amount !== item.amount) {
      const detail = 'the money has left suspense';
      return recordGiveBack(context, id, { state: 'failed', reason: 'not_due', detail });
    }
    const gone = await itemSaidGone(context.tx, item);
    if (gone !== null) {
      const detail = `the money may not be with its provider (case ${gone})`;
      return recordGiveBack(context, id, { state: 'failed', reason: 'not_due', detail });
    }
    const sentAt = context.at;
    await context.tx.update(giveBacks).set({ sent: true, sentAt }).where(eq(giveBacks.id, id));
    await record(context, {
      key: `inbound.give_back_sent:${id}`,
      type: 'inbound.give_back_sent',
      subject: item.id,
      detail: { giveBackId: id },
    });
    return sentAt;
  });
}
