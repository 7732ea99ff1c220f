import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  check,
  index,
  integer,
  jsonb,
  pgSchema,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Market } from '../../domain/markets.ts';
import type { Role } from '../../domain/identity/roles.ts';
import type { Channel, Digest } from '../../domain/notifications/channels.ts';
import type { Desk } from '../../domain/support/ticket.ts';
import { id, instant } from './columns.ts';

export const identity = pgSchema('identity');

/** Customers have a phone, staff an e-mail and a password. Phones are encrypted and found by their keyed hash. */
export const users = identity.table(
  'users',
  {
    id: id(),
    role: text('role').$type<Role>().notNull(),
    name: text('name').notNull(),
    market: char('market', { length: 2 }).$type<Market>(),
    phoneEncrypted: text('phone_encrypted'),
    phoneHash: text('phone_hash'),
    email: text('email'),
    passwordHash: text('password_hash'),
    /** What the customer says to earn in a month, in minor units of the market's currency. */
    monthlyIncome: bigint('monthly_income', { mode: 'number' }),
    language: text('language').notNull().default('en'),
    /** How they want to be reached, the first first. */
    channels: text('channels')
      .array()
      .$type<Channel[]>()
      .notNull()
      .default(sql`'{sms,in_app}'`),
    /** Whether what is not urgent comes together, once a day. */
    digest: text('digest').$type<Digest>().notNull().default('off'),
    /** Of staff: which tickets come to them by themselves; null for none. */
    desk: jsonb('desk').$type<Desk>(),
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    disabledAt: instant('disabled_at'),
    /** Somebody else has said what he is called, who had him asked: until he comes, he says it himself. */
    isNamedByOther: boolean('is_named_by_other').notNull().default(false),
    erasedAt: instant('erased_at'),
  },
  (t) => [
    uniqueIndex('users_phone_hash').on(t.phoneHash),
    uniqueIndex('users_email').on(t.email),
    check('users_role', sql`${t.role} in ('customer', 'agent', 'admin')`),
    check('users_login', sql`${t.erasedAt} is not null or ${t.phoneHash} is not null or ${t.email} is not null`),
  ],
);

/** One-time codes sent by SMS; only a keyed hash of the code is kept. */
export const otpCodes = identity.table(
  'otp_codes',
  {
    id: id(),
    phoneHash: text('phone_hash').notNull(),
    codeHash: text('code_hash').notNull(),
    /** What it is good for (`Purpose`): its hash is bound to that. */
    purpose: text('purpose').notNull().default('login'),
    wrongTries: integer('wrong_tries').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    consumedAt: instant('consumed_at'),
  },
  (t) => [index('otp_codes_phone').on(t.phoneHash, t.createdAt), index('otp_codes_created').on(t.createdAt)],
);

/** With what customers sign on a phone; only a slow hash of a keyed hash is kept. */
export const pins = identity.table('pins', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id),
  hash: text('hash').notNull(),
  wrongTries: integer('wrong_tries').notNull().default(0),
  /** The last wrong try: the same one again is not counted twice. */
  lastTry: text('last_try'),
  lockedUntil: instant('locked_until'),
  setAt: instant('set_at').notNull(),
});

/** A login; refresh tokens rotate within it, and the reuse of an old one revokes it whole. */
export const sessions = identity.table(
  'sessions',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
  },
  (t) => [index('sessions_user').on(t.userId), index('sessions_expires').on(t.expiresAt)],
);

export const refreshTokens = identity.table(
  'refresh_tokens',
  {
    tokenHash: text('token_hash').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    usedAt: instant('used_at'),
    /** The token that it was given for, for a minute: phones lose answers. */
    successorEncrypted: text('successor_encrypted'),
  },
  (t) => [
    index('refresh_tokens_session').on(t.sessionId),
    index('refresh_tokens_successor')
      .on(t.usedAt)
      .where(sql`${t.successorEncrypted} is not null`),
  ],
);

/**
 * First answers to requests with an Idempotency-Key, by user and route, kept 24 hours. What is ordered from a phone, by no key,
 * is here too (`claim-order.ts`): its key is the amount, and `body_hash` what the one who ordered first is known by.
 */
export const idempotencyKeys = identity.table(
  'idempotency_keys',
  {
    userId: uuid('user_id').notNull(),
    route: text('route').notNull(),
    key: text('key').notNull(),
    bodyHash: text('body_hash').notNull(),
    /** The request that has the key now: the first one, or who took it over when that died or came to no answer. */
    turn: uuid('turn').notNull().defaultRandom(),
    /** Null until there is an answer that is kept. */
    status: integer('status'),
    response: jsonb('response').$type<{ headers: Record<string, string>; body: string }>(),
    /** When the key came first: what is made by it is named after that, and a day later it is another key. */
    createdAt: instant('created_at').notNull().defaultNow(),
    /** A request that died is taken over after this, by the same body. */
    lockedUntil: instant('locked_until').notNull(),
  },
  (t) => [
    uniqueIndex('idempotency_keys_key').on(t.userId, t.route, t.key),
    index('idempotency_keys_created').on(t.createdAt),
  ],
);
