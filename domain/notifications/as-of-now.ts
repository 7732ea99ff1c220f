import type { Notice } from './written.ts';

/** What texts claim of a lease, as it is when they are sent; amounts in minor units, money in doubt counted as paid. */
export interface LeaseNow {
  readonly depositDue: number;
  /** Due today or before. */
  readonly dueNow: number;
  /** What is asked for each time. */
  readonly instalment: number;
  /** Late fees, which a lease asks for also where nothing else is due. */
  readonly feesDue: number;
  /** Due before today. */
  readonly overdue: number;
  readonly daysPastDue: number;
  /** Whether the vehicle waits for the notice of this very warning. */
  readonly isWarned: boolean;
}

const claims: ReadonlySet<Notice['template']> = new Set([
  'reminder',
  'prompt_declined',
  'wrong_pin',
  'other_method',
  'deposit_owed_again',
  'immobilisation_warning',
  'instalment_raised',
]);

/** Whether what a notice says may not be true any more by the time at which it is sent. */
export const mayBeOvertaken = ({ template }: Notice): boolean => claims.has(template);

/** A notice with the amounts of now; null where what it asks for, or warns of, is over. */
export function asOfNow(notice: Notice, now: LeaseNow): Notice | null {
  switch (notice.template) {
    case 'reminder': {
      const overdue = { ...notice.overdue, amount: now.overdue };
      return now.overdue > 0 ? { ...notice, overdue, daysPastDue: now.daysPastDue } : null;
    }
    case 'immobilisation_warning':
      return now.isWarned && now.overdue > 0
        ? { ...notice, overdue: { ...notice.overdue, amount: now.overdue } }
        : null;
    case 'prompt_declined':
    case 'wrong_pin':
    case 'other_method':
      return now.dueNow > 0 || now.feesDue > 0 || now.depositDue > 0 ? notice : null;
    case 'instalment_raised':
      return now.instalment > notice.before.amount ? notice : null;
    case 'deposit_owed_again':
      return now.depositDue > 0 ? { ...notice, deposit: { ...notice.deposit, amount: now.depositDue } } : null;
    default:
      return notice;
  }
}

const HOUR = 3_600_000;

/** When what a notice gives hours for is over, epoch milliseconds; null for one that gives none. @param asked when it was asked for */
export const endsAt = (notice: Notice, asked: number): number | null =>
  notice.template === 'offer' || notice.template === 'your_turn' ? asked + notice.hours * HOUR : null;

/** A notice that gives hours, with what is left of them; null where nothing is. A few minutes on the way count for none. */
export function withHoursLeft(notice: Notice, left: number): Notice | null {
  if (notice.template !== 'offer' && notice.template !== 'your_turn') return notice;
  const hours = Math.min(notice.hours, Math.max(1, Math.floor((left + HOUR / 12) / HOUR)));
  return left <= 0 ? null : { ...notice, hours };
}
