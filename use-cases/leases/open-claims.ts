import { openCashClaims } from '#db/queries/payments';
import type { LocalDate } from '#domain/calendar';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRow } from './lease-record.ts';

/** Cash of an earlier day that only its agent says: each payment with the day on which it was booked. */
export type Claims = ReadonlyMap<string, LocalDate>;

export const noClaims: Claims = new Map();

/** The claims on whose day nobody else has decided. */
export async function openClaims({ tx }: Pick<Context, 'tx'>, row: LeaseRow): Promise<Claims> {
  const rows = await openCashClaims(tx, row.id);
  return new Map(rows.map(({ id, requestedAt }) => [id, businessDate(row, requestedAt)]));
}
