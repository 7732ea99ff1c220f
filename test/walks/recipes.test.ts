import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { copyOfTheProduct, type Copy } from './copy.ts';
import { addIdling, seeIdling } from './idling.ts';
import { addWave, seeWave } from './wave.ts';

/** The recipes of CONTRIBUTING.md, walked one after another in one copy, which is used then. */
let copy: Copy;
let database: TestDatabase;
beforeAll(async () => {
  copy = copyOfTheProduct();
  database = await createTestDatabase('sampleDatabaseUrl');
});
afterAll(async () => {
  copy.remove();
  await database.close();
});

let known: readonly string[] = [];
/** What a step has touched that none before it has. */
function touched(): string[] {
  const all = copy.touched();
  const fresh = all.filter((path) => !known.includes(path));
  known = all;
  return fresh;
}

it('a route is a file', () => {
  const route = `
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/version',
      summary: 'How often a vehicle was changed',
      tag,
      roles: 'public',
      params: idParam,
      status: 200,
      answer: z.object({ version: z.int() }),
    }),
    async (c) => c.json({ version: found(await findVehicle(db, c.req.valid('param').id)).version }, 200),
  );
`;
  copy.put('api/vehicles/catalogue.ts', '  return app;\n', 'before', route);
  expect(touched()).toEqual(['api/vehicles/catalogue.ts']);
});

it('an event is its line of the catalogue, and the use case that it tells of', () => {
  copy.put(
    'domain/events/catalogue.ts',
    "  'vehicle.reserved': aboutVehicle(vehicleHeld),\n",
    'before',
    "  'vehicle.retired': { about: 'vehicle', heardBy: office, payload: z.object({ vehicleId: id }) },\n",
  );
  const useCase = 'use-cases/vehicles/retire-vehicle.ts';
  copy.put(useCase, 'import { record,', 'behind', ' emit,');
  copy.put(
    useCase,
    "  await record(context, { type: 'vehicle.retired', subject: id, detail: { status: { from: status, to: 'retired' } } });\n",
    'behind',
    "  await emit(context, { type: 'vehicle.retired', subject: id, data: { vehicleId: id } });\n",
  );
  expect(touched()).toEqual(['domain/events/catalogue.ts', useCase]);
});

it('a computed risk rule is its file and the list', () => {
  const files = addIdling(copy);
  expect(touched()).toEqual(files);
});

it('a plain command of a lease is its row, its use case, its line among the activities, and a cell that is tried', () => {
  copy.put(
    'domain/leases/commands.ts',
    '} as const satisfies Readonly<Record<string, Row>>;',
    'before',
    "  praise: { by: staff, in: running, does: 'praise', path: 'praise', says: 'Praise who pays', asks: { words: text } },\n",
  );
  copy.write(
    'use-cases/leases/praise.ts',
    `import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { record, type Context } from '../context.ts';
import { lockLeaseFor, standingOf } from './lease-record.ts';

export async function praise(context: Context, { leaseId, words }: Ordered<'praise'>): Promise<Standing> {
  const lease = await lockLeaseFor('praise', context, leaseId);
  await record(context, { type: 'lease.praised', subject: leaseId, leaseId, detail: { words } });
  return standingOf(lease, context.at);
}
`,
  );
  copy.put(
    'activities/leases.ts',
    'import { quoteSettlement }',
    'before',
    "import { praise } from '#use-cases/leases/praise';\n",
  );
  copy.put('activities/leases.ts', '    waiveFees: command(waiveFees),\n', 'before', '    praise: command(praise),\n');
  const cells = 'use-cases/leases/commands.test.ts';
  copy.put(cells, 'import { quoteSettlement }', 'before', "import { praise } from './praise.ts';\n");
  copy.put(
    cells,
    '  writeOff: (context, leaseId) =>',
    'before',
    "  praise: (context, leaseId) => praise(context, { leaseId, words: 'well paid' }),\n",
  );
  expect(touched()).toEqual(['activities/leases.ts', 'domain/leases/commands.ts', cells, 'use-cases/leases/praise.ts']);
});

it('a provider is its file, four tables, and two lists of variables', () => {
  const files = addWave(copy);
  expect(touched()).toEqual(files);
});

it('a capability with a workflow is its own files, a line in each of seven tables, and one that the tests can look at', async () => {
  await copy.run('dev/scaffold.ts', 'inspections', 'inspection');
  const own = /(^|\/)inspections?(\.ts$|\/)|start-inspection\.ts$/;
  const fresh = touched();
  expect(fresh.filter((path) => !own.test(path))).toEqual([
    'api/app.ts',
    'db/schema/index.ts',
    'domain/task-queues.ts',
    'test/populated.ts',
    'use-cases/identity/all-personal-data.ts',
    'workers/create-workers.ts',
    'workflows/index.ts',
  ]);
  // Which the event before has touched already.
  expect(copy.read('domain/events/catalogue.ts')).toContain("'inspection.begun'");
  // Whoever looks for what is exported and not taken finds nothing.
  const exported = fresh.flatMap((path) =>
    [...copy.read(path).matchAll(/^export (?:async )?(?:function|const|interface|type) (\w*inspection\w*)/gim)].map(
      ([, name = '']) => ({ path, name }),
    ),
  );
  expect(exported.length).toBeGreaterThan(10);
  const isTaken = ({ path, name }: (typeof exported)[number]) =>
    // Tables are taken by their module, which is the schema.
    path.startsWith('db/schema/') ||
    fresh.some((other) => other !== path && new RegExp(`\\b${name}\\b`).test(copy.read(other)));
  expect(exported.filter((one) => !isTaken(one))).toEqual([]);
});

/** In the copy: writes the documents anew, asks the route, retires a vehicle, and looks at what a worker and a workflow have. */
const use = `
import { generateKeyPairSync } from 'node:crypto';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import './dev/write-documents.ts';
import { createLeaseActivities } from './activities/leases.ts';
import { activitiesOf, readersOf } from './workers/create-workers.ts';
import { createApp } from './api/app.ts';
import { connectDatabase } from './db/client.ts';
import { inspections, inspectionsSchema } from './db/schema/inspections.ts';
import { isPlain, leaseCommands } from './domain/leases/commands.ts';
import { loadConfig } from './platform/config.ts';
import { createEncryption } from './platform/encryption.ts';
import { createLogger } from './platform/log.ts';
import { transact } from './use-cases/context.ts';
import { retireVehicle } from './use-cases/vehicles/retire-vehicle.ts';

const { db, sql, close } = connectDatabase(process.env.WALK_DATABASE);
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const config = loadConfig({
  EMBEDDED: 'true', LOG_LEVEL: 'silent', DATABASE_URL: process.env.WALK_DATABASE, MQTT_PLATFORM_PASSWORD: 'unused',
  JWT_KEYS: JSON.stringify({ keys: [{ ...jwk, kid: 'walk' }] }),
  ENCRYPTION_KEYS: \`k1:\${Buffer.alloc(32, 1).toString('base64')},index:\${Buffer.alloc(32, 2).toString('base64')}\`,
  AFRICASTALKING_BASE_URL: 'http://localhost', AFRICASTALKING_USERNAME: 'unused', AFRICASTALKING_API_KEY: 'unused',
});
const encryption = createEncryption(config.ENCRYPTION_KEYS);
const app = createApp({ config, log: createLogger('walk', 'silent'), db, sql, temporal: {}, encryption });
const [{ id }] = await sql\`select id from vehicles.vehicles where status = 'available' limit 1\`;
const route = await app.request(\`/v1/vehicles/\${id}/version\`);
const made = generateDrizzleJson({ inspections, inspectionsSchema });
await sql\`drop schema if exists inspections cascade\`;
for (const statement of await generateMigration(generateDrizzleJson({}), made)) await sql.unsafe(statement);
const capability = await app.request('/v1/inspections', { method: 'POST' });
const post = (path, body) =>
  app.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const session = await (await post('/v1/auth/login', { email: 'agent@example.com', password: 'rent-to-own' })).json();
const held = await app.request('/v1/me/export', { headers: { authorization: \`Bearer \${session.accessToken}\` } });
const command = await app.request(\`/v1/leases/\${id}/praise\`, { method: 'POST' });
await transact(db, { role: 'admin', id }, new Date(), (context) => retireVehicle(context, id));
const events = await sql\`select type, subject, data from events.outbox where type = 'vehicle.retired'\`;
const { praise } = createLeaseActivities({ db });
const answer = {
  id, events,
  held: [held.status, await held.json()],
  route: [route.status, await route.json()],
  capability: [capability.status, Object.keys(activitiesOf({ config, db }).inspections()), readersOf({ config, db }).inspections.name],
  command: [command.status, typeof praise, leaseCommands.at(-1), isPlain('praise')],
};
await close();
console.log(JSON.stringify(answer));
process.exit(process.exitCode ?? 0);
`;
const answer = z.object({
  id: z.string(),
  events: z.unknown(),
  held: z.unknown(),
  route: z.unknown(),
  capability: z.unknown(),
  command: z.unknown(),
});

it('all of them work: types, documents, API, events, activities and workflows follow', async () => {
  // Of which the types of the client are.
  await copy.run('api/openapi.ts');
  const [types, , , used] = await Promise.all([
    copy.check([
      'api/main.ts',
      'workers/worker.ts',
      'workers/telematics.ts',
      'workflows/index.ts',
      'use-cases/leases/commands.test.ts',
      'test/global-setup.ts',
      'test/populated.ts',
    ]),
    seeIdling(copy),
    seeWave(copy),
    copy.use('use.ts', use, { WALK_DATABASE: database.url }),
  ]);
  expect(types).toBe('');
  const { id, events, held, route, capability, command } = answer.parse(used);
  expect(held).toEqual([200, expect.objectContaining({ inspections: [], leases: [] })]);
  expect(route).toEqual([200, { version: expect.any(Number) }]);
  expect(events).toContainEqual({ type: 'vehicle.retired', subject: id, data: { vehicleId: id } });
  expect(command).toEqual([401, 'function', 'praise', true]);
  expect(capability).toEqual([401, ['endInspection'], 'inspection-workflows']);
  const made = ['environment.md', 'events.md', 'identity.md', 'lease-commands.md', 'openapi.json', 'telematics.md'];
  expect(copy.touched('docs')).toEqual(made.map((name) => `docs/${name}`));
  expect(copy.read('docs/telematics.md')).toContain('idling');
  expect(copy.read('docs/events.md')).toContain('| `inspection-workflows` | `inspection.begun` |');
  for (const word of [
    'idling',
    '/v1/vehicles/{id}/version',
    'vehicle.retired',
    '/v1/leases/{id}/praise',
    '/v1/inspections',
  ])
    for (const path of ['docs/openapi.json', 'dev/api-types.ts']) expect(copy.read(path), path).toContain(word);
  expect(copy.read('docs/lease-commands.md')).toContain('| `praise` | agent, admin | `active`, `in_arrears`,');
});
