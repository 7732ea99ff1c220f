import { addDays, type LocalDate } from '../calendar.ts';

/** How far ahead a promise may reach, and how many broken ones within 90 days still let a customer make another. */
export const PROMISE_DAYS = 14;
const BROKEN_ALLOWED = 2;

/** Why a promise is not taken, or null. */
export function refusePromise(
  today: LocalDate,
  { on, open, broken, byStaff }: { on: LocalDate; open: boolean; broken: number; byStaff: boolean },
): string | null {
  if (open) return 'there is an open promise already';
  if (on <= today || on > addDays(today, PROMISE_DAYS)) return `the day must be within the next ${PROMISE_DAYS} days`;
  if (!byStaff && broken >= BROKEN_ALLOWED) return `${broken} promises were broken lately: an agent can help`;
  return null;
}
