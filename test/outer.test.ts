import { expect, it } from 'vitest';
import { productSources } from './double-names.ts';

/** A template with the words that it is made of, and what stands in its holes. */
interface Template {
  readonly words: string;
  readonly holes: readonly string[];
}

/** Reads on to the end of a template, whose holes may have templates of their own. */
function templateAt(text: string, from: number): Template & { readonly end: number } {
  const holes: string[] = [];
  let words = '';
  let at = from;
  for (; at < text.length && text[at] !== '`'; at++) {
    if (!text.startsWith('${', at)) {
      words += text[at];
      continue;
    }
    const began = at + 2;
    let depth = 1;
    for (at = began; at < text.length; at++) {
      if (text[at] === '`') at = templateAt(text, at + 1).end;
      else if (text[at] === '{') depth += 1;
      else if (text[at] === '}' && --depth === 0) break;
    }
    // A table that goes by another name here is not the one of its columns.
    const isAlias = /^\} (?!where|join|left|cross|on|group|order)\w/.test(text.slice(at, at + 8));
    holes.push(text.slice(began, at) + (isAlias ? ' as another' : ''));
  }
  return { words, holes, end: at };
}

/** The columns that stand bare in a template with a subquery, but for those of the tables that it names itself. */
function bareColumns(text: string): string[] {
  const schema = /import \{([^}]*)\} from '(?:#db|\.\.)\/schema\/[\w-]+(?:\.ts)?'/g;
  const tables = new Set([...text.matchAll(schema)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []));
  return [...text.matchAll(/\bsql(?:<[^`]*?>)?`/g)].flatMap((found) => {
    const { words, holes } = templateAt(text, found.index + found[0].length);
    if (!/\bselect\b/i.test(words)) return [];
    return holes.filter((hole) => {
      const [, table = ''] = /^(\w+)\.\w+$/.exec(hole) ?? [];
      return tables.has(table) && !holes.includes(table);
    });
  });
}

it('a subquery names the columns of its outer row by their table', () => {
  const found = [...productSources()].flatMap(([path, text]) =>
    bareColumns(text).map((column) => `${path}: ${column}`),
  );
  expect(found).toEqual([]);
});

it('one that does not is found', () => {
  const asked = (hole: string) =>
    `import { rows } from '../schema/index.ts';\nconst n = sql<number>\`(select count(*) from a.rows r where r.of = \${${hole}})\`;`;
  expect(bareColumns(asked('rows.of'))).toEqual(['rows.of']);
  expect(bareColumns(asked('outer(rows.of)'))).toEqual([]);
});
