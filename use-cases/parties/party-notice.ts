import type { StoredEvent } from '#domain/events/cloud-event';
import type { Message } from '#domain/notifications/messages';

export type PartyEvent = Pick<StoredEvent, 'id' | 'type' | 'data' | 'time'>;
/** Who is told, and what: once a key. */
export interface PartyNotice {
  readonly key: string;
  readonly userId: string;
  readonly message: Message;
}
