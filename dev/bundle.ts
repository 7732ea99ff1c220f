import { existsSync, renameSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';

/** Packages of many small files that read nothing beside them; all others stay where they are. */
const small =
  /^(@asteasolutions|@hono|cockatiel|drizzle-orm|hono|ioredis|jose|libphonenumber-js|nodemailer|postgres|prom-client|rate-limiter-flexible|temporal-polyfill|undici|uuidv7|web-push|zod)(\/|$)/;
/** For what a bundled package of the older kind requires. */
const banner =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * Makes one file of a compiled one and of what it imports, ours and of the packages above, beside it: to find, read and
 * wrap a thousand files is half of what a start takes.
 *
 * @param root directory of the compiled files
 * @param file from there
 * @returns path of the file that was made, now or before
 */
export async function bundled(root: string, file: string): Promise<string> {
  const entry = join(root, file);
  const whole = entry.replace(/\.js$/, '.whole.js');
  if (existsSync(whole)) return whole;
  // Beside, and then renamed, because several processes may make it at once.
  const outfile = `${whole}.${process.pid}`;
  await bundle({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifyWhitespace: true,
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'silent',
    banner: { js: banner },
    plugins: [othersStay(root), placesStay(root, entry)],
  });
  renameSync(outfile, whole);
  return whole;
}

/** What a small package needs comes along, in the version that it wants. */
function othersStay(root: string): Plugin {
  return {
    name: 'others stay',
    setup(build) {
      build.onResolve({ filter: /^[^.#/]/ }, ({ path, importer }) => {
        const isOurs = importer.startsWith(root);
        return isOurs && !small.test(path) ? { external: true } : undefined;
      });
    },
  };
}

/** What looks for files by where it is itself goes on to look there. */
function placesStay(root: string, entry: string): Plugin {
  return {
    name: 'places stay',
    setup(build) {
      build.onLoad({ filter: /\.js$/ }, async ({ path }) => {
        if (path === entry || !path.startsWith(root)) return undefined;
        const place = `new URL(${JSON.stringify(relative(dirname(entry), path))}, import.meta.url)`;
        const source = await readFile(path, 'utf8');
        return {
          contents: source
            .replaceAll('import.meta.url', `${place}.href`)
            .replaceAll('import.meta.filename', `${place}.pathname`),
        };
      });
    },
  };
}
