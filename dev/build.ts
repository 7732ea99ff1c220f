import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { z } from 'zod';
import { bundleWorkflows } from '#workers/workflow-bundle';

/** Makes dist/: the compiled rooms, what they read beside them, and the workflow bundle. */
const dist = 'dist';
const manifest = z
  .object({ name: z.string(), version: z.string(), imports: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const rooms = z
  .object({ include: z.array(z.string()) })
  .parse(JSON.parse(readFileSync('tsconfig.build.json', 'utf8'))).include;

rmSync(dist, { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
for (const room of rooms) cpSync(room, join(dist, room), { recursive: true, filter: isReadAtRunTime });

// The same specifiers (#room/path) find the compiled files.
const imports = Object.fromEntries(
  Object.entries(manifest.imports).map(([name, path]) => [name, path.replace(/\.ts$/, '.js')]),
);
const { name, version } = manifest;
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ name, version, private: true, type: 'module', imports }, null, 2)}\n`,
);

const { code } = await bundleWorkflows();
writeFileSync(join(dist, 'workflow-bundle.js'), code);
process.stdout.write(`${dist}/ is made, ${(code.length / 1e6).toFixed(1)} MB of it workflows\n`);

/** Migrations, templates and the like; directories are walked. */
function isReadAtRunTime(path: string): boolean {
  const parts = path.split(sep);
  return !parts.includes('fixtures') && !['.ts', '.tsx', '.md'].includes(extname(path));
}
