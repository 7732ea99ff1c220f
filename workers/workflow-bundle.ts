import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type BundleOptions, type WorkflowBundleOption } from '@temporalio/worker';

/** Source and compiled code have the same shape, so the directory above this file is the root of either. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const resolve = createRequire(import.meta.url).resolve;

/** All that can get into the bundle: workflows/ may import nothing else of ours, and the linter sees to it. */
const sources = ['workflows', 'domain', 'platform/temporal'];
const manifests = ['package.json', 'package-lock.json'];
/** Older bundles that are kept, so that going back and forth between two versions stays quick. */
const KEPT = 4;

/**
 * The one way to bundle our workflows, for development, for tests and for the image. Webpack reads the
 * `imports` of package.json and our `.ts` extensions as they are.
 */
export function workflowBundleOptions(): BundleOptions {
  return {
    workflowsPath: resolve('#workflows/index'),
    failureConverterPath: resolve('#platform/temporal/failure-converter'),
    logger: new DefaultLogger('WARN'),
  };
}

/**
 * The bundle for `WorkerOptions.workflowBundle`: the prebuilt file where there is one, else one made from
 * the source and kept by what it was made of, so that only the first start after a change takes seconds.
 *
 * @param prebuilt path of a bundle made by `npm run build` (`WORKFLOW_BUNDLE`)
 */
export async function workflowBundle(prebuilt?: string): Promise<WorkflowBundleOption> {
  return prebuilt === undefined ? bundleWorkflows() : { codePath: prebuilt };
}

/** @throws Error when a workflow imports what cannot run in the sandbox; the log names it. */
export async function bundleWorkflows(): Promise<{ readonly code: string }> {
  const cache = join(root, 'node_modules', '.cache', 'rent-to-own');
  const path = join(cache, `workflows-${await hashSources()}.js`);
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  if (kept !== undefined) return { code: kept };

  const { code } = await bundleWorkflowCode(workflowBundleOptions());
  // A checkout that cannot be written to only loses the second start's speed.
  await keep(cache, path, code).catch(() => undefined);
  return { code };
}

async function hashSources(): Promise<string> {
  const listed = await Promise.all(sources.map((directory) => listFiles(join(root, directory))));
  const files = [...listed.flat().sort(), ...manifests.map((name) => join(root, name)), fileURLToPath(import.meta.url)];
  const contents = await Promise.all(files.map((file) => readFile(file).catch(() => '')));
  const hash = createHash('sha256').update(root);
  for (const [index, file] of files.entries()) {
    hash.update(`\0${relative(root, file)}\0`).update(contents[index] ?? '');
  }
  return hash.digest('hex').slice(0, 32);
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && ['.ts', '.js'].includes(extname(entry.name)) && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Writes beside and renames, because tests bundle in several processes at once. */
async function keep(cache: string, path: string, code: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, code);
  await rename(beside, path);

  const names = (await readdir(cache)).filter((name) => name.startsWith('workflows-'));
  const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(cache, name))).mtimeMs })));
  const old = dated.sort((a, b) => b.at - a.at).slice(KEPT);
  await Promise.all(old.map(({ name }) => rm(join(cache, name), { force: true })));
}
