import type { Transaction } from '#db/client';
import type { users } from '#db/schema/index';
import type { FieldError } from '#domain/errors';
import type { Context } from './context.ts';
import type { Retention } from './retention.ts';

export type User = typeof users.$inferSelect;

/** Whose data is read, and how what is sealed is opened. */
export interface Reading {
  readonly tx: Transaction;
  readonly user: User;
  readonly clear: (sealed: string | null) => string | null;
}

/**
 * What a capability holds about people. What a person is given, what is erased and what goes by itself are
 * loops over these, and docs/identity.md has them as a table: a capability that holds something new says so in one place.
 */
export interface PersonalData {
  readonly holds: string;
  /** For how long, and what stays after an erasure. */
  readonly kept: string;
  /** What the person is given of it, by its name in `GET /v1/me/export`. Files and positions have their own addresses. */
  export(reading: Reading): Promise<Record<string, unknown>>;
  /** What is open between the person and the house, for which nothing can be erased yet. */
  open?(tx: Transaction, user: User): Promise<FieldError[]>;
  /** Erases it, in the transaction of all. The person's row and leases are locked. */
  erase(context: Context, user: User): Promise<void>;
  /** What upkeep deletes of it without being asked. */
  readonly retention?: Retention;
}
