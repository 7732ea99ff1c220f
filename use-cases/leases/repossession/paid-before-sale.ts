import { eq } from 'drizzle-orm';
import { repossessions } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import type { Context } from '../../context.ts';
import { businessDate, type LeaseRecord } from '../lease-record.ts';
import type { RepossessionRow } from './repossession-record.ts';

/** Money of a lease, and when it was paid. */
export interface Paid {
  /** Minor units; below zero where it was taken back. */
  readonly amount: number;
  readonly valueOn: LocalDate;
  readonly requestedAt: Date;
}

/** The sale of a vehicle whose shortfall nobody owes by law, or null. */
export async function saleWithoutShortfall({ tx }: Context, { row }: LeaseRecord): Promise<RepossessionRow | null> {
  if (row.status !== 'repossessed') return null;
  const [sold] = await tx.select().from(repossessions).where(eq(repossessions.leaseId, row.id));
  return sold?.status === 'sold' && sold.isShortfallOwed === false ? sold : null;
}

/** Whether money was paid until a sale. */
export function isOfBefore(
  { endedAt }: RepossessionRow,
  { row }: LeaseRecord,
  { valueOn, requestedAt }: Paid,
): boolean {
  if (endedAt === null) return false;
  const soldOn = businessDate(row, endedAt);
  return valueOn < soldOn || (valueOn === soldOn && requestedAt <= endedAt);
}

/** Whether money has to do with what nobody owes of a lease, since it was paid until the sale. */
export async function paysShortfall(context: Context, lease: LeaseRecord, paid: Paid): Promise<boolean> {
  const sold = await saleWithoutShortfall(context, lease);
  return sold !== null && isOfBefore(sold, lease, paid);
}
