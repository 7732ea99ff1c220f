import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';

/** What is made from source and kept by what it was made of, so that only the first start after a change takes seconds. */
export interface Made {
  /** Of the checkout. */
  readonly root: string;
  /** Begins the names of all that is made in this way. */
  readonly name: string;
  /** What can get into it, from the root. */
  readonly directories: readonly string[];
  /** Further files that it depends on, from the root. */
  readonly files: readonly string[];
  /** Ends the name. */
  readonly suffix?: string;
}

/** Older ones that are kept, so that going back and forth between two versions stays quick. */
const KEPT = 4;
/** Milliseconds that one is kept at least: somebody may run from it. */
const KEPT_FOR = 24 * 3_600_000;

/**
 * The path of what the sources make: kept from before, or made now.
 *
 * @param make makes it at the path that it is given, which becomes the right one when it is whole
 */
export async function madeFromSource(made: Made, make: (path: string) => Promise<void>): Promise<string> {
  const { root, name, suffix = '' } = made;
  const cache = join(root, 'node_modules', '.cache', 'rent-to-own');
  const path = join(cache, `${name}-${hashOf(made)}${suffix}`);
  if (await exists(path)) return path;

  // Beside, and then renamed, because several processes may make it at once.
  const beside = join(cache, `.${name}-${process.pid}-${Date.now()}`);
  await mkdir(cache, { recursive: true });
  try {
    await make(beside);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!(await exists(path))) throw error;
  }
  await dropOld(cache, name);
  return path;
}

/** One file after the other, which is a third of the work that it is side by side: they are many, small and read before. */
function hashOf({ root, directories, files }: Made): string {
  const listed = directories.flatMap((directory) => listFiles(join(root, directory)));
  const hash = createHash('sha256').update(root);
  for (const path of [...listed.toSorted(), ...files.map((name) => join(root, name))])
    hash.update(`\0${relative(root, path)}\0`).update(contentOf(path));
  return hash.digest('hex').slice(0, 32);
}

/** Nothing for a file that is not there, or that somebody has just removed. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function listFiles(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && extname(entry.name) !== '.md' && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function dropOld(cache: string, name: string): Promise<void> {
  const names = (await readdir(cache)).filter((one) => one.startsWith(`${name}-`));
  const dated = await Promise.all(names.map(async (one) => ({ one, at: (await stat(join(cache, one))).mtimeMs })));
  const old = dated
    .toSorted((a, b) => b.at - a.at)
    .slice(KEPT)
    .filter(({ at }) => Date.now() - at > KEPT_FOR);
  await Promise.all(old.map(({ one }) => rm(join(cache, one), { recursive: true, force: true })));
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
