import type { StoredEvent } from './cloud-event.ts';

/**
 * An event as it is told to others than its customer: where his vehicle was is left out, since whoever looks at that says why, and he
 * is told (`GET /v1/risk-events`). What happened to a vehicle that nobody has is told whole.
 */
export function withoutPlace<One extends Pick<StoredEvent, 'type' | 'leaseId' | 'data'>>(event: One): One {
  if (event.type !== 'telematics.risk.detected' || event.leaseId === null) return event;
  return { ...event, data: { ...event.data, position: null, details: placeless(event.data['details']) } };
}

/** What is known of a risk, but for the place that a jump was from. */
export function placeless(details: unknown): Readonly<Record<string, unknown>> {
  if (typeof details !== 'object' || details === null) return {};
  const { from: _place, ...rest } = { from: undefined, ...details };
  return rest;
}
