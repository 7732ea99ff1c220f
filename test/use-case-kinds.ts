/** A function of a file's top level. */
interface Declared {
  readonly path: string;
  readonly name: string;
  /** Its first parameter, with its type. */
  readonly first: string;
  readonly isAsync: boolean;
  readonly body: string;
}

const head = /^(?:export )?(?:async function (\w+)|function (\w+)|const (\w+) = (?:async )?(?=[(<]))/gm;

/** What stands between the bracket at `from` and its partner. */
function between(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const sign = text[at] ?? '';
    if ('([{'.includes(sign)) depth += 1;
    if (')]}'.includes(sign) && --depth === 0) return text.slice(from + 1, at);
  }
  return '';
}

function declaredIn(path: string, text: string): Declared[] {
  const heads = [...text.matchAll(head)];
  return heads.map(({ 0: said, 1: one, 2: two, 3: three, index }, at) => {
    const open = text.indexOf('(', index + said.length);
    const end = (heads[at + 1]?.index ?? text.length) - open;
    const parameters = between(text, open);
    let depth = 0;
    const until = parameters.split('').findIndex((sign) => {
      if ('([{<'.includes(sign)) depth += 1;
      if (')]}>'.includes(sign)) depth -= 1;
      return sign === ',' && depth === 0;
    });
    const first = until < 0 ? parameters : parameters.slice(0, until);
    const body = text.slice(open + parameters.length, open + end);
    const isAsync = said.includes('async') || /^\)?\)?: Promise</.test(body);
    return { path, name: one ?? two ?? three ?? '', first, isAsync, body };
  });
}

const isStep = ({ first }: Declared) => /^\s*context\b|\b(?:Context|Transaction)\b/.test(first);
/** One that is given only what answers at once, as keys or rules of providers, opens nothing. */
const isWhole = (one: Declared) =>
  !isStep(one) &&
  one.isAsync &&
  /^\s*deps\b|\b(?:Database|\w*Dependencies|Deps)\b/.test(one.first) &&
  !/\bPick<\w+, (?!.*'(?:db|temporal)')/.test(one.first);

/** What is called in a text, by the file that says it. */
function calledIn(text: string, known: ReadonlyMap<string, Declared>): Declared[] {
  return [...text.matchAll(/(?<![.\w])(\w+)\(/g)].flatMap(([, name = '']) => known.get(name) ?? []);
}

/**
 * A use case whose first argument is a context is a step of somebody's transaction; one whose first are dependencies opens
 * transactions of its own and asks providers: within another transaction it would wait for its locks, and stay where that is undone.
 *
 * @param sources files of `use-cases/` by their path
 * @returns `path:step > whole` for each that is called within a transaction
 */
export function wholesWithin(sources: ReadonlyMap<string, string>): string[] {
  const byFile = new Map([...sources].map(([path, text]) => [path, declaredIn(path, text)]));
  return [...sources].flatMap(([path, text]) => {
    const own = byFile.get(path) ?? [];
    const known = new Map(own.map((one) => [one.name, one]));
    for (const [, names = '', from = ''] of text.matchAll(/import \{([^}]*)\} from '([^']+)'/g)) {
      const target = from.startsWith('#') ? `${from.slice(1)}.ts` : new URL(from, `file:///${path}`).pathname.slice(1);
      for (const one of byFile.get(target) ?? [])
        if (names.split(',').some((name) => name.trim() === one.name)) known.set(one.name, one);
    }
    const wholes = (what: string, within: string) =>
      calledIn(within, known)
        .filter(isWhole)
        .map(({ name }) => `${path}:${what} > ${name}`);
    const transactions = [...text.matchAll(/\btransact\(/g)].map(({ index, 0: said }) =>
      between(text, index + said.length - 1),
    );
    return [
      ...own.filter(isStep).flatMap(({ name, body }) => wholes(name, body)),
      ...transactions.flatMap((within) => wholes('transact', within)),
    ];
  });
}
