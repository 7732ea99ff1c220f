import { doubtsOf } from '#db/queries/doubts';
import { positionIfPaid } from '#domain/leases/doubt';
import type { Position } from '#domain/leases/position';
import type { Context } from '../context.ts';
import { businessDate, moneyOf, unitOf, type LeaseRecord } from './lease-record.ts';

/**
 * Where a lease stands if all money in doubt was paid: by it, it is prompted, reminded of arrears and enters them,
 * or not. Call it with the lease locked.
 *
 * @param except a charge that is about to be sent, and no doubt to itself
 */
export async function positionInDoubt(
  { tx, at }: Context,
  { row, lines }: LeaseRecord,
  except?: string,
): Promise<Position> {
  const doubts = (await doubtsOf(tx, [row], except)).get(row.id) ?? [];
  const lateFee = row.plan.lateFee?.amount ?? 0;
  return positionIfPaid(businessDate(row, at), moneyOf(row), lines, { doubts, lateFee, unit: unitOf(row) });
}
