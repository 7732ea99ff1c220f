import { z } from 'zod';
import type { Copy } from './copy.ts';

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

/** In the copy: plans a quarter of an hour of a tracker, minute by minute, over a restart: what is raised, and what ends it. */
export const useIdling = `
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

export const idled = z.object({
  risks: z.array(z.looseObject({ type: z.string(), severity: z.string(), occurredAt: z.string() })),
  endings: z.array(z.object({ episode: z.string(), at: z.number() })),
});

const list = 'domain/telematics/rules/index.ts';

/** The rule in its file, in the list, and its scenario. */
export function addIdling(copy: Copy): void {
  copy.write('domain/telematics/rules/idling.ts', rule);
  copy.put(list, '  jamming,\n', 'behind', '  idling,\n');
  copy.write(list, `import { idling } from './idling.ts';\n${copy.read(list)}`);
  const scenarios = 'domain/telematics/rules.test.ts';
  copy.put(
    scenarios,
    "it('each rule that looks at messages has a scenario above,",
    'before',
    `it('a vehicle idles after ten minutes', () => {
  const stands = [0, 600].map((at) => fix(at, { speedKph: 0 }));
  expect(types(stands)).toContainEqual(['idling', 600]);
});

`,
  );
}
