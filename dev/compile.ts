import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, isAbsolute, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { madeFromSource } from '#platform/made-from-source';
import { bundled } from './bundle.ts';
import { ROOT } from './environment.ts';

const run = promisify(execFile);
const RUN = 'tsconfig.run.json';

/**
 * Compiles the rooms that a configuration includes, and puts beside them what they read at run time. The same
 * specifiers (#room/path) find the compiled files.
 *
 * @param configuration a tsconfig of the checkout
 * @param directory absolute, or from the root of the checkout
 * @throws Error with what the compiler says
 */
export async function compile(configuration: string, directory: string): Promise<void> {
  const into = resolve(ROOT, directory);
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  await run(tsc, ['-p', configuration, '--outDir', into], { cwd: ROOT }).catch((error: { stdout?: string }) => {
    throw new Error(`the source does not compile:\n${error.stdout ?? ''}`, { cause: error });
  });
  for (const room of roomsOf(configuration))
    cpSync(join(ROOT, room), join(into, room), { recursive: true, filter: isReadAtRunTime });
  const { name, version, imports: found } = manifest();
  const imports: Record<string, string> = {};
  for (const [specifier, path] of Object.entries(found)) imports[specifier] = path.replace(/\.ts$/, '.js');
  const compiled = { name, version, private: true, type: 'module', imports };
  writeFileSync(join(into, 'package.json'), `${JSON.stringify(compiled, null, 2)}\n`);
}

/**
 * Arguments of node for one of our files. Compiled and in one piece it loads in a sixth of the time that the source takes;
 * where that cannot be made, because the compiler is not installed or the checkout cannot be written to, it is the source.
 *
 * @param file from the root of the checkout; an absolute path is run as it is
 */
export async function argumentsFor(file: string): Promise<string[]> {
  const source = ['--import', import.meta.resolve('tsx'), resolve(ROOT, file)];
  if (isAbsolute(file)) return source;
  try {
    const directories = roomsOf(RUN);
    const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', RUN, 'dev/compile.ts'];
    const made = { root: ROOT, name: 'compiled', directories, files };
    const root = await madeFromSource(made, (path) => compile(RUN, path));
    return ['--enable-source-maps', await bundled(root, file.replace(/\.ts$/, '.js'))];
  } catch {
    return source;
  }
}

const manifest = () =>
  z
    .object({ name: z.string(), version: z.string(), imports: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

const roomsOf = (configuration: string) =>
  z.object({ include: z.array(z.string()) }).parse(JSON.parse(readFileSync(join(ROOT, configuration), 'utf8'))).include;

/** Migrations, templates and the like; directories are walked. */
function isReadAtRunTime(path: string): boolean {
  const parts = path.split(sep);
  return !parts.includes('fixtures') && !['.ts', '.tsx', '.md'].includes(extname(path));
}
