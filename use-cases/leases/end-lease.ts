import { depositAskedFor } from '#db/queries/doubts';
import { allocate } from '#domain/leases/allocation';
import { maybeDeposit } from '#domain/leases/doubt';
import { owedOf } from '#domain/leases/position';
import type { Standing } from '#domain/leases/standing';
import { hasEnded, isApplication, isPast } from '#domain/leases/status';
import { releaseDeposit } from '#domain/ledger/ledger';
import type { ApplicationEnd } from '#domain/leases/wire';
import { forgiveParts } from './apply-allocation.ts';
import { positionPutOff } from './in-doubt.ts';
import { openCase } from '../cases/open-case.ts';
import { type Context } from '../context.ts';
import { settleAgreements } from './agreement/settle-agreements.ts';
import { changeStatus } from './change-status.ts';
import { bookWhatWaits, hangsOnClaims } from './before-end.ts';
import { settlementMayBePaid } from './quote-cover.ts';
import { releaseHold, releaseVehicle } from '../vehicles/release-vehicle.ts';
import { setVehicleStatus } from '../vehicles/set-vehicle-status.ts';
import { roundCredit } from './round-credit.ts';
import { leastAskedOf, lockLease, positionAt, standingOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { putOffForEstate } from './wait-for-estate.ts';
import { postOnLease } from '../ledger/post-transfer.ts';

const DAY = 24 * 3_600_000;

/**
 * The last payment is in: the vehicle is the customer's. Where something is owed after all, since a payment was
 * taken back meanwhile, the lease goes on, and the standing says so. So it does while that hangs on a day of cash that
 * nobody else has decided on, or on a settlement that may be paid, which would have cost less: it owes nothing then, and
 * waits.
 */
export async function completeLease(context: Context, input: { leaseId: string }): Promise<Standing> {
  const found = await lockLease(context.tx, input.leaseId);
  if (hasEnded(found.row.status) || owesAnything(found, context.at)) return standingOf(found, context.at);
  const record = await bookWhatWaits(context, found);
  if (owesAnything(record, context.at)) return standingOf(record, context.at);
  if (await hangsOnClaims(context, record)) return standingOf(record, context.at);
  if (await settlementMayBePaid(context, record)) return standingOf(record, context.at);
  const row = await giveOwnership(context, record.row, 'completed');
  return standingOf(await roundCredit(context, { ...record, row }, { as: 'completed' }), context.at);
}

const owesAnything = (record: LeaseRecord, at: Date): boolean => owedOf(positionAt(record, at)) > 0;

/** The vehicle is the customer's, by the last payment or by an early settlement. */
export async function giveOwnership(
  context: Context,
  { id, vehicleId }: Pick<LeaseRow, 'id' | 'vehicleId'>,
  as: 'completed' | 'settled_early',
): Promise<LeaseRow> {
  const row = await changeStatus(
    context,
    { leaseId: id, to: as, event: 'lease.completed' },
    { completedAt: context.at, oldestUnpaidOn: null },
  );
  await setVehicleStatus(context, vehicleId, 'sold');
  await releaseHold(context, id, 'sold');
  return row;
}

/** The vehicle was given for another one: it is ours again, and waits for who makes it ready. */
export async function takeVehicleBack(
  context: Context,
  { id, vehicleId }: Pick<LeaseRow, 'id' | 'vehicleId'>,
): Promise<LeaseRow> {
  const row = await changeStatus(
    context,
    { leaseId: id, to: 'upgraded', event: 'lease.terminated' },
    { oldestUnpaidOn: null },
  );
  await setVehicleStatus(context, vehicleId, 'maintenance');
  await releaseHold(context, id, 'upgraded');
  return row;
}

/**
 * Ends a lease before handover, and gives its vehicle back to the market. What was paid as deposit becomes the
 * customer's credit, which the workflow then refunds. A lease that was handed over, that has ended already or that
 * has gone on from the stage that lapsed stays as it is. So does one whose deposit may have been paid, or which asks for no
 * more of it since a part that it asked for is unknown, or was until a day ago, and one of whose deposit less is left than anybody
 * is asked for, which is forgiven; when that is still not
 * known after as long again as the deposit had, a person hears of it. And so does one whose customer is said to have died.
 *
 * @returns where the lease stands afterwards, ended or not.
 */
export async function endApplication(context: Context, input: ApplicationEnd): Promise<Standing> {
  const record = await lockLease(context.tx, input.leaseId);
  const { row } = record;
  if (!isApplication(row.status) || (input.as === 'lapsed' && (await hasGoneOn(context, record, input))))
    return standingOf(record, context.at);
  const waits = input.as === 'lapsed' ? await putOffForEstate(context, record) : null;
  if (waits !== null) return standingOf(waits, context.at);
  const paid = input.as === 'lapsed' ? await forgiveRestOfDeposit(context, record) : null;
  if (paid !== null) return standingOf(paid, context.at);
  await releaseVehicle(context, { leaseId: row.id, vehicleId: row.vehicleId }, input.as);
  if (row.depositPaid > 0) {
    await postOnLease(context, row, {
      key: `deposit-released:${row.id}`,
      kind: 'deposit_released',
      description: `deposit belongs to the customer again: ${input.as}`,
      entries: releaseDeposit(row.id, row.depositPaid),
    });
  }
  const ended = await changeStatus(
    context,
    { leaseId: row.id, to: input.as, reason: input.reason, event: 'lease.terminated' },
    { depositPaid: 0, credit: row.credit + row.depositPaid },
  );
  await settleAgreements(context, { leaseId: row.id }, 'void');
  const after = await roundCredit(context, { ...record, row: ended }, { as: input.as });
  return standingOf(after, context.at);
}

/** Nobody loses a vehicle for less than he is asked for: such a rest of a deposit is forgiven, and the lease goes on. */
async function forgiveRestOfDeposit(context: Context, record: LeaseRecord): Promise<LeaseRecord | null> {
  const { status, depositPaid } = record.row;
  const { depositDue } = positionAt(record, context.at);
  if (status !== 'awaiting_deposit' || depositPaid === 0 || depositDue >= leastAskedOf(record.row)) return null;
  const { parts } = allocate(depositDue, { depositDue, feesDue: 0, lines: [] });
  return forgiveParts(context, record, parts, 'application', { as: 'lapse' });
}

/** True when what the stage waited for came before its end, however slowly, or may have come, and where its end was put off. */
async function hasGoneOn(
  context: Context,
  record: LeaseRecord,
  { stage = record.row.status, since }: ApplicationEnd,
): Promise<boolean> {
  if (record.row.status !== stage) return true;
  if (isPast('verifying', stage) && (record.row.holdExtendedUntil ?? context.at) > context.at) return true;
  if (stage !== 'awaiting_deposit') return false;
  const { depositDue } = positionAt(record, context.at);
  if (depositDue === 0) return true;
  const { unknown, lastPaidAt } = await depositAskedFor(context.tx, record.row.id);
  // A part that came within a day was the last that it asked for: there is time to ask for the rest.
  const hasTime = lastPaidAt !== null && lastPaidAt.getTime() > context.at.getTime() - DAY;
  const left = (await positionPutOff(context, record, maybeDeposit)).depositDue;
  const isInDoubt = unknown > 0 || (left < depositDue && left < leastAskedOf(record.row));
  if (!isInDoubt) return hasTime;
  if (since !== undefined) await tellOfLongDoubt(context, record.row, new Date(since));
  return true;
}

/** A deposit that has been in doubt for as long again as it had to come is a person's case. */
async function tellOfLongDoubt(context: Context, { id, plan }: LeaseRow, since: Date): Promise<void> {
  const long = new Date(since.getTime() + 2 * plan.depositHours * 3_600_000);
  if (context.at < long) return;
  await openCase(context, { kind: 'deposit_in_doubt', leaseId: id, paymentId: null, detail: {} });
}
