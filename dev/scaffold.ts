import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { capabilityFiles, capabilityLines, type Line } from './scaffold/capability.ts';

/**
 * `npm run scaffold -- referrals referral`: a capability with a workflow, by its name and that of one of its things.
 * It writes the capability's own files and its lines in the tables that list capabilities; what it is about is written
 * into them then. Nothing is written where one of the files is there, or where a table has no place for the line.
 */
const [capability = '', thing = ''] = process.argv.slice(2);
if (![capability, thing].every((name) => /^[a-z]+$/.test(name)) || capability === thing) {
  process.stderr.write('npm run scaffold -- <capability> <thing>, such as `referrals referral`: small letters\n');
  process.exit(2);
}

const files = capabilityFiles(capability, thing);
const there = Object.keys(files).filter((path) => existsSync(path));
if (there.length > 0) {
  process.stderr.write(`there already: ${there.join(', ')}\n`);
  process.exit(1);
}
const tables = new Map<string, string>();
for (const line of capabilityLines(capability, thing)) tables.set(line.path, withLine(line));

for (const [path, text] of [...Object.entries(files), ...tables]) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}
execFileSync('node_modules/.bin/oxfmt', [...Object.keys(files), ...tables.keys()]);
process.stdout.write(
  `\nNow: npx drizzle-kit generate --name ${capability}, npm run openapi, npm run documents, and a line in the README.\n` +
    `Before its workflow runs in production, a recorded history of it: docs/changing-a-running-workflow.md\n`,
);

/** A table with one line more, before the first place that fits. @throws Error where it has none */
function withLine({ path, before, line }: Line): string {
  const text = tables.get(path) ?? readFileSync(path, 'utf8');
  const at = text.search(before);
  if (at === -1) throw new Error(`${path} has no place for ${line}`);
  return text.slice(0, at) + line + text.slice(at);
}
