import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const root = join(import.meta.dirname, '../..');
const left = new Set(['node_modules', 'dist', 'web']);
const files = new Set(['.env.example', '.github', '.oxfmtrc.json', '.oxlintrc.json']);
const heavy = new Set(['results', 'histories', 'migrations', 'temporal-server']);

const failure = z.object({ stdout: z.string().min(1) });
/** What a command said that failed. @throws the failure where it said nothing */
function saidBy(error: unknown): string {
  const said = failure.safeParse(error).data;
  if (said === undefined) throw error;
  return said.stdout;
}

/** A copy of the product that a recipe of CONTRIBUTING.md is walked in: what is added, what that touches, whether it works. */
export interface Copy {
  write(path: string, text: string): void;
  /** Puts text before or behind a place that is there once. @throws Error where it is not */
  put(path: string, place: string, where: 'before' | 'behind', text: string): void;
  /** Files that differ from what was copied, below a directory. */
  touched(directory?: string): string[];
  read(path: string): string;
  /** Every file, by its path and with its text. */
  texts(): ReadonlyMap<string, string>;
  /** Runs a program of the copy. */
  run(path: string, ...words: readonly string[]): Promise<string>;
  /** Checks the types of the whole copy. @returns what the compiler says */
  types(): Promise<string>;
  /** Has the linter look at files, without what it knows by types. @returns what it says */
  lint(files: readonly string[]): Promise<string>;
  /** Writes modules and runs them in one process. @returns what each says as JSON */
  use(modules: readonly string[], environment?: Readonly<Record<string, string>>): Promise<unknown[]>;
  remove(): void;
}

export function copyOfTheProduct(): Copy {
  const copy = mkdtempSync(join(tmpdir(), 'walk-'));
  for (const room of readdirSync(root))
    if (!left.has(room) && (!room.startsWith('.') || files.has(room)))
      cpSync(join(root, room), join(copy, room), { recursive: true, filter: (path) => !heavy.has(basename(path)) });
  const before = textsIn(copy);
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

  /** Every file below a directory, by its path and with its text. */
  function textsIn(directory: string): Map<string, string> {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(files.map((path) => [relative(copy, path), readFileSync(path, 'latin1')]));
  }
  async function node(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const options = { cwd: copy, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, ...environment } };
    return (await promisify(execFile)(process.execPath, words, options)).stdout;
  }
  const read = (path: string) => readFileSync(join(copy, path), 'utf8');
  const write = (path: string, text: string) => writeFileSync(join(copy, path), text);
  return {
    read,
    texts: () => textsIn(copy),
    write,
    put(path, place, where, text) {
      const [head, tail, ...more] = read(path).split(place);
      if (head === undefined || tail === undefined || more.length > 0)
        throw new Error(`${path} has not one ${place}, where a walk puts its text: name another place in test/walks/`);
      write(path, where === 'before' ? head + text + place + tail : head + place + text + tail);
    },
    touched: (directory = '.') =>
      [...textsIn(join(copy, directory))]
        .flatMap(([path, now]) => (before.get(path) === now || path.startsWith('node_modules') ? [] : [path]))
        .toSorted(),
    run: (path, ...words) => node(['--import', 'tsx', path, ...words]),
    types() {
      const compilerOptions = { incremental: false, tsBuildInfoFile: null };
      write('tsconfig.walk.json', JSON.stringify({ extends: './tsconfig.json', compilerOptions, exclude: ['used-*'] }));
      return node(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.walk.json', '--pretty', 'false']).catch(saidBy);
    },
    lint(paths) {
      const rules = read('.oxlintrc.json').replace('"typeAware": true', '"typeAware": false');
      write('walk.oxlintrc.json', rules);
      const words = ['--config', 'walk.oxlintrc.json', '--quiet', '--format', 'unix'];
      return node(['node_modules/oxlint/bin/oxlint', ...words, ...paths]).then(() => '', saidBy);
    },
    async use(modules, environment) {
      for (const [i, module] of modules.entries()) write(`used-${i}.ts`, module);
      write('used-all.ts', modules.map((_, i) => `await import('./used-${i}.ts');\n`).join(''));
      const said = await node(['--import', 'tsx', 'used-all.ts'], environment);
      // What else is said begins otherwise.
      return said.split('\n').flatMap((line): unknown[] => (line.startsWith('{') ? [JSON.parse(line)] : []));
    },
    remove: () => rmSync(copy, { recursive: true }),
  };
}
