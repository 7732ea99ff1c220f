import { and, eq } from 'drizzle-orm';
import { attempts, cases } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRow } from './lease-record.ts';

/** Cash of an earlier day that only its agent says: each payment with the day on which it was booked. */
export type Claims = ReadonlyMap<string, LocalDate>;

export const noClaims: Claims = new Map();

/** The claims on whose day nobody else has decided. */
export async function openClaims({ tx }: Pick<Context, 'tx'>, row: LeaseRow): Promise<Claims> {
  const isOpen = and(eq(cases.leaseId, row.id), eq(cases.kind, 'backdated_cash'), eq(cases.status, 'open'));
  const rows = await tx
    .select({ id: attempts.id, requestedAt: attempts.requestedAt })
    .from(cases)
    .innerJoin(attempts, eq(attempts.id, cases.paymentId))
    .where(isOpen);
  return new Map(rows.map(({ id, requestedAt }) => [id, businessDate(row, requestedAt)]));
}
