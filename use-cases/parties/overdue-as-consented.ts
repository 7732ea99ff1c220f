import { and, asc, eq, gte, inArray, isNull } from 'drizzle-orm';
import { scheduleOf } from '#db/queries/leases';
import { scheduleChanges } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import { sumOfLines } from '#domain/leases/days-of-use';
import { workouts } from '#domain/leases/schedule-change';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRecord } from '../leases/lease-record.ts';

/**
 * What would be overdue on a day by the schedule to which a guarantor has said yes: of what staff have made larger since nobody has
 * asked him (Contracts Act of Uganda, Cap. 284, s. 73). Minor units; null where it is that schedule still.
 */
export async function overdueAsConsented(
  { tx }: Pick<Context, 'tx'>,
  { row, lines }: LeaseRecord,
  consentedAt: Date,
  today: LocalDate,
): Promise<number | null> {
  const isSince = gte(scheduleChanges.on, businessDate(row, consentedAt));
  const stands = and(inArray(scheduleChanges.kind, [...workouts]), isNull(scheduleChanges.undoneIn));
  const [first] = await tx
    .select({ version: scheduleChanges.version })
    .from(scheduleChanges)
    .where(and(eq(scheduleChanges.leaseId, row.id), isSince, stands))
    .orderBy(asc(scheduleChanges.version))
    .limit(1);
  if (first === undefined) return null;
  const before = await scheduleOf(tx, row.id, first.version - 1);
  const due = before.filter(({ dueOn }) => dueOn < today);
  const paid = lines.reduce((sum, line) => sum + line.paid, 0);
  return Math.max(0, sumOfLines(due) - due.reduce((sum, { waived }) => sum + waived, 0) - paid);
}
