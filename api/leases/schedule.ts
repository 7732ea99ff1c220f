import { z } from '@hono/zod-openapi';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import { localDateAt } from '#domain/calendar';
import { asked } from '#domain/leases/allocation';
import { lineStatus, unpaid, type ScheduleLine } from '#domain/leases/position';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { balance, localDay } from '../schemas.ts';

export function presentLine(row: LeaseRow, line: ScheduleLine, wall = Date.now()) {
  const today = localDateAt(leaseClock(row, wall).getTime(), row.market);
  const sum = (amount: number) => money(amount, row.currency);
  const { amount, components } = asked(line);
  return {
    number: line.number,
    dueOn: line.dueOn,
    amount: sum(amount),
    paid: sum(line.paid),
    waived: sum(line.waived),
    outstanding: sum(unpaid(line)),
    status: lineStatus(line, today, marketRules(row.market).leastAsked),
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
