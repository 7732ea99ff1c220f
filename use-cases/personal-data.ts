import { z } from 'zod';
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

/** A part of what a person is given: what it looks like in the document of the API, and how it is read. */
export interface Part {
  readonly shape: z.ZodType;
  read(reading: Reading): Promise<unknown>;
}

const fact = z.record(z.string(), z.unknown());

/** A part that is a list. */
export const list = (read: (reading: Reading) => Promise<readonly object[]>): Part => ({ shape: z.array(fact), read });
/** A part that everybody has. */
export const one = (read: (reading: Reading) => Promise<object>): Part => ({ shape: fact, read });
/** A part that not everybody has. */
export const oneOrNone = (read: (reading: Reading) => Promise<object | null>): Part => ({
  shape: fact.nullable(),
  read,
});

/**
 * What a capability holds about people. What a person is given, what is erased and what goes by itself are
 * loops over these, and docs/identity.md has them as a table: a capability that holds something new says so in one place.
 */
export interface PersonalData {
  readonly holds: string;
  /** For how long, and what stays after an erasure. */
  readonly kept: string;
  /** What the person is given of it, by its name in `GET /v1/me/export`. Files and positions have their own addresses. */
  readonly export: Readonly<Record<string, Part>>;
  /** What is open between the person and the house, for which nothing can be erased yet. */
  open?(tx: Transaction, user: User): Promise<FieldError[]>;
  /** Erases it, in the transaction of all. The person's row and leases are locked. */
  erase(context: Context, user: User): Promise<void>;
  /** What upkeep deletes of it without being asked. */
  readonly retention?: Retention;
}
