import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import { owedOf } from '#domain/leases/position';
import type { Standing } from '#domain/leases/standing';
import { keys } from '#domain/ledger/keys';
import type { Context } from '../context.ts';
import { bookWhatWaits, refuseIfPaidFor, refuseWhileEndHangs } from './before-end.ts';
import { freePaid } from './free-overpaid.ts';
import { giveUp } from './give-up.ts';
import { insurerPays } from './insurer-pays.ts';
import { lockLeaseFor, positionAt, standingOf, type LeaseRecord } from './lease-record.ts';
import { wouldPayOff } from './quote-cover.ts';
import { roundCredit } from './round-credit.ts';
import { forgiveFees } from './waive-fees.ts';
import { waiveLast } from './waive-last.ts';
import { waiveUnearned } from './waive-unearned.ts';

/**
 * The vehicle is lost for good: the lease ends for what settling it would cost today. An insurer's money pays that first;
 * what is more is the customer's, as credit of what he has paid last, and goes back the way it came. What it does not cover
 * is given up, and recovery when the customer pays it, unless the house bears it by the plan. An insurer's money is a case
 * until somebody else has decided on it; the credit that it made does not go back before.
 *
 * @throws Problem invalid_state unless it runs and more is owed than late fees; unprocessable for more than is owed and was paid
 * together; as `refuseWhileEndHangs`.
 */
export async function totalLoss(
  context: Context,
  { leaseId, reason, insurance }: Ordered<'totalLoss'>,
): Promise<Standing> {
  const found = await lockLeaseFor('totalLoss', context, leaseId);
  await refuseWhileEndHangs(context, found, (own) => wouldPayOff(context, found, own));
  const known = await bookWhatWaits(context, found);
  refuseIfPaidFor(known, context.at);
  const owes = await waiveUnearned(context, known, 'total_loss');
  const paid = insurance === undefined ? owes : await isInsured(context, owes, insurance);
  const left = paid.row.plan.totalLossGap === 'house' ? await bearGap(context, paid) : paid;
  const ended = await giveUp(context, left, { as: 'total_loss', reason, vehicle: 'retired' });
  return standingOf(await roundCredit(context, ended, { as: 'total_loss' }), context.at);
}

/** What is more than is owed pays what the customer has paid, which is his again. */
async function isInsured(
  context: Context,
  before: LeaseRecord,
  insurance: NonNullable<Ordered<'totalLoss'>['insurance']>,
): Promise<LeaseRecord> {
  const { amount } = insurance;
  const { id } = before.row;
  const position = positionAt(before, context.at);
  const { paid } = position;
  const owed = owedOf(position);
  if (amount > owed + paid) {
    const message = `must be at most what is owed and was paid together, ${owed + paid}`;
    throw new Problem('unprocessable', 'an insurer pays for the loss alone', [
      { path: 'insurance.amount.amount', message },
    ]);
  }
  const freed = await freePaid(context, before, Math.max(0, amount - owed), {
    key: keys.insuredSurplus(id),
    kind: 'insured_surplus',
    description: 'paid by the customer, and by an insurer as well',
    isMeant: ({ component, instalment }) => instalment !== null || component === 'deposit',
  });
  const of = { surplus: Math.max(0, amount - owed), gap: Math.max(0, owed - amount) };
  return insurerPays(context, freed, insurance, of);
}

/** The house bears what nobody has paid. */
async function bearGap(context: Context, record: LeaseRecord): Promise<LeaseRecord> {
  const { feesDue, outstanding, depositDue } = positionAt(record, context.at);
  const key = `total-loss-gap:${record.row.id}`;
  const reason = 'the house bears the gap of a total loss';
  const lessFees =
    feesDue === 0 ? record : await forgiveFees(context, record, { key: `${key}:fees`, amount: feesDue, reason });
  return waiveLast(context, lessFees, outstanding - depositDue, {
    key,
    kind: 'total_loss_gap',
    description: 'what no insurer has paid, and the house bears',
  });
}
