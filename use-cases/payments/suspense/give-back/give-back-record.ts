import { and, eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '#db/client';
import type { GiveBackRow, InboundRow } from '#db/queries/suspense';
import { cases, giveBacks, inbound } from '#db/schema/index';
import { keys } from '#domain/ledger/keys';
import { money, type Money } from '#domain/money';
import type { GiveBackStatus } from '#domain/payments/payment';
import { normalReceipt } from '#domain/payments/receipt';
import type { ProviderStatus } from '#providers/mobile-money/provider';
import { closeCasesOf } from '../../../cases/close-case.ts';
import { openCase } from '../../../cases/open-case.ts';
import { record, type Context } from '../../../context.ts';
import { tellOfWallet, walletPays } from '../../our-wallet.ts';
import { returnFromSuspense } from '../return-from-suspense.ts';

type Final = Extract<ProviderStatus, { state: 'succeeded' | 'failed' }>;

export interface GiveBack {
  readonly row: GiveBackRow;
  readonly item: InboundRow;
}

/** What a give-back sends, or has sent: its own sum, whatever waits now. */
export const sumOfGiveBack = ({ row, item }: GiveBack): Money => money(row.amount ?? item.amount, item.currency);

/** What its receipt brought: also what of it went back before, and what pays a claim. */
export const chargedOf = ({ item }: GiveBack): Money =>
  money(item.amount + item.wentBack + item.claimed, item.currency);

/** A give-back, and the money in suspense that it is of. */
export async function findGiveBack(db: Queryable, id: string): Promise<GiveBack> {
  const [found] = await db
    .select({ row: giveBacks, item: inbound })
    .from(giveBacks)
    .innerJoin(inbound, eq(inbound.id, giveBacks.inboundId))
    .where(eq(giveBacks.id, id));
  if (found === undefined) throw new Error(`there is no give-back ${id}`);
  return found;
}

/** The same, locked: the money first, as whoever resolves it does. */
export async function lockGiveBack(tx: Transaction, id: string): Promise<GiveBack> {
  const { item } = await findGiveBack(tx, id);
  await tx.select({ id: inbound.id }).from(inbound).where(eq(inbound.id, item.id)).for('update');
  return findGiveBack(tx, id);
}

/**
 * Writes what became of a give-back. The first confirmed success stands; a success after a failure or a doubt counts,
 * since the money is gone: its own sum leaves suspense, and what is more waits on. Where it had left suspense by another way nothing
 * is booked, and reconciliation tells of it.
 *
 * @param paidAt when the provider's statement says that it went; without it, now
 */
export async function recordGiveBack(
  context: Context,
  id: string,
  final: Final,
  paidAt: Date = context.at,
): Promise<GiveBackStatus> {
  const { row, item } = await lockGiveBack(context.tx, id);
  if (row.status === 'succeeded') {
    if (final.state === 'succeeded' && row.providerReference === null) await nameReceipt(context, id, final.receipt);
    return 'succeeded';
  }
  if (row.status === 'failed' && final.state === 'failed') return 'failed';
  if (row.status === 'unknown') {
    const isDoubt = and(eq(cases.paymentId, item.id), eq(cases.kind, 'unknown_outcome'));
    await closeCasesOf(context, isDoubt, `it is known: ${final.state} (${context.actor.id})`);
  }
  return final.state === 'succeeded'
    ? succeed(context, { row, item }, final, paidAt)
    : fail(context, { row, item }, final);
}

async function nameReceipt({ tx }: Context, id: string, receipt: string | null): Promise<void> {
  if (receipt === null) return;
  await tx
    .update(giveBacks)
    .set({ providerReference: normalReceipt(receipt) })
    .where(eq(giveBacks.id, id));
}

async function succeed(
  context: Context,
  { row, item }: GiveBack,
  { receipt, amount }: Extract<Final, { state: 'succeeded' }>,
  paidAt: Date,
): Promise<GiveBackStatus> {
  const asked = sumOfGiveBack({ row, item });
  const ours = { giveBackId: row.id, amount: asked.amount };
  const transferId = await returnFromSuspense(context, { inboundId: item.id, at: paidAt, receipt, ours });
  const settled = { status: 'succeeded', declined: null, transferId, settledAt: context.at } as const;
  await context.tx.update(giveBacks).set(settled).where(eq(giveBacks.id, row.id));
  await nameReceipt(context, row.id, receipt);
  await walletPays(context, item);
  if (amount.amount !== asked.amount)
    await openCase(context, {
      kind: 'differing_amount',
      leaseId: null,
      paymentId: item.id,
      detail: { asked, confirmed: amount },
    });
  await record(context, {
    key: keys.givenBack(row.id),
    type: 'inbound.given_back',
    subject: item.id,
    detail: { giveBackId: row.id, amount: asked, receipt },
  });
  return 'succeeded';
}

async function fail(
  context: Context,
  { row, item }: GiveBack,
  { reason: declined }: Extract<Final, { state: 'failed' }>,
): Promise<GiveBackStatus> {
  await context.tx
    .update(giveBacks)
    .set({ status: 'failed', declined, settledAt: context.at })
    .where(eq(giveBacks.id, row.id));
  const detail = { giveBackId: row.id, amount: sumOfGiveBack({ row, item }), declined };
  await tellOfWallet(context, item, declined);
  if (item.status === 'returning') {
    await context.tx.update(inbound).set({ status: 'suspense' }).where(eq(inbound.id, item.id));
    await openCase(context, { kind: 'give_back_failed', leaseId: null, paymentId: item.id, detail });
  }
  await record(context, {
    key: `inbound.give_back_failed:${row.id}`,
    type: 'inbound.give_back_failed',
    subject: item.id,
    detail,
  });
  return 'failed';
}
