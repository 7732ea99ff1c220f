import { rules, type RiskType } from './rules/index.ts';
import type { Severity } from './rules/rule.ts';

export const riskTypes: readonly RiskType[] = rules.map(({ type }) => type);

/** A risk event as it is told to everybody: by the API, and as the data of its CloudEvent. */
export interface RiskEvent {
  readonly id: string;
  readonly type: RiskType;
  readonly severity: Severity;
  readonly vehicleId: string;
  readonly trackerId: string;
  /** The lease that had the vehicle. */
  readonly leaseId: string | null;
  readonly occurredAt: string;
  readonly endedAt: string | null;
  readonly position: { readonly lat: number; readonly lon: number } | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly acknowledgedAt: string | null;
}

type Told = 'occurredAt' | 'endedAt' | 'acknowledgedAt';

/** A row of telematics.risk_events. */
export type RiskRow = Omit<RiskEvent, Told> & {
  readonly [Key in Told]: Key extends 'occurredAt' ? Date : Date | null;
};

/** As it is told: times are ISO UTC. */
export function riskEvent(row: RiskRow): RiskEvent {
  const { id, type, severity, vehicleId, trackerId, leaseId, occurredAt, endedAt, position, details, acknowledgedAt } =
    row;
  return {
    id,
    type,
    severity,
    vehicleId,
    trackerId,
    leaseId,
    occurredAt: occurredAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    position,
    details,
    acknowledgedAt: acknowledgedAt?.toISOString() ?? null,
  };
}

/** Names an episode for good: found again, after a restart or out of order, it is the same event. */
export function episodeName(trackerId: string, key: string, began: number): string {
  return `${trackerId}:${key}:${began}`;
}

/** The key of a risk, its type or `type:name` of a thing, that an episode is named by. */
export const keyOfEpisode = (name: string): string => name.split(':').slice(1, -1).join(':');
