import { z } from 'zod';
import { Problem } from '#domain/errors';

/** Where a list goes on: the sort key and id of the last item, opaque to clients. */
const place = z.tuple([z.union([z.string(), z.number()]), z.string()]);

export function encodeCursor(key: string | number, id: string): string {
  return Buffer.from(JSON.stringify([key, id])).toString('base64url');
}

/** @throws Problem invalid_input naming `cursor` when it is not one of ours. */
export function decodeCursor(cursor: string | undefined): readonly [string | number, string] | undefined {
  if (cursor === undefined) return undefined;
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw badCursor();
  }
}

export const badCursor = () => new Problem('invalid_input', 'The input is wrong', [{ path: 'cursor', message: 'must be a nextCursor of this list' }]);

/** A page ordered by time and id: one more row than asked for says whether there is a next page. */
export function timePage(cursor: string | undefined): { createdAt: Date; id: string } | undefined {
  const found = decodeCursor(cursor);
  if (found === undefined) return undefined;
  const createdAt = new Date(found[0]);
  if (Number.isNaN(createdAt.getTime()) || !z.uuid().safeParse(found[1]).success) throw badCursor();
  return { createdAt, id: found[1] };
}

export function page<Row extends { readonly createdAt: Date; readonly id: string }, Item>(rows: readonly Row[], limit: number, present: (row: Row) => Item) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(present),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last.createdAt.toISOString(), last.id) : null,
  };
}
