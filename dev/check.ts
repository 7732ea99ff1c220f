import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Everything that can be known without running a test, a line for each check; what failed follows in
 * full. `npm run check -- lint types` runs only those.
 */
const checks: Readonly<Record<string, string>> = {
  types: 'tsc -p .',
  lint: 'oxlint',
  migrations: 'node --import tsx dev/check-migrations.ts',
  unused: 'knip --no-progress',
  openapi: 'npm run --silent openapi -- --check',
  format: 'oxfmt --list-different',
  documents: 'node --import tsx dev/write-documents.ts --check',
  places: 'node --import tsx test/walks/count-places.ts',
  house: 'vitest run --root . --config test/house.config.ts && node --import tsx test/house-counts.ts',
  deployment:
    'dclint --quiet docker-compose.yml && node --import tsx dev/check-deployment.ts && node --import tsx dev/check-kubernetes.ts',
};

/** Of these so many lines at the end are of use also where nothing is wrong. */
const told: Readonly<Record<string, number | undefined>> = { places: Infinity, house: 5 };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => checks[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`there is no check called ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}\n`);
  process.exit(2);
}

const queue = Object.entries(checks).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const failures: string[] = [];
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, runQueue));
if (failures.length > 0) {
  process.stdout.write(`\n${failures.length} failed: ${failures.join(', ')}\n`);
  process.exitCode = 1;
}

async function runQueue(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, command] = next;
    const began = performance.now();
    const { code, output } = await run(command);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)} ${seconds.padStart(5)} s\n`);
    if (code !== 0) failures.push(name);
    const lines = output.trimEnd().split('\n');
    const shown = code === 0 ? lines.slice(Math.max(0, lines.length - (told[name] ?? 0))) : lines;
    for (const line of shown) process.stdout.write(`    ${line}\n`);
  }
}

/** npm puts node_modules/.bin on the PATH, so the tools are called by name. */
function run(command: string): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
