import type { Context } from 'hono';
import { Problem } from '#domain/errors';

/** The header of an answer that shows a row in one of its versions, which the database moves: a strong ETag. */
export const tagged = ({ version }: { readonly version: number }) => ({ etag: `"${version}"` });

/**
 * The versions that If-Match accepts; undefined where any will do. A weak tag never matches (RFC 9110,
 * 13.1.1).
 *
 * @throws Problem precondition_failed when the header has no tag that could be ours.
 */
export function versionsOf(c: Context): readonly number[] | undefined {
  const given = c.req.header('if-match')?.trim();
  if (given === undefined || given === '*') return undefined;
  const versions = given.split(',').flatMap((tag) => {
    const [, version] = /^"(\d{1,9})"$/.exec(tag.trim()) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
  if (versions.length === 0) throw new Problem('precondition_failed', 'If-Match must have an ETag of this object');
  return versions;
}

/** True where who asks has this already, by If-None-Match; there weak and strong tags are alike (RFC 9110, 13.1.2). */
export function isUnchanged(c: Context, etag: string): boolean {
  const given = c.req.header('if-none-match');
  if (given === undefined) return false;
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return given.trim() === '*' || given.split(',').some((tag) => bare(tag) === bare(etag));
}
