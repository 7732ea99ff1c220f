import { index, integer, jsonb, pgSchema, text } from 'drizzle-orm/pg-core';
import type { State } from '../../domain/ussd/state.ts';
import { instant } from './columns.ts';

export const ussd = pgSchema('ussd');

/** Where each phone is in its screens, so that any replica answers the next. What was typed is not kept: it may be a PIN. */
export const ussdSessions = ussd.table(
  'sessions',
  {
    /** The gateway's. */
    id: text('id').primaryKey(),
    phoneHash: text('phone_hash').notNull(),
    language: text('language').notNull(),
    /** Null before the first screen, and when the session is over. */
    state: jsonb('state').$type<State>(),
    /** Of the text that was answered last, its length and keyed hash, and the answer, which may hold a code; null before the first. */
    heardLength: integer('heard_length'),
    heardHash: text('heard_hash'),
    answerEncrypted: text('answer_encrypted'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [index('sessions_phone').on(t.phoneHash), index('sessions_updated').on(t.updatedAt)],
);
