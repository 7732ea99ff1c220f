import { odometerOf } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import type { Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import { linesAheadOf, isWorse } from '#domain/upgrades/upgrade';
import type { Context } from '../context.ts';
import { releaseVehicle } from '../vehicles/release-vehicle.ts';
import type { LeaseRecord } from '../leases/lease-record.ts';
import {
  lockUpgradeIn,
  moveUpgrade,
  quoted,
  quoteFor,
  settlementNow,
  subsidyFor,
  type UpgradeRow,
} from './upgrade-record.ts';

interface Inspection {
  readonly upgradeId: string;
  /** Without it, what is known of the vehicle. */
  readonly odometerKm?: number | undefined;
  /** What the vehicle is taken back for; without it, as it was quoted. */
  readonly tradeIn?: Money | undefined;
  readonly notes?: string | undefined;
}

/**
 * An agent has looked at the vehicle that is given back. What it is worth less than quoted makes another quote, which the
 * customer signs or not: no number is worse for him unsigned. What it is worth more is paid out to him: deposit, instalments and
 * schedule are what he has signed.
 *
 * @throws Problem invalid_state unless it is approved; unprocessable for an odometer that was turned back or a sum in
 * another currency.
 */
export async function inspectUpgrade(
  context: Context,
  { upgradeId, odometerKm: said, tradeIn, notes }: Inspection,
): Promise<UpgradeRow> {
  const found = await lockUpgradeIn(context, upgradeId, ['approved']);
  const { lease, row } = found;
  const odometerKm = await readingOf(context, lease.row.vehicleId, said);
  const inspected = {
    odometerKm,
    inspectedAt: context.at,
    inspectedBy: context.actor.id,
    ...(notes === undefined ? {} : { inspectionNotes: notes }),
  };
  if (tradeIn === undefined || tradeIn.amount === row.tradeIn)
    return moveUpgrade(context, found, 'inspected', inspected);
  inLeaseCurrency(row, tradeIn, 'tradeIn');
  refuseMore(context, lease, row, tradeIn);
  const { amount: settlement } = await settlementNow(context, lease);
  const worth = { tradeIn: tradeIn.amount, settlement };
  const more = asSigned(lease, worth, row);
  if (more !== null) return moveUpgrade(context, found, 'inspected', { ...inspected, ...more });
  try {
    const quote = quoted(quoteFor(lease, worth, row));
    const changes = { ...inspected, ...quote };
    return isWorse(quote, row)
      ? await moveUpgrade(context, found, 'quoted', changes, 'upgrade.requoted')
      : await moveUpgrade(context, found, 'inspected', changes);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'upgrade_refused') throw error;
    await releaseVehicle(context, { leaseId: row.newLeaseId, vehicleId: row.vehicleId }, 'upgrade declined');
    return moveUpgrade(context, found, 'declined', { ...inspected, reason: error.message }, 'upgrade.ended');
  }
}

/** The sums where all that was signed stays, and what there is more is paid out; null where there is less. */
function asSigned(
  lease: LeaseRecord,
  worth: { readonly tradeIn: number; readonly settlement: number },
  row: UpgradeRow,
) {
  const subsidy = subsidyFor(lease, worth.tradeIn);
  const own = worth.tradeIn - subsidy - worth.settlement;
  const payout = own - row.deposit - linesAheadOf(row);
  return payout < row.payout ? null : { ...worth, subsidy, payout };
}

/**
 * More than was quoted for the old vehicle is money that nobody has paid.
 *
 * @throws Problem forbidden to an agent; unprocessable for more than it was sold for.
 */
function refuseMore({ actor }: Context, { row: lease }: LeaseRecord, { tradeIn }: UpgradeRow, said: Money): void {
  if (said.amount <= tradeIn) return;
  if (actor.role === 'agent') throw new Problem('forbidden', 'an admin takes a vehicle back for more than was quoted');
  const message = `must be at most ${lease.price}, what the vehicle was sold for`;
  if (said.amount > lease.price)
    throw new Problem('unprocessable', 'the vehicle was never worth so much', [{ path: 'tradeIn.amount', message }]);
}

/** @throws Problem unprocessable where the vehicle is known to have gone further */
async function readingOf({ tx }: Context, vehicleId: string, said: number | undefined): Promise<number> {
  const known = await odometerOf(tx, vehicleId);
  if (said === undefined || said >= known) return said ?? known;
  const message = `must be at least ${known}, what the vehicle had before`;
  throw new Problem('unprocessable', 'an odometer does not go back', [{ path: 'odometerKm', message }]);
}
