import { readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { workflowBundle, workflowBundlePath } from './workflow-bundle.ts';

describe('the workflow bundle', () => {
  it('is made from the source once and then kept', async () => {
    const path = await workflowBundlePath();
    expect(path).toMatch(/workflows-[0-9a-f]{32}\.js$/);
    expect(await readFile(path, 'utf8')).toContain('__TEMPORAL__');
    const { mtimeMs } = await stat(path);
    expect(await workflowBundle()).toEqual({ codePath: path });
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  });

  it('is the prebuilt one where the image names it', async () => {
    await expect(workflowBundle('/app/dist/workflow-bundle.js')).resolves.toEqual({
      codePath: '/app/dist/workflow-bundle.js',
    });
  });
});
