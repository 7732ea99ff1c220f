import { readdirSync, readFileSync } from 'node:fs';

/** The examples of a page, each to the next one or the end of its paragraph. */
const examplesOf = (page: string) =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
    .split(/\n\n|\n(?=[#|-])/)
    .flatMap((paragraph) => paragraph.replaceAll('\n', ' ').split(/(?=\b(?:Example|Another): )/))
    .filter((text) => /^(?:Example|Another): /.test(text));

const looked = new Set<string>();

/** @returns the numbers of the only example of a page with these words, in the order in which it says them */
export function figures(page: string, words: string): number[] {
  const [found, ...others] = examplesOf(page).filter((text) => text.includes(words));
  if (found === undefined || others.length > 0) throw new Error(`${page} has not one example with: ${words}`);
  looked.add(found);
  return [...found.matchAll(/\d[\d,]*\d|\d/g)].map(([number]) => Number(number.replaceAll(',', '')));
}

/** Examples that nobody has carried out, on the pages that are wanted. */
export const notCarriedOut = (isWanted: (page: string) => boolean): string[] =>
  readdirSync(new URL('../../docs', import.meta.url))
    .filter((name) => name.endsWith('.md') && isWanted(name))
    .flatMap(examplesOf)
    .filter((text) => !looked.has(text));
