import { sql } from 'drizzle-orm';
import { bigint, char, customType, timestamp, uuid, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Currency } from '../../domain/money.ts';

/** Column shorthands shared by every schema. */

/** A UUIDv7 primary key, given by the application. */
export const id = () => uuid('id').primaryKey();

/** A UTC instant with milliseconds. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

/** Words that a row is found by; the database makes them. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** Minor units of the row's currency. */
export const minor = (name: string) => bigint(name, { mode: 'number' });

export const currency = () => char('currency', { length: 3 }).$type<Currency>().notNull();

/** A receipt in the one form in which it is compared: `normalReceipt` of the domain, as indices have it. */
export const normalForm = (column: AnyPgColumn) =>
  sql<string>`upper(regexp_replace(${column}, '[[:space:]]', '', 'g'))`;

/** What somebody typed, as references and number plates are compared: `normalReference` of the domain, as indices have it. */
export const capitalsAndDigits = (column: AnyPgColumn) =>
  sql<string>`upper(regexp_replace(${column}, '[^A-Za-z0-9]', '', 'g'))`;
