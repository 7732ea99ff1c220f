import type { Context } from 'hono';
import { Problem } from '#domain/errors';

/** A strong ETag of a row's version. */
export const etag = (version: number) => `"${version}"`;

/** The version that If-Match names; undefined without the header. @throws Problem precondition_failed for another's tag. */
export function versionOf(c: Context): number | undefined {
  const given = c.req.header('if-match');
  if (given === undefined || given === '*') return undefined;
  const [, version] = /^"(\d+)"$/.exec(given) ?? [];
  if (version === undefined) throw new Problem('precondition_failed', 'If-Match must be the ETag of this object');
  return Number(version);
}
