import { addDays, daysBetween, instantOf, localDate, localDateAt, type LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';
import { afterQuietHours, promptHours, type QuietHours } from '../quiet-hours.ts';
import { arrearsBegin } from './position.ts';
import type { Standing } from './standing.ts';

/** Reminders are sent when a lease is this many days past due. */
const reminderDays: readonly number[] = [1, 3, 7, 14, 21, 30, 45, 60, 90];
/** Local hour at which a customer is reminded, and told of a late fee that is charged then. */
const MORNING_HOUR = 9;

/** Steps of which nothing more is said than when they are taken. */
type Plain =
  | 'collect'
  | 'settle'
  | 'enter_arrears'
  | 'charge_late_fees'
  | 'check_promise'
  | 'resume'
  | 'warn_immobilisation'
  | 'immobilise';

interface Told extends Record<Plain, unknown> {
  readonly remind: { readonly on: LocalDate; readonly daysPastDue: number };
  readonly ask_unknown: { readonly attemptId: string };
}

type Due<Step extends keyof Told> = { readonly do: Step; readonly at: number } & Told[Step];

/** What a running lease does next, and when (epoch milliseconds on its own clock). */
export type AgendaItem = { [Step in keyof Told]: Due<Step> }[keyof Told];

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
 * When each step is taken, null where there is none to take. Of those that come at the same moment the first of these goes
 * first: they stand in the order of histories that are recorded.
 */
const agenda: { readonly [Step in keyof Told]: (facts: AgendaFacts) => Due<Step> | null } = {
  ask_unknown: ({ unknown }) =>
    earliest(unknown.map(({ attemptId, askAt }) => ({ do: 'ask_unknown', at: askAt, attemptId }))),
  settle: ({ settling }) => (settling ? { do: 'settle', at: settling.at } : null),
  resume: ({ standing: { pausedUntil }, market }) =>
    pausedUntil === null ? null : { do: 'resume', at: instantOf(pausedUntil, 0, market) },
  check_promise: ({ standing: { promisedOn }, market }) =>
    promisedOn === null ? null : { do: 'check_promise', at: instantOf(addDays(promisedOn, 1), 0, market) },
  collect(facts) {
    const { feesDue, depositDue, nextDue } = facts.standing;
    const dueOn = nextDue === null ? null : instantOf(nextDue.on, promptHours[0], facts.market);
    const dueAt = feesDue + depositDue > 0 ? 0 : dueOn;
    if (dueAt === null) return null;
    return { do: 'collect', at: reachableAt(Math.max(dueAt, facts.notBefore, promisedAt(facts)), facts) };
  },
  enter_arrears({ standing: { nextDue, status }, graceDays, postponed, market }) {
    if (nextDue === null || status !== 'active') return null;
    const on = later(arrearsBegin(nextDue.on, graceDays), postponed?.arrears);
    return { do: 'enter_arrears', at: instantOf(on, 0, market) };
  },
  remind(facts) {
    const { now, standing } = facts;
    if (standing.nextDue === null) return null;
    const { on } = standing.nextDue;
    const reminder = now === null ? everyReminder(facts, on) : nextReminder(facts, on, now);
    return reminder && { ...reminder, at: reachableAt(Math.max(reminder.at, promisedAt(facts)), facts) };
  },
  immobilise: ({ standing, stop }) =>
    stop && standing.nextDue !== null ? { do: 'immobilise', at: stop.lookAt } : null,
  /** On the first day beyond the plan's threshold; then the stop is looked at. */
  warn_immobilisation(facts) {
    const { nextDue, status, stopsAfter = null } = facts.standing;
    if (facts.stop !== null || nextDue === null || stopsAfter === null) return null;
    if (status !== 'active' && status !== 'in_arrears') return null;
    const on = later(arrearsBegin(nextDue.on, stopsAfter), facts.postponed?.stop);
    const at = Math.max(instantOf(on, 0, facts.market), promisedAt(facts));
    return { do: 'warn_immobilisation', at: reachableAt(at, facts) };
  },
  charge_late_fees(facts) {
    const { market, now, standing, postponed } = facts;
    if (standing.lateFeeOn === null) return null;
    const on = later(standing.lateFeeOn, postponed?.lateFees);
    const at = now === null ? instantOf(on, 0, market) : reachableAt(instantOf(on, MORNING_HOUR, market), facts);
    return { do: 'charge_late_fees', at };
  },
};

/** What a person has asked for goes on during a pause. */
const goesOn: ReadonlySet<keyof Told> = new Set(['ask_unknown', 'settle', 'resume'] as const);

/**
 * The earliest of what a running lease has to do; null when nothing is owed and nothing is unknown. During a
 * pause nothing is collected, charged or reminded of; before the day of a promise nothing is collected or
 * reminded of; what a person has asked for goes on. What reaches the customer's phone waits for the end of quiet hours,
 * however late it is already. Pure: the workflow waits until `at` and does it, or asks again when something changed meanwhile.
 */
export function nextStep(facts: AgendaFacts): AgendaItem | null {
  const isPaused = facts.standing.pausedUntil !== null;
  const items = Object.values(agenda).flatMap((when): AgendaItem[] => {
    const item = when(facts);
    return item === null || (isPaused && !goesOn.has(item.do)) ? [] : [item];
  });
  return earliest(items);
}

/** The hour of the day of a promise, before which nobody is prompted; the beginning of time where there is none. */
function promisedAt({ standing: { promisedOn }, market }: AgendaFacts): number {
  return promisedOn === null ? 0 : instantOf(promisedOn, promptHours[0], market);
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

const later = (day: LocalDate, other: LocalDate = day) => (other > day ? other : day);

function earliest<Item extends AgendaItem>(steps: readonly Item[]): Item | null {
  return steps.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

type Reminder = Due<'remind'>;

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
