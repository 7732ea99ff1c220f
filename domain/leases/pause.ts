import { addDays, daysBetween, localDate, type LocalDate } from '../calendar.ts';
import { daysMissed, isAhead, moved, movedUse, staysLate, useMoved } from './days-of-use.ts';
import { levelled, unpaid, type ScheduleLine } from './position.ts';

export const pauseKinds = ['holiday', 'repair', 'illness'] as const;
export type PauseKind = (typeof pauseKinds)[number];

/** Longest pause, and most days and pauses within 365 days: what a customer may take, and what staff may grant. */
const limits = {
  customer: { days: 14, perYear: 30, pauses: 6 },
  staff: { days: 60, perYear: 120, pauses: 24 },
} as const;

/** That a customer may take at once. */
export const MOST_DAYS_OFF = limits.customer.days;

export interface PauseRequest {
  readonly days: number;
  readonly by: keyof typeof limits;
  readonly inArrears: boolean;
  /** Pauses within the last 365 days. */
  readonly taken: readonly TakenPause[];
}

interface TakenPause {
  /** Local dates: from the first day, until the first one after it. */
  readonly from: string;
  readonly until: string;
  /** The day on which it was ended before its time. */
  readonly resumedOn: string | null;
}

/** One that is ended early takes the days that it lasted, at least the one on which it began. */
export const daysOf = ({ from, until, resumedOn }: TakenPause): number =>
  Math.max(1, daysBetween(localDate(from), localDate(resumedOn ?? until)));

/**
 * Why a pause is not granted, or null. A customer in arrears talks to an agent first: a pause is for
 * someone who pays and cannot ride for a while, not a way out of a debt.
 */
export function refusePause({ days, by, inArrears, taken }: PauseRequest): string | null {
  const limit = limits[by];
  if (by === 'customer' && inArrears) return 'the lease is in arrears: an agent can grant a pause';
  if (days > limit.days) return `a pause lasts at most ${limit.days} days`;
  if (taken.length >= limit.pauses) return `there are at most ${limit.pauses} pauses in a year; all are taken`;
  const daysTaken = taken.reduce((sum, pause) => sum + daysOf(pause), 0);
  if (daysTaken + days > limit.perYear)
    return `pauses take at most ${limit.perYear} days in a year; ${daysTaken} are taken`;
  return null;
}

/** What a lease is still for: a pause that was asked for, or what somebody says has happened. */
export type StillFor = PauseKind | 'theft' | 'death' | 'hardship';

/** A time in which a lease is still, as it moves lines. */
interface StillDays {
  /** The day on which it begins, or ends before its time. */
  readonly today: LocalDate;
  /** What was late before this local day stays where it is (`lateBefore`). */
  readonly from?: LocalDate | undefined;
}

/**
 * The day before which what was due stays due and late in a time that begins on `began`: what was late by more than its grace when a
 * theft or a death was reported, which anybody can do who is in arrears. Undefined where all is put off.
 */
export const lateBefore = (kind: StillFor, began: LocalDate, graceDays: number): LocalDate | undefined =>
  kind === 'theft' || kind === 'death' ? addDays(began, -graceDays) : undefined;

/**
 * The schedule with every line that is not paid in full (`levelled`) moved by the days of a pause; each knows by how many. What
 * pays for days to come pays for as many later ones, also where it is paid and stays on its day. That is later by as many once its
 * money is taken back (`openAgain`).
 */
export function moveUnpaid(lines: readonly ScheduleLine[], days: number, { today, from }: StillDays): ScheduleLine[] {
  const level = levelled(lines);
  return lines.map((line, i) => {
    if (staysLate(line, from)) return { ...useMoved(line, days, today), pausedDays: 0 };
    return unpaid(level[i] ?? line) > 0
      ? { ...moved(line, days, today), pausedDays: days }
      : { ...movedUse(line, days, today), pausedDays: 0 };
  });
}

/**
 * The schedule with the days taken back that a pause was shorter: from every line that the pause moved, paid
 * meanwhile or not, and from no other, and from what pays for days to come.
 */
export function takeDaysBack(lines: readonly ScheduleLine[], days: number, { today, from }: StillDays): ScheduleLine[] {
  return lines.map((line) => {
    const { pausedDays = 0 } = line;
    const back = Math.min(days, pausedDays);
    if (back > 0) return { ...moved(line, -back, today), pausedDays: pausedDays - back };
    if (staysLate(line, from)) return useMoved(line, -days, today);
    return isAhead(line) || daysMissed(line) > 0 ? movedUse(line, -days, today) : line;
  });
}
