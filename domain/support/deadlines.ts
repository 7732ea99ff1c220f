import type { LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';
import { addOfficeTime, officeTimeBetween } from '../office-hours.ts';
import { escalationLevels, ticketServiceLevels, type EscalationLevel, type Priority } from './ticket.ts';

/**
 * The one clock that a ticket has. It counts office time while the ticket is ours to work on: not while it waits for the
 * customer, and not after it was resolved. Both service levels are read from it, so that a pause, a reopening, a merge
 * and another priority move both deadlines alike. Instants are epoch milliseconds.
 */
export interface TicketClock {
  readonly market: Market;
  readonly priority: Priority;
  /** Office time of the spans before the present one, milliseconds. */
  readonly usedMs: number;
  /** When the present span began; null while the clock stands. */
  readonly runningSince: number | null;
  readonly firstAnsweredAt: number | null;
  /** What the clock had counted when the customer wrote what nobody has answered since; null for nothing, or not kept. */
  readonly unansweredUsedMs: number | null;
  readonly level: EscalationLevel | null;
  readonly escalatedAt: number | null;
  /** What the clock had counted when it was escalated; null where that was not kept. */
  readonly escalatedUsedMs: number | null;
}

export interface Deadlines {
  /** Null once it was answered, and while the clock stands. */
  readonly firstAnswerDueAt: number | null;
  readonly resolutionDueAt: number | null;
  /** When it goes to the next level unless something happens; null where there is none, and while the clock stands. */
  readonly escalatesAt: number | null;
}

/** @param entered holidays that an operator has entered, from the beginning of the span on */
export function deadlinesOf(clock: TicketClock, entered: ReadonlySet<LocalDate>): Deadlines {
  const { market, priority, usedMs, runningSince, firstAnsweredAt, unansweredUsedMs, level } = clock;
  if (runningSince === null) return { firstAnswerDueAt: null, resolutionDueAt: null, escalatesAt: null };
  const service = ticketServiceLevels[priority];
  const due = (within: number) => addOfficeTime(runningSince, Math.max(0, within - usedMs), market, entered);
  const resolutionDueAt = due(service.resolution);
  const firstAnswerDueAt = firstAnsweredAt === null ? due(service.firstAnswer) : null;
  // Whoever writes again waits for an answer no longer than for the first one.
  const answerDueAt = unansweredUsedMs === null ? Infinity : due(unansweredUsedMs + service.firstAnswer);
  const next = firstAnswerDueAt ?? Math.min(answerDueAt, resolutionDueAt);
  if (nextLevel(level) === null) return { firstAnswerDueAt, resolutionDueAt, escalatesAt: null };
  return { firstAnswerDueAt, resolutionDueAt, escalatesAt: Math.max(next, patience()) };

  /** Until when the level that has it may look after it: hours of the same clock. */
  function patience(): number {
    const { escalatedAt, escalatedUsedMs } = clock;
    if (escalatedUsedMs !== null) return due(escalatedUsedMs + service.further);
    return escalatedAt === null ? 0 : addOfficeTime(escalatedAt, service.further, market, entered);
  }
}

/** The level after this one; null after the last. */
export function nextLevel(level: EscalationLevel | null): EscalationLevel | null {
  return escalationLevels[level === null ? 0 : escalationLevels.indexOf(level) + 1] ?? null;
}

/** What the clock has counted until `at`, milliseconds of office time. */
export function usedUntil(
  { market, usedMs, runningSince }: Pick<TicketClock, 'market' | 'usedMs' | 'runningSince'>,
  at: number,
  entered: ReadonlySet<LocalDate>,
): number {
  return runningSince === null ? usedMs : usedMs + officeTimeBetween(runningSince, at, market, entered);
}
