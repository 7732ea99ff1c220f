import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BundleOptions, WorkflowBundleOption } from '@temporalio/worker';
import { madeFromSource } from '#platform/made-from-source';
import { errorCode } from '#platform/error-code';

/** Source and compiled code have the same shape, so the directory above this file is the root of either. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const resolve = createRequire(import.meta.url).resolve;

/** All that can get into the bundle: workflows/ may import nothing else of ours, and the linter sees to it. */
const directories = ['workflows', 'domain', 'platform/temporal'];
const files = ['package.json', 'package-lock.json', 'workers/workflow-bundle.ts'];

/**
 * The one way to bundle our workflows, for development, for tests and for the image. Webpack reads the
 * `imports` of package.json and our `.ts` extensions as they are.
 */
const workflowBundleOptions = {
  workflowsPath: resolve('#workflows/index'),
  failureConverterPath: resolve('#platform/temporal/failure-converter'),
  workflowInterceptorModules: [resolve('#workflows/kit/tracing')],
} satisfies BundleOptions;

/**
 * The bundle for `WorkerOptions.workflowBundle`: the prebuilt file where there is one, else one made from the source.
 *
 * @param prebuilt path of a bundle (`WORKFLOW_BUNDLE`)
 * @throws Error when a workflow imports what cannot run in the sandbox; the log names it.
 */
export async function workflowBundle(prebuilt?: string): Promise<WorkflowBundleOption> {
  if (prebuilt !== undefined) return { codePath: prebuilt };
  try {
    return { codePath: await workflowBundlePath() };
  } catch (error) {
    // A checkout that cannot be written to only loses the second start's speed.
    if (!isReadOnly(error)) throw error;
    return { code: await bundled() };
  }
}

/**
 * For how long a workflow may compute until its next wait. It takes milliseconds, and seconds where the machine is
 * overloaded or stood still: a step that is only slow is waited for, since to break it off may end the process, with all
 * that runs in it. A loop without end is broken off all the same. The SDK takes the option, and its types do not name it.
 */
export const patientSteps = { isolateExecutionTimeout: '1 minute' };

/** Path of the bundle that the source makes. */
export function workflowBundlePath(): Promise<string> {
  return madeFromSource({ root, name: 'workflows', directories, files, suffix: '.js' }, async (path) =>
    writeFile(path, await bundled()),
  );
}

async function bundled(): Promise<string> {
  // Loading the bundler takes longer than everything else here.
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  return (await bundleWorkflowCode({ ...workflowBundleOptions, logger: new DefaultLogger('WARN') })).code;
}

function isReadOnly(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes(String(errorCode(error)));
}
