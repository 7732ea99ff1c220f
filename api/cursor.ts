import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isKnownInstant } from '#domain/calendar';
import { wrongInput } from '#domain/errors';

/** Where a list goes on: the sort key and id of the last item, and the order they are in. */
const place = z.tuple([z.union([z.string(), z.number()]), z.string(), z.string()]);
const written = z
  .string()
  .transform((body, context): unknown => {
    try {
      return JSON.parse(body);
    } catch {
      context.addIssue('is no JSON');
      return z.NEVER;
    }
  })
  .pipe(place);
const CHECKSUM = 6;
/** The order that lists have by themselves. */
const NEWEST = 'newest';

/** @param order tells apart lists whose places mean different things, such as two sort orders. */
export function encodeCursor(key: string | number, id: string, order = ''): string {
  const body = Buffer.from(JSON.stringify([key, id, order]));
  return Buffer.concat([checksum(body), body]).toString('base64url');
}

/**
 * The checksum finds cursors that were cut or edited; it is no secret, since a place in a list that one
 * may read gives nothing away.
 *
 * @throws Problem invalid_input naming `cursor` when it is not one of this list.
 */
export function decodeCursor(cursor: string | undefined, order = ''): readonly [string | number, string] | undefined {
  if (cursor === undefined) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  const body = bytes.subarray(CHECKSUM);
  if (bytes.toString('base64url') !== cursor || !checksum(body).equals(bytes.subarray(0, CHECKSUM))) throw badCursor();
  const parsed = written.safeParse(body.toString('utf8'));
  if (!parsed.success || parsed.data[2] !== order) throw badCursor();
  return [parsed.data[0], parsed.data[1]];
}

const checksum = (body: Uint8Array) => createHash('sha256').update(body).digest().subarray(0, CHECKSUM);

export const badCursor = () => wrongInput([{ path: 'cursor', message: 'must be a nextCursor of this list' }]);

/**
 * A page ordered by time and id: one more row than asked for says whether there is a next page.
 *
 * @param order as of `encodeCursor`, where a list has several; `newest` is the one that says nothing
 */
export function timePage(cursor: string | undefined, order = NEWEST): { createdAt: Date; id: string } | undefined {
  const found = decodeCursor(cursor, order === NEWEST ? '' : order);
  if (found === undefined) return undefined;
  const createdAt = new Date(found[0]);
  if (!isKnownInstant(createdAt.getTime()) || !z.uuid().safeParse(found[1]).success) throw badCursor();
  return { createdAt, id: found[1] };
}

/**
 * A page of a list that is read as a whole; all of it where no page is asked for.
 *
 * @param order tells lists apart, as of `encodeCursor`
 * @throws Problem invalid_input naming `cursor` when it is not one of this list.
 */
export function pageOfAll<Item>(
  all: readonly Item[],
  { limit = all.length, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  order: string,
) {
  const [from = 0] = decodeCursor(cursor, order) ?? [];
  if (typeof from !== 'number') throw badCursor();
  const next = from + limit;
  return { data: all.slice(from, next), nextCursor: next < all.length ? encodeCursor(next, '', order) : null };
}

export function page<Row extends { readonly createdAt: Date; readonly id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  { order = NEWEST, timeOf = ({ createdAt }) => createdAt }: { order?: string; timeOf?: (row: Row) => Date } = {},
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(present),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor(timeOf(last).toISOString(), last.id, order === NEWEST ? '' : order)
        : null,
  };
}
