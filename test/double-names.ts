import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const rooms = [
  'activities',
  'api',
  'db',
  'domain',
  'platform',
  'providers',
  'steering',
  'use-cases',
  'workers',
  'workflows',
];

/** The product's files with their text, as they are in the working tree. */
export function productSources(): ReadonlyMap<string, string> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...rooms], {
    encoding: 'utf8',
  });
  const paths = [...new Set(listed.split('\n'))].filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  return new Map(paths.flatMap((path) => textOf(path).map((text) => [path, text] as const)));
}

/** Nothing of a file that is deleted and still listed. */
function textOf(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}

/** Names that two files or more export as their own, each with them: who looks for one finds the other. */
export function doubleNames(sources: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  const declared = /^export (?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) (\w+)/gm;
  for (const [path, text] of sources)
    for (const [, name = ''] of text.matchAll(declared)) found.set(name, (found.get(name) ?? new Set()).add(path));
  return new Map([...found].filter(([, paths]) => paths.size > 1).map(([name, paths]) => [name, [...paths]]));
}
