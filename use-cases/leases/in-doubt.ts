import { doubtsOf } from '#db/queries/doubts';
import { granting, positionIfPaid, puttingOff, type Doubt } from '#domain/leases/doubt';
import type { LocalDate } from '#domain/calendar';
import type { Position } from '#domain/leases/position';
import type { Context } from '../context.ts';
import { businessDate, moneyOf, unitOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';

/**
 * Where a lease stands if all money in doubt was paid: by it, it is prompted and reminded of arrears, or not. Call it with
 * the lease locked.
 *
 * @param except a charge that is about to be sent, and no doubt to itself
 */
export async function positionInDoubt(context: Context, record: LeaseRecord, except?: string): Promise<Position> {
  return positionWith(context, record, await doubts(context, record.row, except));
}

/**
 * The same by `puttingOff`: by it a lease enters arrears, and its vehicle is stopped; or by another rule of what counts. Call it
 * with the lease locked.
 */
export async function positionPutOff(
  context: Context,
  record: LeaseRecord,
  rule: typeof puttingOff = puttingOff,
): Promise<Position> {
  const { row } = record;
  return positionWith(context, record, rule(await doubts(context, row), businessDate(row, context.at)));
}

/**
 * Where a lease stands by what is `granting`: by it its customer is granted something; on a local day to come as it is if nothing is
 * paid until then. Call it with the lease locked.
 */
export async function positionToGrant(context: Context, record: LeaseRecord, on?: LocalDate): Promise<Position> {
  return positionWith(context, record, granting(await doubts(context, record.row)), on);
}

const doubts = async ({ tx }: Context, row: LeaseRow, except?: string) =>
  (await doubtsOf(tx, [row], except)).get(row.id) ?? [];

function positionWith(
  { at }: Context,
  { row, lines }: LeaseRecord,
  doubts: readonly Doubt[],
  on: LocalDate = businessDate(row, at),
): Position {
  const lateFee = row.plan.lateFee?.amount ?? 0;
  return positionIfPaid(on, moneyOf(row), lines, { doubts, lateFee, unit: unitOf(row) });
}
