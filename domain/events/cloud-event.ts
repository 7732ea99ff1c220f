import type { EventType } from './types.ts';

/** An event as it is kept in the outbox. Times are instants, on the lease's clock where there is a lease. */
export interface StoredEvent {
  readonly id: string;
  readonly type: EventType;
  readonly subject: string;
  readonly leaseId: string | null;
  readonly time: Date;
  readonly data: Record<string, unknown>;
}

/** CloudEvents 1.0, structured JSON; `leaseid` is an extension attribute, whose names have lower case only. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  readonly subject: string;
  /** ISO 8601 UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly leaseid?: string;
  readonly data: Record<string, unknown>;
}

/** @param source the platform's public address */
export function cloudEvent(event: StoredEvent, source: string): CloudEvent {
  const { id, type, subject, leaseId, time, data } = event;
  const lease = leaseId === null ? {} : { leaseid: leaseId };
  return { specversion: '1.0', id, source, type, subject, time: time.toISOString(), datacontenttype: 'application/json', ...lease, data };
}
