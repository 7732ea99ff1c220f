import { createHash } from 'node:crypto';

/** A UUID that is the same for the same request: a repeated POST meets what the first one made. */
export function uuidFor(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A UUIDv7 of that instant whose other digits are of the parts: what is listed by its id stands in order of time. */
export function timedUuidFor(at: Date, ...parts: readonly string[]): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${uuidFor(...parts).slice(15)}`;
}
