import { addDays, type LocalDate } from '../calendar.ts';

/** How far ahead a promise may reach. */
export const PROMISE_DAYS = 14;
/** Within 90 days: so many broken ones, and so many of any kind, still let another be made, by the customer and by staff. */
const allowed = { customer: { broken: 2, made: 4 }, staff: { broken: 3, made: 6 } } as const;

interface PromiseRequest {
  readonly on: LocalDate;
  /** Minor units. */
  readonly amount: number;
  /** What is overdue with its fees, or else what is due next; minor units. */
  readonly asked: number;
  readonly open: boolean;
  /** The charge that may have kept the last one, whose day is over. */
  readonly doubt: { readonly paymentId: string; readonly on: string } | null;
  /** Within 90 days, kept, broken or replaced. */
  readonly made: number;
  readonly broken: number;
  readonly byStaff: boolean;
}

/** Why a promise is not taken, or null. It is for a tenth of what is asked for or more, and buys no time for ever. */
export function refusePromise(
  today: LocalDate,
  { on, amount, asked, open, doubt, made, broken, byStaff }: PromiseRequest,
): string | null {
  if (doubt !== null)
    return `payment ${doubt.paymentId} may have kept the one of ${doubt.on}: nobody knows yet what became of it`;
  if (open) return 'there is an open promise already';
  if (on <= today || on > addDays(today, PROMISE_DAYS)) return `the day must be within the next ${PROMISE_DAYS} days`;
  const most = allowed[byStaff ? 'staff' : 'customer'];
  const instead = byStaff ? 'a pause or another plan can help' : 'an agent can help';
  const least = Math.ceil(asked / 10);
  if (amount < least) return `a promise is for a tenth of what is due or more, at least ${least}`;
  if (broken >= most.broken) return `${broken} promises were broken lately: ${instead}`;
  if (made >= most.made) return `${made} promises were made within 90 days: ${instead}`;
  return null;
}
