import { index, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { HeardAs } from '../../domain/support/heard.ts';
import { id, instant } from './columns.ts';
import { users } from './identity.ts';
import { support } from './support.ts';

/** What people send us: by SMS as the gateway handed it over, and what they type for an agent by USSD. */
export const inboundTexts = support.table(
  'inbound_texts',
  {
    id: id(),
    /** The gateway's id, so that a text that comes again is known. */
    key: text('key').notNull(),
    /** Null for a number of nobody. */
    userId: uuid('user_id').references(() => users.id),
    phoneHash: text('phone_hash').notNull(),
    phoneEncrypted: text('phone_encrypted').notNull(),
    bodyEncrypted: text('body_encrypted').notNull(),
    /** The whole of the gateway's message; null for what did not come by one. */
    rawEncrypted: text('raw_encrypted'),
    heardAs: text('heard_as').$type<HeardAs>().notNull(),
    /** The lease that it pays: when it comes again it pays no other. */
    leaseId: uuid('lease_id'),
    /** By the gateway's clock; null where it did not say. */
    saidAt: instant('said_at'),
    receivedAt: instant('received_at').notNull(),
    /** When it was acted upon; one that was not, since a process died, is when the gateway sends it again. */
    answeredAt: instant('answered_at'),
  },
  (t) => [
    uniqueIndex('inbound_texts_key').on(t.key),
    index('inbound_texts_phone').on(t.phoneHash, t.receivedAt),
    index('inbound_texts_user').on(t.userId, t.receivedAt),
  ],
);

/** Phones that want no texts but legal notices and login codes. */
export const suppressions = support.table('suppressions', {
  phoneHash: text('phone_hash').primaryKey(),
  since: instant('since').notNull(),
});

/** What a gateway of texts, or a provider that announces money, sent and nobody could read: there is nothing that it belongs to. */
export const unreadCallbacks = support.table(
  'unread_callbacks',
  {
    id: id(),
    /** Whose address it came to, as its path has it. */
    sender: text('sender').notNull(),
    /** What of it could not be read. */
    unread: text('unread').notNull(),
    /** JSON, encrypted. */
    bodyEncrypted: text('body_encrypted').notNull(),
    receivedAt: instant('received_at').notNull(),
  },
  (t) => [index('unread_callbacks_received').on(t.receivedAt, t.id)],
);
