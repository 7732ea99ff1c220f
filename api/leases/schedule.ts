import { z } from '@hono/zod-openapi';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import { localDateAt, type LocalDate } from '#domain/calendar';
import { asked } from '#domain/leases/allocation';
import { lineStatus, unpaid, type ScheduleLine } from '#domain/leases/position';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { balance, localDay } from '../schemas.ts';

/** @param lateFrom the oldest day for which money is missing, by all that may have been paid: an older line is due and not overdue */
export function presentLine(row: LeaseRow, line: ScheduleLine, lateFrom?: LocalDate | null) {
  const today = localDateAt(leaseClock(row).getTime(), row.market);
  const sum = (amount: number) => money(amount, row.currency);
  const { amount, components } = asked(line);
  const status = lineStatus(line, today, marketRules(row.market).leastAsked);
  const isInDoubt = lateFrom === null || (lateFrom !== undefined && line.dueOn < lateFrom);
  return {
    number: line.number,
    dueOn: line.dueOn,
    amount: sum(amount),
    paid: sum(line.paid),
    waived: sum(line.waived),
    outstanding: sum(unpaid(line)),
    status: status === 'overdue' && isInDoubt ? 'due' : status,
    components: Object.fromEntries(Object.entries(components).map(([name, part]) => [name, sum(part)])),
  };
}

export const scheduleLine = z
  .object({
    number: z.int(),
    dueOn: localDay,
    amount: balance,
    paid: balance,
    outstanding: balance,
    waived: balance,
    status: z.enum(['upcoming', 'due', 'partly_paid', 'paid', 'overdue', 'waived']),
    components: z.record(z.string(), balance),
  })
  .openapi('ScheduleLine');
