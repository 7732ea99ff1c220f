import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What changes of running workflows are guarded by, and the recorded histories that went the new way. */
const root = join(import.meta.dirname, '..');

/** How long a run of a room's workflows lives: until then there may be one that began before a change. `kit/` is in all. */
const lives: Readonly<Record<string, string>> = {
  kit: 'years',
  kyc: 'years',
  lease: 'years',
  reconciliation: 'a day',
  upkeep: 'an hour',
  webhooks: 'five days',
};

/** Every file below some rooms, by its path. */
export function textsOf(rooms: readonly string[], isWanted: (path: string) => boolean): Map<string, string> {
  const texts = new Map<string, string>();
  for (const room of rooms)
    for (const path of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }))
      if (isWanted(path)) texts.set(join(room, path), readFileSync(join(root, room, path), 'utf8'));
  return texts;
}

export const isCode = (path: string) => path.endsWith('.ts') && !path.endsWith('.test.ts');

/** The ids that the code asks `patched` or `deprecatePatch` for, with the rooms of `workflows/` that do. */
function guards(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [path, source] of textsOf(['workflows', 'domain'], isCode))
    for (const [call, argument = ''] of source.matchAll(/\b(?:patched|deprecatePatch)\(([^)]*)\)/g)) {
      const [, id] = /^\s*'([^']+)',?\s*$/.exec(argument) ?? [];
      if (id === undefined) throw new Error(`${path}: the id of ${call} is not written out`);
      found.set(id, (found.get(id) ?? new Set()).add(path.split('/')[1] ?? ''));
    }
  return found;
}

const recorded = z.object({
  events: z.array(
    z.object({
      eventTime: z.union([z.string(), z.object({ seconds: z.coerce.number() })]),
      markerRecordedEventAttributes: z
        .object({
          markerName: z.string(),
          details: z.record(z.string(), z.object({ payloads: z.array(z.object({ data: z.string() })) })),
        })
        .optional(),
    }),
  ),
});
const patch = z.object({ id: z.string() });

/** The guards that a history went past the new way, and the day on which it began. */
function passed(history: string): { readonly on: string; readonly ids: readonly string[] } {
  const { events } = recorded.parse(JSON.parse(history));
  const began = events[0]?.eventTime ?? '';
  const at = typeof began === 'string' ? began : new Date(began.seconds * 1000).toISOString();
  const ids = events.flatMap(({ markerRecordedEventAttributes: marker }) =>
    marker?.markerName === 'core_patch'
      ? Object.values(marker.details).flatMap(({ payloads }) =>
          payloads.map(({ data }) => patch.parse(JSON.parse(Buffer.from(data, 'base64').toString())).id),
        )
      : [],
  );
  return { on: at.slice(0, 10), ids };
}

interface Guard {
  readonly id: string;
  /** The day on which the first history that went the new way was recorded; null where none did. */
  readonly since: string | null;
  /** How long the longest of its runs lives. */
  readonly lives: string;
}

/** Every guard of the code, the oldest first. */
export function patchGuards(): Guard[] {
  const histories = [...textsOf(['workflows'], (path) => path.endsWith('.json')).values()].map(passed);
  const all = [...guards()].map(([id, rooms]) => {
    const days = histories.filter(({ ids }) => ids.includes(id)).map(({ on }) => on);
    const longest = Object.keys(lives).find((room) => rooms.has(room)) ?? '';
    return { id, since: days.toSorted()[0] ?? null, lives: lives[longest] ?? '' };
  });
  return all.toSorted((a, b) => `${a.since} ${a.id}`.localeCompare(`${b.since} ${b.id}`));
}
