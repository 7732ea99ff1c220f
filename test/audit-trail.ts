import { dirname, join } from 'node:path';

/** A declaration at the top of a file; what the formatter lays out begins at its line's first column, and nothing else does. */
interface Declaration {
  readonly path: string;
  readonly name: string;
  readonly isExported: boolean;
  readonly text: string;
}

const declaration = /^(?=(?:export )?(?:async )?(?:function|const|let|class|interface|type) )/m;
const named = /^(export )?(?:async )?(?:function|const|let|class) (\w+)/;
const imported = /^import (?:type )?\{([^}]*)\} from '([^']+)';/gm;
const comment = /\/\*[^]*?\*\/|(?<!:)\/\/[^\n]*/g;

const writesRows =
  /\.(?:insert|update|delete)\(\w+\)|`[^`]*\b(?:insert into|delete from|update) [a-z]+\.[a-z_]+\b|`[^`]*\bledger\.post_transfer\(/;
const beginsTransaction = /\btransact\(|\.transaction\(|\b(?:db|sql)\s*\.(?:insert|update|delete|begin)\(/;
const writesCases = /\.(?:insert|update|delete)\(cases\)|\b(?:insert into|delete from|update) payments\.cases\b/;
const posts = /\bpost(?:Transfer|OnLease)\(/;
const posters: ReadonlySet<string> = new Set(['postTransfer', 'postOnLease']);
const records = /(?<!\.)\brecord(?:OnLease)?\(/;

/** A statement that is prepared once: whoever calls it writes its rows. */
const isPrepared = /^(?:export )?const \w+ = prebuilt/;
/** What is done on a condition alone: the statement of an `if` or an `else`, with all that stands within, and the sides of a `?`. */
const conditional = /^( *)(?:if \(|else ).*(?:\n(?:\1[ )}].*)?)*|\? [^;]*;$/gm;

/** Those that write the entries themselves, and those that a case is opened and closed by. */
const isOfTheTrail = (path: string) => path === 'use-cases/context.ts' || path.startsWith('use-cases/cases/');

/**
 * Reads the product's sources and finds what writes without an audit entry, `path:name` each:
 * - a transaction: what begins one, or is called from outside use-cases/, and writes rows itself or by what it calls;
 * - money: what others may call to have a transfer posted.
 * Either has to `record`, itself or by what it calls. The entry of a case stands for the case alone, and an entry that
 * `updateLease` and its kind have made on a condition (a credit that fell, a stop that is lifted) for that alone.
 * Last those that write the cases' table beside use-cases/cases/.
 */
export function unaudited(sources: ReadonlyMap<string, string>) {
  const graph = graphOf(sources);
  const own = graph.all.filter(({ path }) => path.startsWith('use-cases/') && path !== 'use-cases/context.ts');
  const writesItself = (one: Declaration) =>
    [one, ...graph.called(one, (path) => path === one.path).filter(({ text }) => isPrepared.test(text))].some(
      ({ text }) => writesRows.test(text),
    );
  /** What it does in any case, where it writes and has the entry made by others: one that they make at times is of something else. */
  const surely = (one: Declaration) =>
    records.test(one.text) || !writesItself(one) ? one.text : one.text.replaceAll(conditional, '');
  const lacks = (one: Declaration, writes: RegExp) => {
    const counts = ({ path }: Declaration) => path === one.path || !isOfTheTrail(path);
    const isTold = graph.reached(one, isInside, surely).some((by) => counts(by) && records.test(by.text));
    return !isTold && graph.reached(one).some((by) => counts(by) && writes.test(by.text));
  };
  const isBeginning = (one: Declaration) => beginsTransaction.test(one.text) && !isPrepared.test(one.text);
  const beginning = own.filter((one) => isBeginning(one) || graph.calledFrom(one, isOutside));
  const posting = own.filter((one) => {
    const inFile = graph.reached(one).filter(({ path }) => path === one.path);
    return one.isExported && !posters.has(one.name) && inFile.some(({ text }) => posts.test(text));
  });
  return {
    transactions: namesOf(beginning.filter((one) => lacks(one, writesRows))),
    money: namesOf(posting.filter((one) => lacks(one, posts))),
    cases: namesOf(graph.all.filter(({ path, text }) => !isOfTheTrail(path) && writesCases.test(text))),
  };
}

const isOutside = (path: string) => !path.startsWith('use-cases/');
const isInside = (path: string) => !isOutside(path);

const namesOf = (found: readonly Declaration[]) => found.map(({ path, name }) => `${path}:${name}`).toSorted();

/** What changes rows, or has a workflow do something. */
const changes =
  /\btransact\(|\.transaction\(|\b(?:db|sql)\s*\.(?:insert|update|delete|begin)\(|\.(?:start|signal|signalWithStart|terminate|complete|executeUpdate\w*|startUpdate\w*|updateWorkflowExecutionOptions)\(/;
const isBelow = (path: string) => /^(?:use-cases|steering|platform)\//.test(path);

/**
 * Handlers of routes that have more than one thing done, the first of which is done where the next fails: `file path: what`.
 * Counted are transactions, and calls of what begins one or tells a workflow, in the handler and in what it calls of its
 * file. What is called with a `context` is in a transaction that is counted; what only wakes, the clock wakes as well.
 */
export function handlersThatDoMore(sources: ReadonlyMap<string, string>): string[] {
  const graph = graphOf(sources);
  const isDoing = (one: Declaration) => graph.reached(one, isBelow).some(({ text }) => changes.test(text));
  const doers = new Set(graph.all.filter((one) => isBelow(one.path) && isDoing(one)));
  const doneBy = (piece: Declaration): string[] =>
    [...piece.text.matchAll(/(?<![.\w])(?!wake)(\w+)\((?!context\b)/g)].flatMap(([, word = '']) => {
      const found = graph.find(piece.path, word);
      if (word === 'transact' || (found !== undefined && doers.has(found))) return [word];
      const isHelper = found?.path === piece.path && found.name !== piece.name && !found.text.includes('app.openapi(');
      return isHelper ? doneBy(found) : [];
    });
  return graph.all
    .filter(({ path }) => path.startsWith('api/'))
    .flatMap((file) =>
      file.text.split(/(?=\bapp\.openapi\()/).flatMap((text) => {
        const [, path] = /^app\.openapi\([^]*?\bpath(?:: [`']([^`']+)|,)/.exec(text) ?? [];
        const done = text.startsWith('app.openapi(')
          ? doneBy({ ...file, text: text.slice(text.search(/async \(c\)/)) })
          : [];
        return done.length > 1 ? [`${file.path} ${path}: ${done.join(', ')}`] : [];
      }),
    );
}

/** What changes or reads rows, or steers a workflow, with its own hands. */
const byHand =
  /\bsql(?:<[^>]*>)?`|\b(?:sql|db|tx)\s*\.(?:unsafe|begin|transaction|execute|insert|update|delete|select|query)\b|\.(?:getHandle|signalWithStart|executeUpdate\w*|startUpdate\w*)\(|\bworkflow\s*\.(?:start|execute)\(|\bhandle\s*\.(?:signal|terminate|cancel)\(/;

/** Routes that do so: what they are given (`deps.sql`, `deps.db`, `deps.temporal`) they only hand on. */
export function routesThatDoIt(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([path, source]) => {
    const [what] = byHand.exec(source.replaceAll(comment, '')) ?? [];
    const isRoute = /^api\/(?!middleware\/)[\w-]+\//.test(path);
    return isRoute && what !== undefined ? [`${path}: ${what}`] : [];
  });
}

function graphOf(sources: ReadonlyMap<string, string>) {
  const imports = new Map<string, Map<string, string>>();
  const declared = new Map<string, Declaration>();
  for (const [path, source] of sources) {
    const text = source.replaceAll(comment, '');
    imports.set(path, importsOf(path, text));
    for (const part of text.split(declaration)) {
      const [, exported, name] = named.exec(part) ?? [];
      if (name !== undefined)
        declared.set(`${path}:${name}`, { path, name, isExported: exported !== undefined, text: part });
    }
  }
  const find = (path: string, word: string) =>
    declared.get(`${path}:${word}`) ?? declared.get(imports.get(path)?.get(word) ?? '');
  const called = (one: Declaration, within: (path: string) => boolean, text = one.text) =>
    [...new Set(text.match(/\w+/g))].flatMap((word) => {
      const found = find(one.path, word);
      return found === undefined || found === one || !within(found.path) ? [] : [found];
    });
  return {
    all: [...declared.values()],
    find,
    called,
    calledFrom: ({ path, name }: Declaration, from: (path: string) => boolean) =>
      [...imports].some(([importer, names]) => from(importer) && [...names.values()].includes(`${path}:${name}`)),
    /** Itself and all that it calls, of use-cases/. */
    reached(one: Declaration, within = isInside, of = ({ text }: Declaration) => text): readonly Declaration[] {
      const seen = new Set([one]);
      for (const next of seen) for (const found of called(next, within, of(next))) seen.add(found);
      return [...seen];
    },
  };
}

/** What each imported name is, as `path:name`. */
function importsOf(path: string, text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, names = '', from = ''] of text.matchAll(imported)) {
    const of = from.startsWith('#') ? `${from.slice(1)}.ts` : join(dirname(path), from);
    for (const name of names.split(',')) {
      const [original = '', as = original] = name
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      found.set(as, `${of}:${original}`);
    }
  }
  return found;
}

/** The capability of a file of `db/schema/`, where it has another name. */
const schemaOf: Readonly<Record<string, string | undefined>> = {
  agreements: 'leases',
  fleet: 'vehicles',
  repossessions: 'leases',
  suspense: 'payments',
  texts: 'support',
  troubles: 'leases',
};

/** Every table, by the name of its variable and by its own, with the capability that it is of. */
export function ownersOf(sources: ReadonlyMap<string, string>): Map<string, string> {
  const files = [...sources].filter(([path]) => path.startsWith('db/schema/'));
  const schemas = new Map(
    files.flatMap(([, text]) =>
      [...text.matchAll(/(\w+) = pgSchema\('(\w+)'\)/g)].map(([, name = '', of = '']) => [name, of]),
    ),
  );
  return new Map(
    files.flatMap(([path, text]) => {
      const file = /(\w+)\.ts$/.exec(path)?.[1] ?? '';
      return [...text.matchAll(/export const (\w+) = (\w+)\.table\(\s*'(\w+)'/g)].flatMap(
        ([, name = '', schema = '', table = '']) =>
          [name, `${schemas.get(schema)}.${table}`].map((one) => [one, schemaOf[file] ?? file] as const),
      );
    }),
  );
}

const written =
  /\.(?:insert|update|delete)\(\s*(\w+)\s*\)|\bprebuilt(?:Update|Insert)\(\s*(\w+)|\b(?:insert into|delete from|update) (?:\$\{(\w+)\}|([a-z]+\.[a-z_]+))/g;

/** Two that have the same tables: leases may call the one, and the other calls leases. */
const shares = (owner: string, capability: string) => owner === 'immobilisation' && capability === 'telematics';

/** What is written in words says its schema; a variable comes from there. */
const isOfTheSchema = (text: string, table: string) =>
  table.includes('.') || new RegExp(`import [^;]*\\b${table}\\b[^;]*'#db/schema/index'`).test(text);

/** Use cases that write rows of another capability than their own, `path: owner's table` each. */
export function strangeWriters(sources: ReadonlyMap<string, string>): string[] {
  const owners = ownersOf(sources);
  const found = [...sources].flatMap(([path, source]) => {
    const [room, capability = ''] = path.split('/');
    if (room !== 'use-cases' || path === 'use-cases/context.ts') return [];
    const text = source.replaceAll(comment, '');
    return [...text.matchAll(written)].flatMap(([, ...names]) => {
      const as = names.find((name) => name !== undefined) ?? '';
      const table = new RegExp(`\\b(\\w+) as ${as}\\b`).exec(text)?.[1] ?? as;
      const owner = isOfTheSchema(text, table) ? owners.get(table) : undefined;
      return owner === undefined || owner === capability || shares(owner, capability)
        ? []
        : [`${path.slice('use-cases/'.length)}: ${owner}'s ${table}`];
    });
  });
  return [...new Set(found)].toSorted();
}
