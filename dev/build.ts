import { copyFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { workflowBundlePath } from '#workers/workflow-bundle';
import { compile } from './compile.ts';

/** Makes dist/: the compiled rooms, what they read beside them, and the workflow bundle. */
const dist = 'dist';
rmSync(dist, { recursive: true, force: true });
await compile('tsconfig.build.json', dist);
const bundle = join(dist, 'workflow-bundle.js');
copyFileSync(await workflowBundlePath(), bundle);
process.stdout.write(`${dist}/ is made, ${(statSync(bundle).size / 1e6).toFixed(1)} MB of it workflows\n`);
