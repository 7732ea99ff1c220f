import { sql, type SQL } from 'drizzle-orm';
import { normalReference } from '#domain/payments/suggestions';
import { capitalsAndDigits } from '../schema/columns.ts';
import { vehicles } from '../schema/index.ts';

/** Characters of the shortest plate. */
const LEAST = 5;

interface Typed {
  readonly filter: { readonly q?: string | undefined };
  readonly isForStaff: boolean;
}

/** Staff at the counter have a plate or a VIN, however it is spaced: whether a vehicle has it; undefined where none was typed. */
export function hasNumber({ filter: { q }, isForStaff }: Typed): SQL | undefined {
  const typed = normalReference(q ?? '');
  if (!isForStaff || typed.length < LEAST || !/[0-9]/.test(typed)) return undefined;
  return sql`(${capitalsAndDigits(vehicles.registration)} = ${typed} or ${capitalsAndDigits(vehicles.vin)} = ${typed})`;
}

/** What it adds to a rank of words, so that it stands before them. */
export function numberFirst(typed: Typed): SQL {
  const number = hasNumber(typed);
  return number === undefined ? sql`0` : sql`case when ${number} then 99999999 else 0 end`;
}
