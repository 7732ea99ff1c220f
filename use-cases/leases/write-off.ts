import { Problem } from '#domain/errors';
import { allocate } from '#domain/leases/allocation';
import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { accounts, receipt } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { applyAllocation } from './apply-allocation.ts';
import { bookWhatWaits, refuseIfPaidFor, refuseWhileEndHangs } from './before-end.ts';
import { giveUp } from './give-up.ts';
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
  return standingOf(insurance === undefined ? ended : await insurerPays(context, ended, insurance), context.at);
}

/** What an insurer pays for the loss is recovery of it: so much less is the customer's to pay. */
async function insurerPays(
  context: Context,
  record: LeaseRecord,
  { amount, reference }: NonNullable<Ordered<'writeOff'>['insurance']>,
): Promise<LeaseRecord> {
  const { row, lines } = record;
  const { depositDue, feesDue, outstanding } = positionAt(record, context.at);
  if (amount > outstanding + feesDue) {
    const message = `must be at most what is given up, ${outstanding + feesDue}`;
    throw new Problem('unprocessable', 'an insurer pays for the loss alone', [
      { path: 'insurance.amount.amount', message },
    ]);
  }
  const allocation = allocate(amount, { depositDue, feesDue, lines });
  const key = `insurance:${row.id}`;
  await postOnLease(context, row, {
    key,
    kind: 'insurance',
    description: `an insurer pays ${formatMoney(money(amount, row.currency))} for the loss`,
    cause: { leaseId: row.id, reference },
    entries: receipt(row.id, accounts.insurance, allocation.parts, 'written_off'),
  });
  await recordOnLease(context, row, {
    key,
    type: 'lease.insurance_paid',
    detail: { amount: money(amount, row.currency), reference },
  });
  return applyAllocation(context, record, allocation);
}
