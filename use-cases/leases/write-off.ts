import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import { owedOf } from '#domain/leases/position';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { bookWhatWaits, refuseIfPaidFor, refuseWhileEndHangs } from './before-end.ts';
import { giveUp } from './give-up.ts';
import { insurerPays } from './insurer-pays.ts';
import { lockLeaseFor, positionAt, standingOf, type LeaseRecord } from './lease-record.ts';
import { wouldPayOff } from './quote-cover.ts';

/**
 * Gives up what a running lease owes: the receivable becomes a loss, the vehicle leaves the fleet. What
 * the customer pays later is recovery. Credit pays first what it can: there is no loss beside it.
 *
 * @throws Problem invalid_state unless it runs and more is owed than late fees; as `refuseWhileEndHangs`.
 */
export async function writeOffLease(context: Context, input: Ordered<'writeOff'>): Promise<Standing> {
  const found = await lockLeaseFor('writeOff', context, input.leaseId);
  await refuseWhileEndHangs(context, found, (own) => wouldPayOff(context, found, own));
  const record = await bookWhatWaits(context, found);
  refuseIfPaidFor(record, context.at);
  const { reason, insurance } = input;
  const ended = await giveUp(context, record, { as: 'written_off', reason, vehicle: 'retired' });
  return standingOf(insurance === undefined ? ended : await isInsured(context, ended, insurance), context.at);
}

/** What an insurer pays for the loss is recovery of it: so much less is the customer's to pay. */
async function isInsured(
  context: Context,
  record: LeaseRecord,
  insurance: NonNullable<Ordered<'writeOff'>['insurance']>,
): Promise<LeaseRecord> {
  const { amount } = insurance;
  const owed = owedOf(positionAt(record, context.at));
  if (amount > owed) {
    const message = `must be at most what is given up, ${owed}`;
    throw new Problem('unprocessable', 'an insurer pays for the loss alone', [
      { path: 'insurance.amount.amount', message },
    ]);
  }
  return insurerPays(context, record, insurance, { surplus: 0, gap: owed - amount });
}
