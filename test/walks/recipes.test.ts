import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { handlersThatDoMore, strangeWriters, unaudited } from '#test/audit-trail';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { wallThrough } from '#test/walls';
import { copyOfTheProduct, type Copy } from './copy.ts';
import { idled as idling, useIdling } from './idling.ts';
import { recipes } from './recipes.ts';
import { useWave } from './wave.ts';

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
  recipes.route.walk(copy);
  expect(touched()).toEqual(['api/vehicles/quote.ts']);
});

it('an event is its line of the catalogue, and the use case that it tells of', () => {
  recipes.event.walk(copy);
  expect(touched()).toEqual(['domain/events/catalogue.ts', 'use-cases/vehicles/retire-vehicle.ts']);
});

it('a computed risk rule is its file, the list and a scenario', () => {
  recipes.rule.walk(copy);
  expect(touched()).toEqual([
    'domain/telematics/rules.test.ts',
    'domain/telematics/rules/idling.ts',
    'domain/telematics/rules/index.ts',
  ]);
});

it('a plain command of a lease is its row, its use case, its line among the activities, a cell that is tried and an ending', () => {
  recipes.command.walk(copy);
  expect(touched()).toEqual([
    'activities/leases.ts',
    'domain/leases/commands.ts',
    'test/endings/leases.ts',
    'use-cases/leases/commands.test.ts',
    'use-cases/leases/praise.ts',
  ]);
});

it('a text is what it says in four languages, its title, its sample, and who sends it', () => {
  recipes.text.walk(copy);
  expect(touched()).toEqual([
    'domain/notifications/messages.ts',
    'domain/notifications/samples.ts',
    'domain/notifications/texts/kinyarwanda.ts',
    'domain/notifications/texts/luganda.ts',
    'domain/notifications/texts/swahili.ts',
    'domain/notifications/titles.ts',
    'workflows/lease/handlers.ts',
  ]);
});

it('a timer is a day of the books that the lease knows, an item of its agenda, and what it does then', () => {
  recipes.timer.walk(copy);
  // And its activity, its cell and its ending, in files that the command before has touched already.
  expect(touched()).toEqual([
    'db/schema/leases.ts',
    'domain/leases/agenda.ts',
    'domain/leases/standing.ts',
    'domain/leases/wire.ts',
    'use-cases/leases/lease-record.ts',
    'workflows/lease/repayment.ts',
  ]);
});

it('a provider is its file, four tables, and two lists of variables of the deployment', () => {
  recipes.provider.walk(copy);
  expect(touched()).toEqual([
    '.env.example',
    'docker-compose.yml',
    'domain/markets.ts',
    'domain/payments/prefixes.ts',
    'platform/variables/providers.ts',
    'providers/mobile-money/registry.ts',
    'providers/mobile-money/wave.ts',
  ]);
});

it('a capability with a workflow is its own files, a line in each of seven tables, and three that the tests look at', async () => {
  await recipes.capability.walk(copy);
  const fresh = touched();
  // By what the house's own tests look for, of the audit trail, tables and walls.
  const sources = new Map(
    [...copy.texts()].filter(([path]) => /^(?!dev|test|bench|node_modules)[\w-]+\/.*(?<!\.test)\.ts$/.test(path)),
  );
  const of = (found: readonly string[]) => found.filter((one) => one.includes('survey'));
  const { transactions, money, cases } = unaudited(sources);
  expect(of([...transactions, ...money, ...cases, ...strangeWriters(sources), ...handlersThatDoMore(sources)])).toEqual(
    [],
  );
  const through = fresh
    .filter((path) => recipes.capability.own.test(path))
    .flatMap((path) =>
      [...copy.read(path).matchAll(/ from '([#.][^']+)'/g)].map(([, from = '']) => wallThrough(path, from)),
    );
  expect(through.filter((wall) => wall !== null)).toEqual([]);
  expect(fresh.filter((path) => !recipes.capability.own.test(path))).toEqual([
    'api/app.ts',
    'db/schema/index.ts',
    'domain/task-queues.ts',
    'test/endings/others.ts',
    'test/populated.ts',
    'use-cases/identity/all-personal-data.ts',
    'use-cases/identity/erased.test.ts',
    'workers/create-workers.ts',
    'workflows/index.ts',
  ]);
  // Which the event before has touched already.
  expect(copy.read('domain/events/catalogue.ts')).toContain("'survey.begun'");
  // Whoever looks for what is exported and not taken finds nothing.
  const exported = fresh.flatMap((path) =>
    [...copy.read(path).matchAll(/^export (?:async )?(?:function|const|interface|type) (\w*survey\w*)/gim)].map(
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
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import './dev/write-documents.ts';
import { createLeaseActivities } from './activities/leases.ts';
import { activitiesByCapability, outboxReaders } from './workers/create-workers.ts';
import { createApp } from './api/app.ts';
import { connectDatabase } from './db/client.ts';
import { surveys, surveysSchema } from './db/schema/surveys.ts';
import { beginSurvey } from './use-cases/surveys/begin-survey.ts';
import { eraseUser } from './use-cases/identity/erase-user.ts';
import { nextStep } from './domain/leases/agenda.ts';
import { isPlain, leaseCommands } from './domain/leases/commands.ts';
import { swahili } from './domain/notifications/texts/swahili.ts';
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
await sql\`alter table leases.leases add column if not exists praised_until date\`;
const made = generateDrizzleJson({ surveys, surveysSchema });
await sql\`drop schema if exists surveys cascade\`;
for (const statement of await generateMigration(generateDrizzleJson({}), made)) await sql.unsafe(statement);
const capability = await app.request('/v1/surveys', { method: 'POST' });
const customer = randomUUID();
await sql\`insert into identity.users (id, role, name, market, phone_hash) values (\${customer}, 'customer', 'Zuhura', 'UG', \${customer})\`;
const as = (work) => transact(db, { role: 'customer', id: customer }, new Date(), work);
const begin = (surveyId) => as((context) => beginSurvey(context, { id: surveyId, userId: customer, note: 'my wife' }));
const both = [await begin(id), await begin(id)].map((one) => one.id === id);
await as((context) => eraseUser(context, customer));
const late = await begin(customer).catch(({ code }) => code);
const kept = await sql\`select note from surveys.surveys\`;
const post = (path, body) =>
  app.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const session = await (await post('/v1/auth/login', { email: 'agent@example.com', password: 'rent-to-own' })).json();
const held = await app.request('/v1/me/export', { headers: { authorization: \`Bearer \${session.accessToken}\` } });
const command = await app.request(\`/v1/leases/\${id}/praise\`, { method: 'POST' });
await transact(db, { role: 'admin', id }, new Date(), (context) => retireVehicle(context, id));
const events = await sql\`select type, subject, data from events.outbox where type = 'vehicle.retired'\`;
const { praise, endPraise } = createLeaseActivities({ db });
const standing = { praisedUntil: '2026-03-01', pausedUntil: null, promisedOn: null, nextDue: null, feesDue: 0, depositDue: 0, lateFeeOn: null, status: 'active' };
const answer = {
  id, events,
  begun: [both, late, kept.map(({ note }) => note)],
  held: [held.status, await held.json()],
  route: [route.status, await route.json()],
  capability: [capability.status, Object.keys(activitiesByCapability({ config, db }).surveys()), outboxReaders({ config, db }).surveys.name],
  command: [command.status, typeof praise, leaseCommands.at(-1), isPlain('praise')],
  text: swahili({ template: 'praised', words: 'Asante' }),
  timer: [typeof endPraise, nextStep({ now: 0, market: 'UG', graceDays: 0, standing, notBefore: 0, quiet: null, reminded: null, unknown: [] })],
};
await close();
console.log(JSON.stringify(answer));
process.exit(process.exitCode ?? 0);
`;
const answer = z.object({
  id: z.string(),
  events: z.unknown(),
  begun: z.unknown(),
  held: z.unknown(),
  route: z.unknown(),
  capability: z.unknown(),
  command: z.unknown(),
  text: z.unknown(),
  timer: z.unknown(),
});

it(
  'all of them work: types, documents, API, events, activities and workflows follow',
  { timeout: 400_000 },
  async () => {
    // Of which the types of the client are.
    await copy.run('api/openapi.ts');
    const paths = copy.touched().filter((path) => path.endsWith('.ts') && path !== 'dev/api-types.ts');
    const [types, lint, [idled, wave, used]] = await Promise.all([
      copy.types(),
      copy.lint(paths),
      copy.use([useIdling, useWave, use], { WALK_DATABASE: database.url }),
    ]);
    expect(types).toBe('');
    expect(lint).toBe('');
    const idle = idling.parse(idled);
    // The house has a rule of its own that sees it too: one risk, seen once, that ends when it moves.
    expect(idle.risks.filter(({ type }) => type === 'idling')).toMatchObject([
      { type: 'idling', severity: 'medium', occurredAt: new Date(600_000).toISOString(), details: { since: 0 } },
    ]);
    expect(idle.endings.filter(({ episode }) => episode.includes(':idling:'))).toEqual([
      { episode: '01a209b6-d691-7e95-9f0a-5a770bab73a2:idling:600000', at: 780_000 },
    ]);
    // It stands for its market and its numbers, and reads what calls back; the deployment hands its variables on.
    expect(wave).toEqual({ ofMarket: ['wave'], ofPhone: 'wave', claim: 'W1' });
    for (const check of ['deployment', 'kubernetes']) await copy.run(`dev/check-${check}.ts`);
    const { id, events, begun, held, route, capability, command, text, timer } = answer.parse(used);
    expect(held).toEqual([200, expect.objectContaining({ surveys: [], leases: [] })]);
    // Beginning it again is as good as once, and nothing is kept of who was erased.
    expect(begun).toEqual([[true, true], 'not_found', ['']]);
    expect(route).toEqual([200, { version: expect.any(Number) }]);
    expect(events).toContainEqual({ type: 'vehicle.retired', subject: id, data: { vehicleId: id } });
    expect(command).toEqual([401, 'function', 'praise', true]);
    expect(text).toBe('Hongera: Asante');
    expect(timer).toEqual(['function', { do: 'end_praise', at: Date.UTC(2026, 1, 28, 21) }]);
    expect(capability).toEqual([401, ['endSurvey'], 'survey-workflows']);
    const made = ['environment', 'events', 'identity', 'lease-commands', 'notifications', 'telematics'];
    expect(copy.touched('docs')).toEqual([...made.map((name) => `docs/${name}.md`), 'docs/openapi.json'].toSorted());
    expect(copy.read('docs/telematics.md')).toContain('idling');
    expect(copy.read('deploy/kubernetes/files/kinds-of-work.txt')).toContain('\nsurveys\n');
    expect(copy.read('docs/events.md')).toContain('| `survey-workflows` | `survey.begun` |');
    for (const word of [
      'idling',
      '/v1/vehicles/{id}/version',
      'vehicle.retired',
      '/v1/leases/{id}/praise',
      '/v1/surveys',
    ])
      for (const path of ['docs/openapi.json', 'dev/api-types.ts']) expect(copy.read(path), path).toContain(word);
    expect(copy.read('docs/lease-commands.md')).toContain('| `praise` | agent, admin | `active`, `in_arrears`,');
  },
);
