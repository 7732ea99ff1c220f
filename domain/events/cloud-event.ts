import type { EventType } from './catalogue.ts';

/** An event as it was written, with the time it happened at. */
export interface StoredEvent {
  readonly id: string;
  readonly type: EventType;
  readonly subject: string;
  readonly leaseId: string | null;
  readonly time: Date;
  /** Its place among all events: what was seen later has a higher one. */
  readonly position: number;
  /** Its place among those of its subject, from 1 on, without gaps. */
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** `traceparent` of what it came of; it is not told to others. */
  readonly trace?: string | null;
}

/** CloudEvents 1.0, JSON format; `leaseid`, `position` and `sequence` are extension attributes. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly leaseid?: string;
  readonly position: number;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export const SOURCE = '/rent-to-own';

export function cloudEvent({ id, type, subject, leaseId, time, position, sequence, data }: StoredEvent): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: SOURCE,
    type,
    subject,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    ...(leaseId === null ? {} : { leaseid: leaseId }),
    position,
    sequence,
    data,
  };
}
