import { and, desc, eq } from 'drizzle-orm';
import { booked } from '#db/queries/payment-states';
import { attempts, audit, cases, repossessions } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { dueFor } from '#domain/leases/due';
import { accounts, proceedsOfSale } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { closeCasesOf } from '../../cases/close-case.ts';
import { recordOnLease, type Context } from '../../context.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import { lockLease, type LeaseRecord } from '../../leases/lease-record.ts';
import { admitStep, type RepossessionRow } from '../../leases/repossession/repossession-record.ts';
import { askToConfirm, noteProceeds, saidOfSale } from '../../leases/repossession/sale-to-confirm.ts';
import { roundCredit } from '../../leases/round-credit.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { lockAttempt } from '../attempt-record.ts';
import { bookVehicleWorth } from './book-vehicle-worth.ts';
import { takeOut } from '../reversal/take-out.ts';

interface Confirmation {
  readonly leaseId: string;
  /** Of the request: said again, it changes nothing. */
  readonly confirmationId: string;
  /** What the sale has brought, whatever was said before; minor units of the lease's currency. */
  readonly proceeds: number;
  readonly reason: string;
}

/**
 * A second admin confirms or corrects what the sale of a vehicle has brought. Where he says another sum, the difference is
 * taken out of the books, or booked beside it, as of the day of the sale. Credit that waited for this may be paid out then.
 *
 * @throws Problem forbidden to who has said it last; invalid_state unless a vehicle was sold
 */
export async function confirmSale(context: Context, input: Confirmation): Promise<void> {
  const { leaseId, confirmationId, proceeds, reason } = input;
  admitStep('confirmSale', context.actor);
  const found = await lockLease(context.tx, leaseId);
  const [sold] = await context.tx.select().from(repossessions).where(eq(repossessions.leaseId, leaseId)).for('update');
  if (sold?.status !== 'sold') throw new Problem('invalid_state', 'the vehicle of this lease was not sold');
  const key = `sale-confirmed:${confirmationId}`;
  if ((await context.tx.$count(audit, eq(audit.key, key))) > 0) return;
  const { by, buyer } = await saidOfSale(context, leaseId);
  if (by === context.actor.id)
    throw new Problem('forbidden', 'another admin than the one who has said what the sale brought confirms it');
  const isIts = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'sale_to_confirm'));
  await closeCasesOf(context, isIts, reason);
  const more = proceeds - (sold.proceeds ?? 0);
  const lease = more === 0 ? found : await correct(context, found, { ...input, sold, more, buyer });
  const sum = money(proceeds, lease.row.currency);
  const detail = { proceeds: sum, isCorrected: more !== 0, buyer, reason };
  await recordOnLease(context, lease.row, { key, type: 'lease.sale_confirmed', detail });
  if (more !== 0) await askToConfirm(context, lease.row);
}

interface Correction extends Confirmation {
  readonly sold: RepossessionRow;
  /** Below zero where it brought less. */
  readonly more: number;
  readonly buyer: 'house' | 'buyer';
}

async function correct(context: Context, found: LeaseRecord, correction: Correction): Promise<LeaseRecord> {
  const { leaseId, confirmationId, proceeds, reason, sold, more, buyer } = correction;
  const { row } = found;
  await postOnLease(context, row, {
    key: `sale:${leaseId}:${confirmationId}`,
    kind: 'sale_corrected',
    description: `the vehicle was sold for ${formatMoney(money(proceeds, row.currency))}: ${reason}`,
    entries: proceedsOfSale(leaseId, buyer === 'house' ? accounts.tradeIn : accounts.office, more),
  });
  if (more > 0) await bookMore(context, found, correction);
  else await takeLess(context, found, correction);
  const after = await lockLease(context.tx, leaseId);
  await noteProceeds(context, sold, { proceeds, more });
  return roundCredit(context, after, { as: `sale-${confirmationId}` });
}

/** What it brought beside what was said is paid on the day of the sale too. */
async function bookMore(
  context: Context,
  found: LeaseRecord,
  { leaseId, confirmationId, sold, more }: Correction,
): Promise<void> {
  await bookVehicleWorth(context, found, {
    by: 'sale',
    kind: 'settlement',
    due: dueFor('sale', confirmationId),
    amount: more,
    agentId: context.actor.id,
    source: accounts.sale(leaseId),
    paidAt: sold.endedAt ?? context.at,
  });
}

/** What it did not bring is taken out of what was booked last. */
async function takeLess(
  context: Context,
  found: LeaseRecord,
  { leaseId, confirmationId, reason, more }: Correction,
): Promise<void> {
  const isOfIt = and(eq(attempts.leaseId, leaseId), eq(attempts.source, accounts.sale(leaseId)), booked);
  const payments = await context.tx.select().from(attempts).where(isOfIt).orderBy(desc(attempts.createdAt));
  let left = -more;
  let lease = found;
  for (const one of payments) {
    const amount = Math.min(left, leftOf(one));
    left -= amount;
    if (amount === 0) continue;
    const payment = await lockAttempt(context.tx, one.id);
    await takeOut(context, lease, payment, { leaseId, attemptId: one.id, reason, amount, reversalId: confirmationId });
    lease = await lockLease(context.tx, leaseId);
  }
}
