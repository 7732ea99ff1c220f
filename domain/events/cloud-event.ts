import type { EventType } from './catalogue.ts';

/** An event as it was written, with the time it happened at. */
export interface StoredEvent {
  readonly id: string;
  readonly type: EventType;
  readonly subject: string;
  readonly leaseId: string | null;
  readonly time: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** CloudEvents 1.0, JSON format; `leaseid` is an extension attribute. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly leaseid?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const SOURCE = '/rent-to-own';

export function cloudEvent({ id, type, subject, leaseId, time, data }: StoredEvent): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: SOURCE,
    type,
    subject,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    ...(leaseId === null ? {} : { leaseid: leaseId }),
    data,
  };
}
