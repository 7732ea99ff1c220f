import { addDays } from '../calendar.ts';
import { unpaid, type ScheduleLine } from './position.ts';

export const pauseKinds = ['holiday', 'repair', 'illness'] as const;
export type PauseKind = (typeof pauseKinds)[number];

/** Longest pause, and most days of pauses within 365 days: what a customer may take, and what staff may grant. */
const limits = { customer: { days: 14, perYear: 30 }, staff: { days: 60, perYear: 120 } } as const;

export interface PauseRequest {
  readonly days: number;
  readonly by: keyof typeof limits;
  readonly inArrears: boolean;
  /** Days of pauses within the last 365 days. */
  readonly taken: number;
}

/**
 * Why a pause is not granted, or null. A customer in arrears talks to an agent first: a pause is for
 * someone who pays and cannot ride for a while, not a way out of a debt.
 */
export function refusePause({ days, by, inArrears, taken }: PauseRequest): string | null {
  const limit = limits[by];
  if (by === 'customer' && inArrears) return 'the lease is in arrears: an agent can grant a pause';
  if (days > limit.days) return `a pause lasts at most ${limit.days} days`;
  if (taken + days > limit.perYear) return `pauses take at most ${limit.perYear} days in a year; ${taken} are taken`;
  return null;
}

/** The schedule with every line that is not paid in full moved by `days`; negative days take a pause back. */
export function moveUnpaid(lines: readonly ScheduleLine[], days: number): ScheduleLine[] {
  return lines.map((line) => (unpaid(line) > 0 ? { ...line, dueOn: addDays(line.dueOn, days) } : line));
}
