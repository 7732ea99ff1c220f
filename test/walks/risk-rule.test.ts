import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

/** A rule that looks at ignition and speed, keeps when it began, and asks for the lease. */
const rule = `
import type { LastingRule } from './rule.ts';

export const idling: LastingRule<'idling', { readonly since: number | null }, number> = {
  type: 'idling',
  severity: 'low',
  begins: 'ten minutes with the engine on at one place',
  ends: 'it moves, or the engine is off',
  look({ fix, late }, state) {
    if (late || fix.ignition === null || fix.speedKph === null) return null;
    if (!fix.ignition || fix.speedKph > 0) return { holds: false, state: { since: null } };
    const since = state?.since ?? fix.ts;
    return { holds: fix.ts - since >= 600_000, state: { since }, note: since };
  },
  tell: ([first], { leaseStatus }) => ({
    severity: leaseStatus === 'in_arrears' ? 'medium' : 'low',
    details: { since: first?.note ?? null },
  }),
};
`;

/** In the copy: writes the documents anew, and plans a quarter of an hour of a tracker, minute by minute, over a restart. */
const use = `
import './api/openapi.ts';
import './dev/write-documents.ts';
import { resume, unwatched } from './domain/telematics/watch.ts';
import { readMessage } from './providers/trackers/registry.ts';
import { planBatch } from './workers/telematics/plan.ts';
import { vehicleOf } from './workers/telematics/registry.ts';

const id = '01a209b6-d691-7e95-9f0a-5a770bab73a2';
const tracker = { id, vehicleId: id, kind: 'native', serial: null, online: true, speedLimitKph: null, market: 'KE', leaseStatus: 'in_arrears' };
let watch = unwatched;
const [heard, risks, endings] = [[], [], []];
for (let minute = 0; minute <= 14; minute += 1) {
  const said = { ts: minute * 60_000, seq: minute, lat: 0.3, lon: 32.5, ignition: true, speedKph: minute === 14 ? 20 : 0 };
  const message = { topic: \`trackers/\${id}/telemetry\`, payload: Buffer.from(JSON.stringify(said)), receivedAt: said.ts };
  const entry = { kind: 'message', message, readings: readMessage(message) };
  // Each comes twice.
  for (const entries of [[entry], [entry]]) {
    const plan = planBatch(entries, { find: () => tracker, watch: () => watch });
    // What is remembered is plain JSON.
    watch = JSON.parse(JSON.stringify(plan.watches.get(id)));
    heard.push(...plan.batch.fixes);
    risks.push(...plan.batch.risks);
    endings.push(...plan.batch.endings);
  }
  // The process starts again.
  if (minute === 6) watch = resume(heard.at(-1).fix, heard, [], vehicleOf(tracker));
}
console.log(JSON.stringify({ risks, endings }));
`;

const answer = z.object({
  risks: z.array(z.looseObject({ type: z.string(), severity: z.string(), occurredAt: z.string() })),
  endings: z.array(z.object({ episode: z.string(), at: z.number() })),
});

const root = join(import.meta.dirname, '../..');
const left = new Set(['node_modules', 'dist', 'web']);
const copy = mkdtempSync(join(tmpdir(), 'risk-rule-'));
const run = async (...words: string[]) =>
  (await promisify(execFile)(process.execPath, words, { cwd: copy, maxBuffer: 16 * 1024 * 1024 })).stdout;

/** Every file below a directory, by its path and with its text. */
function textsIn(directory: string): Map<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((path) => [relative(copy, path), readFileSync(path, 'latin1')]));
}

describe('a new computed rule', () => {
  afterAll(() => rmSync(copy, { recursive: true }));

  it('is its file and the list: types, events, API and documents follow', async () => {
    for (const room of readdirSync(root))
      if (!left.has(room) && !room.startsWith('.'))
        cpSync(join(root, room), join(copy, room), {
          recursive: true,
          filter: (path) => !['results', 'histories', 'migrations', 'temporal-server'].includes(basename(path)),
        });
    const before = textsIn(copy);
    const list = join(copy, 'domain/telematics/rules/index.ts');
    writeFileSync(join(copy, 'domain/telematics/rules/idling.ts'), rule);
    const text = readFileSync(list, 'utf8');
    writeFileSync(
      list,
      `import { idling } from './idling.ts';\n${text.replace('  jamming,\n', '  jamming,\n  idling,\n')}`,
    );
    const touched = [...textsIn(copy)].flatMap(([path, now]) => (before.get(path) === now ? [] : [path]));
    expect(touched.sort()).toEqual(['domain/telematics/rules/idling.ts', 'domain/telematics/rules/index.ts']);

    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const files = ['api/telematics/risk-events.ts', 'workers/telematics/plan.ts', 'domain/events/catalogue.ts'];
    writeFileSync(join(copy, 'tsconfig.walk.json'), JSON.stringify({ extends: './tsconfig.json', include: [], files }));
    writeFileSync(join(copy, 'use.ts'), use);
    const [types, used] = await Promise.all([
      run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.walk.json'),
      run('--import', 'tsx', 'use.ts'),
    ]);
    expect(types).toBe('');
    const { risks, endings } = answer.parse(JSON.parse(used.trim().split('\n').at(-1) ?? ''));
    expect(risks).toMatchObject([
      { type: 'idling', severity: 'medium', occurredAt: new Date(600_000).toISOString(), details: { since: 0 } },
    ]);
    expect(endings).toEqual([{ episode: `01a209b6-d691-7e95-9f0a-5a770bab73a2:idling:600000`, at: 780_000 }]);

    const made = [...textsIn(join(copy, 'docs'))].flatMap(([path, now]) => (before.get(path) === now ? [] : [path]));
    expect(made.sort()).toEqual(['docs/openapi.json', 'docs/telematics.md']);
    for (const path of made) expect(readFileSync(join(copy, path), 'utf8')).toContain('idling');
  });
});
