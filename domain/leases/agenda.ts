import { addDays, daysBetween, instantOf, localDate, localDateAt, type LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';
import { afterQuietHours, promptHours, type QuietHours } from '../quiet-hours.ts';
import { arrearsBegin } from './position.ts';
import type { Standing } from './standing.ts';

/** Reminders are sent when a lease is this many days past due. */
const reminderDays: readonly number[] = [1, 3, 7, 14, 21, 30, 45, 60, 90];
/** Local hour at which a customer is reminded, and told of a late fee that is charged then. */
const MORNING_HOUR = 9;

/** What a running lease does next, and when (epoch milliseconds on its own clock). */
export type AgendaItem =
  | { readonly do: 'collect'; readonly at: number }
  | {
      readonly do:
        | 'settle'
        | 'enter_arrears'
        | 'charge_late_fees'
        | 'check_promise'
        | 'resume'
        | 'warn_immobilisation'
        | 'immobilise';
      readonly at: number;
    }
  | { readonly do: 'remind'; readonly at: number; readonly on: LocalDate; readonly daysPastDue: number }
  | { readonly do: 'ask_unknown'; readonly at: number; readonly attemptId: string };

export interface AgendaFacts {
  /** The lease's own time: nothing is planned for before it. Null as runs do that began before the night was heeded. */
  readonly now: number | null;
  readonly market: Market;
  readonly graceDays: number;
  readonly standing: Standing;
  readonly notBefore: number;
  readonly quiet: QuietHours | null;
  /** How long after the hour this lease is prompted, milliseconds: it differs by lease, so that not all are prompted at once. */
  readonly spread?: number;
  readonly reminded: Reminded | null;
  readonly postponed?: Postponed;
  readonly unknown: readonly { readonly attemptId: string; readonly askAt: number }[];
  /** A settlement that goes on, with when its next prompt is sent; epoch milliseconds. */
  readonly settling?: { readonly at: number } | null;
  /** The stop of the vehicle that is under way, null where none is; absent in runs that stop none. `lookAt` in epoch milliseconds. */
  readonly stop?: Stop | null;
}

export interface Stop {
  readonly immobilisationId: string;
  readonly lookAt: number;
}

/** The local day before which a step is not looked at again, since what it goes by may have been paid. */
export interface Postponed {
  readonly arrears?: LocalDate;
  readonly lateFees?: LocalDate;
  readonly stop?: LocalDate;
}

/** The reminder that was sent last: for which oldest unpaid day, and on which local day. */
export interface Reminded {
  readonly on: string;
  readonly daysPastDue: number;
  readonly sentOn?: string;
}

/**
 * The earliest of what a running lease has to do; null when nothing is owed and nothing is unknown. During a
 * pause nothing is collected, charged or reminded of; before the day of a promise nothing is collected or
 * reminded of; what a person has asked for goes on. What reaches the customer's phone waits for the end of quiet hours,
 * however late it is already. Pure: the workflow waits until `at` and does it, or asks again when something changed meanwhile.
 */
export function nextStep(facts: AgendaFacts): AgendaItem | null {
  const steps: AgendaItem[] = facts.unknown.map(({ attemptId, askAt }) => ({
    do: 'ask_unknown',
    at: askAt,
    attemptId,
  }));
  const { nextDue, status, pausedUntil, promisedOn, lateFeeOn, feesDue, depositDue } = facts.standing;
  const { market, now, settling } = facts;
  if (settling !== null && settling !== undefined) steps.push({ do: 'settle', at: settling.at });
  const reachable = (at: number) => reachableAt(at, facts);
  if (pausedUntil !== null) {
    steps.push({ do: 'resume', at: instantOf(pausedUntil, 0, market) });
    return earliest(steps);
  }
  const promised = promisedOn === null ? 0 : instantOf(promisedOn, promptHours[0], market);
  if (promisedOn !== null) steps.push({ do: 'check_promise', at: instantOf(addDays(promisedOn, 1), 0, market) });
  const dueAt = feesDue + depositDue > 0 ? 0 : nextDue === null ? null : instantOf(nextDue.on, promptHours[0], market);
  if (dueAt !== null) steps.push({ do: 'collect', at: reachable(Math.max(dueAt, facts.notBefore, promised)) });
  if (nextDue !== null) {
    if (status === 'active') {
      const on = later(arrearsBegin(nextDue.on, facts.graceDays), facts.postponed?.arrears);
      steps.push({ do: 'enter_arrears', at: instantOf(on, 0, market) });
    }
    const reminder = now === null ? everyReminder(facts, nextDue.on) : nextReminder(facts, nextDue.on, now);
    if (reminder !== null) steps.push({ ...reminder, at: reachable(Math.max(reminder.at, promised)) });
  }
  const stop = stopStep(facts, promised, reachable);
  if (stop !== null) steps.push(stop);
  if (lateFeeOn !== null) {
    const on = later(lateFeeOn, facts.postponed?.lateFees);
    const at = now === null ? instantOf(on, 0, market) : reachable(instantOf(on, MORNING_HOUR, market));
    steps.push({ do: 'charge_late_fees', at });
  }
  return earliest(steps);
}

/**
 * When the customer may be reached, at or after an instant. What is planned for it, and what waits for the end of quiet
 * hours, comes at the lease's own part of the spread: others wait for the same moment.
 */
function reachableAt(at: number, { now, quiet, market, spread = 0 }: AgendaFacts): number {
  const after = (instant: number) => afterQuietHours(instant, quiet, market);
  const planned = after(after(at) + spread);
  if (now === null || planned > now) return planned;
  const hour = after(now);
  return hour > now ? after(hour + spread) : now;
}

/** The warning comes on the first day beyond the plan's threshold, when the customer may be reached; then the stop is looked at. */
function stopStep(
  { standing, stop, postponed, market }: AgendaFacts,
  promised: number,
  reachable: (at: number) => number,
): AgendaItem | null {
  const { nextDue, status, stopsAfter = null } = standing;
  if (stop === undefined || nextDue === null) return null;
  if (stop !== null) return { do: 'immobilise', at: stop.lookAt };
  if (stopsAfter === null || (status !== 'active' && status !== 'in_arrears')) return null;
  const on = later(arrearsBegin(nextDue.on, stopsAfter), postponed?.stop);
  return { do: 'warn_immobilisation', at: reachable(Math.max(instantOf(on, 0, market), promised)) };
}

const later = (day: LocalDate, other: LocalDate = day) => (other > day ? other : day);

function earliest(steps: readonly AgendaItem[]): AgendaItem | null {
  return steps.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

type Reminder = Extract<AgendaItem, { do: 'remind' }>;

/**
 * The highest reminder that is reached, or the first to come. What was reached on the day of the last one is not
 * reminded of again, also where a payment has made another line the oldest: so there is at most one a day.
 */
function nextReminder({ market, reminded }: AgendaFacts, on: LocalDate, now: number): Reminder | null {
  const told = reminded === null ? 0 : toldDays(reminded, on);
  const late = daysBetween(on, localDateAt(now, market));
  const left = reminderDays.filter((days) => days > told);
  const daysPastDue = left.findLast((days) => days <= late) ?? left[0];
  return daysPastDue === undefined ? null : reminderOn(on, daysPastDue, market);
}

/** How many days past due the line was when the last reminder was sent. */
function toldDays({ on: reminded, daysPastDue, sentOn }: Reminded, on: LocalDate): number {
  if (sentOn === undefined) return reminded === on ? daysPastDue : 0;
  return daysBetween(on, localDate(sentOn));
}

/** As runs remind that began when each reminder was sent, one after the other. */
function everyReminder({ market, reminded }: AgendaFacts, on: LocalDate): Reminder | null {
  const last = reminded?.on === on ? reminded.daysPastDue : 0;
  const daysPastDue = reminderDays.find((days) => days > last);
  return daysPastDue === undefined ? null : reminderOn(on, daysPastDue, market);
}

function reminderOn(on: LocalDate, daysPastDue: number, market: Market): Reminder {
  return { do: 'remind', at: instantOf(addDays(on, daysPastDue), MORNING_HOUR, market), on, daysPastDue };
}

/** Days past due at an instant, from the oldest unpaid due date. */
export function daysPastDueAt(standing: Standing, now: number, market: Market): number {
  if (standing.nextDue === null) return 0;
  return Math.max(0, daysBetween(localDate(standing.nextDue.on), localDateAt(now, market)));
}

const HOUR = 3_600_000;

/** When to ask again about an unknown outcome: every 6 hours for three days, then daily, after a month weekly. */
export function nextQuestion(since: number, now: number): number {
  const days = (now - since) / (24 * HOUR);
  if (days < 3) return now + 6 * HOUR;
  return now + (days < 30 ? 24 : 7 * 24) * HOUR;
}
