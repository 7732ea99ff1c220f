import type { LeaseStatus } from '#domain/leases/status';
import { unfilled } from '#domain/leases/allocation';
import { writeOff } from '#domain/ledger/ledger';
import type { VehicleStatus } from '#domain/vehicles/vehicle';
import type { Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { releaseHold } from '../vehicles/release-vehicle.ts';
import { setVehicleStatus } from '../vehicles/set-vehicle-status.ts';
import { changeStatus } from './change-status.ts';
import { positionAt, type LeaseRecord, type LeaseRow } from './lease-record.ts';

/** How a lease ends whose vehicle does not become the customer's. */
interface End {
  readonly as: Extract<LeaseStatus, 'returned' | 'repossessed' | 'written_off' | 'total_loss'>;
  readonly reason: string;
  /** What becomes of the vehicle. */
  readonly vehicle: VehicleStatus;
  /** It is kept for its customer: nobody else may have it. */
  readonly isKept?: boolean;
}

/**
 * Ends a running lease without the vehicle being the customer's: what is still owed becomes a loss, and what he pays of
 * it later is recovery. Call it with the lease locked, when credit has paid what it can.
 */
export async function giveUp(
  context: Context,
  record: LeaseRecord,
  { as, reason, vehicle, isKept = false }: End,
  columns: Partial<LeaseRow> = {},
): Promise<LeaseRecord> {
  const { row } = record;
  const owed = owedByComponent(record, context.at);
  if (owed.size > 0)
    await postOnLease(context, row, {
      key: `write-off:${row.id}`,
      kind: 'write_off',
      description: 'what is owed is given up',
      entries: writeOff(row.id, owed),
    });
  const ended = await changeStatus(context, { leaseId: row.id, to: as, reason, event: 'lease.terminated' }, columns);
  await setVehicleStatus(context, row.vehicleId, vehicle);
  if (!isKept) await releaseHold(context, row.id, as);
  return { ...record, row: ended };
}

/** What is owed, by component; without those of which nothing is. Minor units. */
function owedByComponent(record: LeaseRecord, at: Date): Map<string, number> {
  const owed = new Map<string, number>(unfilled(record.lines));
  const { depositDue, feesDue } = positionAt(record, at);
  if (depositDue > 0) owed.set('deposit', depositDue);
  if (feesDue > 0) owed.set('fee', feesDue);
  return owed;
}
