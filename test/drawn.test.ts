import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/**
 * What a test draws is sometimes the special case: two neighbours that are the same and are swapped, six digits that are in a
 * hash as well. It is drawn by the run's seed (`#test/drawn`, fast-check), so that what failed fails again; and what has to
 * differ is made to.
 */
const kinds: readonly (readonly [string, RegExp])[] = [
  ['draws without the seed of the run', /\bMath\.random\(|\brandomInt\(/],
  ['takes so little of a random id that two are the same some day', /randomUUID\(\)\.(slice|substring)\(0, [1-5]\)/],
  ['looks for a short code in a text that may have its digits by chance', /not\.toContain\((code|pin|otp)\)/i],
];

const rooms = readdirSync('.', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^(\.|node_modules|findings)/.test(entry.name))
  .map(({ name }) => name);

it.each(kinds)('no test %s', (_, kind) => {
  const files = rooms.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .map((file) => `${room}/${file}`)
      .filter((file) => file.endsWith('.test.ts') || (room === 'test' && file.endsWith('.ts'))),
  );
  expect(files.length).toBeGreaterThan(300);
  // A text that a test writes into a file is nothing that it draws.
  const draws = (line: string) => kind.test(line) && !/await write\(/.test(line);
  const found = files
    .filter((file) => file !== 'test/drawn.test.ts')
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line, i) => [`${file}:${i + 1}`, line] as const),
    )
    .filter(([, line]) => draws(line));
  expect(found.map(([place]) => place)).toEqual([]);
});
