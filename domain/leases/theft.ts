import type { Plan } from '../vehicles/plan.ts';

/** For so many days nothing is collected of a vehicle that was stolen, where the plan says nothing of it. */
export const THEFT_PAUSE_DAYS = 30;

/** For how many days collection waits for a stolen vehicle; null where the plan does not have it wait. */
export function theftPauseOf({ theftPauseDays }: Pick<Plan, 'theftPauseDays'>): number | null {
  return theftPauseDays === undefined ? THEFT_PAUSE_DAYS : theftPauseDays;
}

/** Both together within this, in milliseconds, suspect a theft: the vehicle is moved without its engine, and out of the country. */
const SUSPICIOUS_MS = 24 * 3_600_000;
const suspicious: ReadonlySet<string> = new Set(['tow', 'wrong_country']);

export const isSuspicious = ({ type }: Pick<Seen, 'type'>): boolean => suspicious.has(type);

/** What telematics saw, and when: ISO UTC. */
export interface Seen {
  readonly type: string;
  readonly occurredAt: string;
}

/** True when what was seen now, with what was seen before or after it, looks like a theft. */
export function suspectsTheft(now: Seen, others: readonly Seen[]): boolean {
  if (!isSuspicious(now)) return false;
  const apart = ({ occurredAt }: Seen) => Math.abs(Date.parse(occurredAt) - Date.parse(now.occurredAt));
  return others.some((seen) => isSuspicious(seen) && seen.type !== now.type && apart(seen) <= SUSPICIOUS_MS);
}
