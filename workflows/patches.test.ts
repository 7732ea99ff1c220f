import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

/** What a change of running workflows is guarded by, and the recorded histories that went the new way. */
const root = join(import.meta.dirname, '..');

/** Every file below some rooms, by its path. */
async function textsOf(rooms: readonly string[], isWanted: (path: string) => boolean) {
  const texts = new Map<string, string>();
  for (const room of rooms)
    for (const path of await readdir(join(root, room), { recursive: true }))
      if (isWanted(path)) texts.set(join(room, path), await readFile(join(root, room, path), 'utf8'));
  return texts;
}

const isCode = (path: string) => path.endsWith('.ts') && !path.endsWith('.test.ts');

/** The ids that the code asks `patched` or `deprecatePatch` for. */
async function guards(): Promise<string[]> {
  return [...(await textsOf(['workflows', 'domain'], isCode))].flatMap(([path, source]) =>
    [...source.matchAll(/\b(?:patched|deprecatePatch)\(([^)]*)\)/g)].map(([call, argument = '']) => {
      const [, id] = /^\s*'([^']+)',?\s*$/.exec(argument) ?? [];
      if (id === undefined) throw new Error(`${path}: the id of ${call} is not written out`);
      return id;
    }),
  );
}

const recorded = z.object({
  events: z.array(
    z.object({
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

/** The guards that a history went past the new way. */
function passed(history: string): string[] {
  return recorded
    .parse(JSON.parse(history))
    .events.flatMap(({ markerRecordedEventAttributes: marker }) =>
      marker?.markerName === 'core_patch'
        ? Object.values(marker.details).flatMap(({ payloads }) =>
            payloads.map(({ data }) => patch.parse(JSON.parse(Buffer.from(data, 'base64').toString())).id),
          )
        : [],
    );
}

it('every guard of the code has a recorded history that went the new way', async () => {
  const histories = await textsOf(['workflows'], (path) => path.endsWith('.json'));
  const ways = new Map<string, string[]>();
  for (const [path, history] of histories)
    for (const id of passed(history)) ways.set(id, [...(ways.get(id) ?? []), basename(path, '.json')]);
  const ids = [...new Set(await guards())].toSorted();
  expect(ids).not.toEqual([]);
  expect(ids.filter((id) => !ways.has(id))).toEqual([]);
});

/**
 * What a workflow throws that is no failure of Temporal's fails its task, which is tried again until somebody deploys other
 * code: nothing of it goes on meanwhile. A command is refused (`kit/refusal.ts`); a story opens a case and looks again.
 */
it('no workflow throws what fails its task for ever', async () => {
  const throwing = [...(await textsOf(['workflows'], isCode))].flatMap(([path, source]) =>
    [...source.matchAll(/throw new (\w*Error|Problem)\(/g)].map(([said]) => `${path}: ${said}`),
  );
  expect(throwing).toEqual([]);
});
