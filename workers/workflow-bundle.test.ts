import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleWorkflows, workflowBundle } from './workflow-bundle.ts';

const cache = join(import.meta.dirname, '../node_modules/.cache/rent-to-own');

describe('the workflow bundle', () => {
  it('is made from the source once and then read, the same to the letter', async () => {
    const { code } = await bundleWorkflows();
    expect(code).toContain('__TEMPORAL__');
    expect(await readdir(cache)).toContainEqual(expect.stringMatching(/^workflows-[0-9a-f]{32}\.js$/));

    const began = performance.now();
    expect(await bundleWorkflows()).toEqual({ code });
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('is the prebuilt one where the image names it', async () => {
    await expect(workflowBundle('/app/dist/workflow-bundle.js')).resolves.toEqual({
      codePath: '/app/dist/workflow-bundle.js',
    });
  });
});
