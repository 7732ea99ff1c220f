import type { TrackerReading, TrackerAdapter, TrackerMessage } from './adapter.ts';
import { codec12 } from './codec12.ts';
import { codec8 } from './codec8.ts';
import { native } from './native.ts';
import { owntracks } from './owntracks.ts';
import { teltonika } from './teltonika.ts';
import { traccar } from './traccar.ts';

/** Every format that is understood. A new one is a file and a line here. */
export const trackerAdapters: readonly TrackerAdapter[] = [native, owntracks, teltonika, codec8, codec12, traccar];

/** @returns null for a topic that no adapter knows. */
export function readMessage(message: TrackerMessage): readonly TrackerReading[] | null {
  for (const adapter of trackerAdapters) {
    const readings = adapter.read(message);
    if (readings !== null) return readings;
  }
  return null;
}

const filters = trackerAdapters.flatMap((adapter) => adapter.filters.map((filter) => filter.split('/')));

/** Whether some adapter reads this topic. */
export function isTrackerTopic(topic: string): boolean {
  const levels = topic.split('/');
  return filters.some(
    (filter) =>
      filter.length === levels.length && filter.every((level, index) => level === '+' || level === levels[index]),
  );
}
