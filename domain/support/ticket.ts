import type { Market } from '../markets.ts';

/** What a ticket is about. */
export const ticketCategories = [
  'accident',
  'theft',
  'breakdown',
  'tampering',
  'payment',
  'arrears',
  'documents',
  'account',
  'complaint',
  'other',
] as const;
export type TicketCategory = (typeof ticketCategories)[number];

/** `waiting` for the customer; `merged` into another one, where it goes on. */
export const ticketStatuses = ['open', 'waiting', 'resolved', 'merged'] as const;
export type TicketStatus = (typeof ticketStatuses)[number];

/** Most urgent first. */
export const priorities = ['urgent', 'high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

/** To whom a ticket is escalated, in order. */
export const escalationLevels = ['team_lead', 'manager'] as const;
export type EscalationLevel = (typeof escalationLevels)[number];

/** Why: a deadline that was missed, or a person's word. */
export const escalationReasons = ['first_answer_overdue', 'answer_overdue', 'resolution_overdue', 'by_hand'] as const;
export type EscalationReason = (typeof escalationReasons)[number];

/** What a category is by itself; staff may change it. */
const priorityByCategory: Readonly<Record<TicketCategory, Priority>> = {
  accident: 'urgent',
  theft: 'urgent',
  breakdown: 'high',
  tampering: 'high',
  payment: 'high',
  arrears: 'normal',
  documents: 'normal',
  account: 'normal',
  complaint: 'normal',
  other: 'low',
};

export const priorityOf = (category: TicketCategory): Priority => priorityByCategory[category];

/** The more urgent of two. */
export function moreUrgent(a: Priority, b: Priority): Priority {
  return priorities.indexOf(a) <= priorities.indexOf(b) ? a : b;
}

/** How urgent a ticket is once staff have said what it is about, how urgent it is, or both. */
export function priorityAfter(
  before: Priority,
  { category, priority }: { readonly category?: TicketCategory | undefined; readonly priority?: Priority | undefined },
): Priority {
  if (priority !== undefined) return priority;
  return category === undefined ? before : moreUrgent(before, priorityOf(category));
}

/** Days in which a customer may reopen what was resolved; later it is another ticket. */
export const REOPEN_DAYS = 30;

/** Days in which a digit that a customer texts says how content he is with what was resolved. */
export const RATE_DAYS = 7;

/** Messages that one ticket takes: what goes on longer is another one. */
export const MOST_MESSAGES = 500;

const HOUR = 3_600_000;

interface ServiceLevel {
  /** Until somebody answers the customer, milliseconds of office time. */
  readonly firstAnswer: number;
  /** Until it is resolved. */
  readonly resolution: number;
  /** From the team lead on to the manager, where it is overdue still. */
  readonly further: number;
}

const level = (firstAnswer: number, resolution: number, further: number): ServiceLevel => ({
  firstAnswer: firstAnswer * HOUR,
  resolution: resolution * HOUR,
  further: further * HOUR,
});

/** How quickly we promise to be, in hours in which offices work. */
export const ticketServiceLevels: Readonly<Record<Priority, ServiceLevel>> = {
  urgent: level(1, 8, 1),
  high: level(4, 24, 4),
  normal: level(8, 40, 8),
  low: level(16, 80, 16),
};

/** Where a member of staff sits: which tickets come to him by themselves. */
export interface Desk {
  readonly markets: readonly Market[];
  readonly branchId: string | null;
  readonly skills: readonly TicketCategory[];
  readonly level: 'agent' | EscalationLevel;
}

export interface StaffCandidate {
  readonly id: string;
  readonly desk: Desk;
  /** Open tickets that are his. */
  readonly load: number;
}

/**
 * Who gets a ticket: staff of its market and level, narrowed to those with the skill if there are any, then to those of the
 * branch if there are any; of these whoever has least to do, the first by id among equals.
 *
 * @returns null where the market has nobody of that level.
 */
export function chooseStaff(
  candidates: readonly StaffCandidate[],
  wanted: {
    readonly market: Market;
    readonly level: Desk['level'];
    readonly category: TicketCategory;
    readonly branchId: string | null;
  },
): string | null {
  const { market, level, category, branchId } = wanted;
  const there = candidates.filter(({ desk }) => desk.level === level && desk.markets.includes(market));
  const skilled = preferred(there, ({ desk }) => desk.skills.includes(category));
  const near = preferred(skilled, ({ desk }) => branchId !== null && desk.branchId === branchId);
  const [first] = near.toSorted((a, b) => a.load - b.load || a.id.localeCompare(b.id));
  return first?.id ?? null;
}

function preferred<T>(all: readonly T[], isBetter: (one: T) => boolean): readonly T[] {
  const better = all.filter(isBetter);
  return better.length === 0 ? all : better;
}
