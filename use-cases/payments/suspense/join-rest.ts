import { eq } from 'drizzle-orm';
import type { TakenBack } from '#db/queries/reversals';
import { attempts, inbound } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { books, suspend } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { recordOnLease, type Context } from '../../context.ts';
import type { LeaseRow } from '../../leases/lease-record.ts';
import { postTransfer } from '../../ledger/post-transfer.ts';
import { providerOf, type AttemptRow } from '../attempt-record.ts';
import { freeTakenBackLines } from '../lines/taken-back-line.ts';
import { gone, itemOf } from './item-of-payment.ts';
import { saidToBeBack } from './reversed-money.ts';

/**
 * Parts of a payment that its provider was said to have taken by a slip, when what was left of it was put into suspense as
 * another lease's: they are no more its lease's than the rest is, and wait with that. Call it with the lease and the payment locked.
 *
 * @returns false where the rest waits no more, since it went back: nothing is booked then, and the parts alone are what the
 * payment is of what came
 * @throws Problem conflict where it is on its way back, or another lease has it, or a person alone has said that it went back: nobody
 * could say afterwards that it waits still
 */
export async function joinRest(
  context: Context,
  row: LeaseRow,
  attempt: AttemptRow,
  { parts, reason }: { readonly parts: readonly TakenBack[]; readonly reason: string },
): Promise<boolean> {
  const { tx } = context;
  const { id: paymentId, currency } = attempt;
  const provider = providerOf(attempt);
  const item = await itemOf(context, attempt);
  if (item.status === 'returned') {
    if (await saidToBeBack(context, item)) throw onlySaid();
    await tx.update(inbound).set({ paymentId }).where(eq(inbound.id, item.id));
    return false;
  }
  if (item.status !== 'suspense') throw gone();
  let sum = 0;
  for (const { id: transferId, takenBack } of parts) {
    if (takenBack === null) continue;
    sum += takenBack;
    await postTransfer(context, {
      key: `suspense:${paymentId}:${transferId}`,
      kind: 'suspense',
      leaseId: null,
      book: books.provider(provider),
      currency,
      businessDate: localDateAt(context.at.getTime(), item.market),
      description: `${formatMoney(money(takenBack, currency))} by ${provider} that was not taken back waits with the rest`,
      cause: { inboundId: item.id, paymentId, providerReference: item.receipt },
      reverses: transferId,
      entries: suspend(provider, takenBack),
    });
  }
  const together = { amount: item.amount + sum, wentBack: item.wentBack - sum };
  await tx.update(inbound).set(together).where(eq(inbound.id, item.id));
  await tx
    .update(attempts)
    .set({ takenBack: attempt.takenBack - sum })
    .where(eq(attempts.id, paymentId));
  const ids = parts.map(({ id }) => id);
  await freeTakenBackLines(context, attempt, ids);
  await recordOnLease(context, row, {
    key: `payment.booked_again:${paymentId}:${ids.at(-1) ?? ''}`,
    type: 'payment.booked_again',
    subject: paymentId,
    detail: { paymentId, amount: money(sum, currency), reason, inboundId: item.id },
  });
  return true;
}

const onlySaid = () =>
  new Problem(
    'conflict',
    'that the rest of it went back no statement tells of yet: where it did not, say to: suspense of the payment first',
  );
