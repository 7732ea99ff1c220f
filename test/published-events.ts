import { eventTypes, type EventType } from '#domain/events/catalogue';

/** Platforms of a run that was of (nearly) all files: what none of them has published no test does. */
const MANY = 40;

/** @param published a line for each platform of a run @returns what none of them has published; null of a run of some files */
export function unpublished(published: string): EventType[] | null {
  const platforms = published.split('\n').filter((line) => line !== '');
  const seen = new Set(platforms.flatMap((line) => line.split(' ')));
  return platforms.length < MANY ? null : eventTypes.filter((type) => !seen.has(type));
}
