import { moves } from '../moves.ts';
import type { Plan } from '../vehicles/plan.ts';

/**
 * Where it stands that somebody answers for a lease. `invited`: he was asked once, and is asked nothing more. Only of
 * `consented` he is ever told anything again.
 */
export const guaranteeStatuses = ['invited', 'consented', 'refused', 'withdrawn', 'released', 'lapsed'] as const;
export type GuaranteeStatus = (typeof guaranteeStatuses)[number];

/** `refused` by who was asked, `withdrawn` by him after he consented or by the customer, `released` by staff. */
export const { mayFollow, isOver } = moves<GuaranteeStatus>({
  invited: ['consented', 'refused', 'withdrawn', 'released', 'lapsed'],
  consented: ['withdrawn', 'released'],
  refused: [],
  withdrawn: [],
  released: [],
  lapsed: [],
});

/** Days that somebody has to answer. */
export const INVITED_DAYS = 7;
/** Days for which a customer may not have him asked again who has not consented. */
export const ASKED_AGAIN_DAYS = 365;
/** Days between two times that anybody is called upon who answers for a lease; and how often each is for one and the same day. */
export const CALLED_EVERY_DAYS = 7;
export const MOST_CALLS = 3;
/** Reminders that have reached the customer before anybody else is asked. */
const NOTICES_BEFORE = 2;

const AFTER_DAYS = 14;
const PERCENT = 30;

export const guarantorAfterOf = ({ guarantorAfterDaysPastDue }: Pick<Plan, 'guarantorAfterDaysPastDue'>): number =>
  guarantorAfterDaysPastDue ?? AFTER_DAYS;
export const guarantorPercentOf = ({ guarantorPercent }: Pick<Plan, 'guarantorPercent'>): number =>
  guarantorPercent ?? PERCENT;

/** The most that he answers for, in all: a part of the price, in whole units, as it is when he is asked. Minor units. */
export function guaranteeCapOf(totalPrice: number, plan: Pick<Plan, 'guarantorPercent'>, unit: number): number {
  const cap = Math.floor((totalPrice * guarantorPercentOf(plan)) / 100);
  return cap - (cap % unit);
}

interface Call {
  readonly daysPastDue: number;
  readonly after: number;
  /** Reminders of what is overdue that have reached the customer. */
  readonly notices: number;
  /** How often he was called upon since that day is unpaid. */
  readonly calls: number;
  /** How many days ago anybody was who answers for the lease; null for never. */
  readonly lastCallDays: number | null;
}

/** True where a guarantor is called upon today: late enough by the plan, the customer told before, and not too often. */
export const isCalled = ({ daysPastDue, after, notices, calls, lastCallDays }: Call): boolean =>
  daysPastDue > after &&
  notices >= NOTICES_BEFORE &&
  calls < MOST_CALLS &&
  (lastCallDays === null || lastCallDays >= CALLED_EVERY_DAYS);

/** What he is asked for: what is overdue, as far as he answers for it still. Minor units. */
export const askedOf = (overdue: number, { cap, paid }: { readonly cap: number; readonly paid: number }): number =>
  Math.max(0, Math.min(overdue, cap - paid));
