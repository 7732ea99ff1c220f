import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { doubleNames, productSources } from './double-names.ts';

/** The glossary says where each word is in code: a name that has moved or goes by another word is wrong there. */
const textOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const rows = textOf('docs/words.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

it('every word has one plain sentence, and a name that its file exports', () => {
  expect(rows.length).toBeGreaterThan(30);
  const wrong = rows.flatMap(([, word = '', sentence = '', where = '']) => {
    const [, name = '', path = ''] = /^`(\w+)`, `([\w/.-]+)`$/.exec(where) ?? [];
    const isThere = path !== '' && new RegExp(`^export (?:async )?\\w+ ${name}\\b`, 'm').test(textOf(path));
    const isSentence = sentence.endsWith('.') && sentence.length < 130;
    return isThere && isSentence ? [] : [`${word}: ${where}`];
  });
  expect(wrong).toEqual([]);
});

it('no word stands twice, and contributors are sent there', () => {
  const words = rows.flatMap(([, word = '']) => word.split(', '));
  expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([]);
  expect(textOf('CONTRIBUTING.md')).toContain('(docs/words.md)');
});

it('a line of a comment is read at a glance', () => {
  const long = [...productSources()].flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, at) => (/^\s*(?:\/?\*|\/\/)/.test(line) && line.length > 160 ? [`${path}:${at + 1}`] : [])),
  );
  expect(long).toEqual([]);
});

/**
 * What is left are the same things in two rooms, as a row, its schema and its query, and short words that nobody looks for.
 * `node --import tsx test/house-counts.ts --list` names them.
 */
const STILL_DOUBLE = 52;

it('two things have two names: no more than are left', () => {
  expect(doubleNames(productSources()).size).toBeLessThanOrEqual(STILL_DOUBLE);
  const made = new Map([
    ['a.ts', 'export const noticeOf = 1;\nexport type Terms = 1;\nconst own = 1;\n'],
    ['b.ts', 'export function noticeOf() {}\nexport type { Terms };\nconst own = 2;\n'],
  ]);
  expect([...doubleNames(made)]).toEqual([['noticeOf', ['a.ts', 'b.ts']]]);
});
