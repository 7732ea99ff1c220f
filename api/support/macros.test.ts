import { and, asc, eq, like } from 'drizzle-orm';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { audit } from '#db/schema/index';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';

let world: ApiWorld;
let customer: Person;
let agent: Person;
let admin: Person;
beforeAll(async () => {
  world = await createApiWorld();
  [customer, agent, admin] = [await world.customer(), await world.staff('agent'), await world.staff('admin')];
});
afterAll(() => world.close());

const shape = z.looseObject({ id: z.string(), createdAt: z.string(), updatedAt: z.string() });
const call = (by: Person | undefined, method: string, path: string, body?: unknown, ifMatch?: string) =>
  world.call(method, `/v1/ticket-macros${path}`, {
    token: by?.token,
    body,
    ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
  });

async function made(name: string, language = 'en') {
  const answer = await call(agent, 'POST', '', { name, language, body: 'Gladly' });
  expect([answer.status, answer.headers.get('etag')]).toEqual([201, '"1"']);
  return shape.parse(answer.body);
}

it('is read, changed by its ETag and taken away, which is on record', async () => {
  const { id, createdAt } = await made('Greeting');
  const read = await call(admin, 'GET', `/${id}`);
  expect([read.status, read.headers.get('etag')]).toEqual([200, '"1"']);
  expect(read.body).toEqual({ id, name: 'Greeting', language: 'en', body: 'Gladly', createdAt, updatedAt: createdAt });

  expect(await call(agent, 'PATCH', `/${id}`, { body: 'With pleasure' }, '"7"')).toMatchObject({ status: 412 });
  const changed = await call(agent, 'PATCH', `/${id}`, { body: 'With\npleasure' }, '"1"');
  expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
  expect(changed.body).toMatchObject({ id, name: 'Greeting', language: 'en', body: 'With\npleasure', createdAt });
  // What changes nothing is no change.
  const same = await call(admin, 'PATCH', `/${id}`, { name: 'Greeting', language: 'en' });
  expect([same.status, same.headers.get('etag')]).toEqual([200, '"2"']);
  const moved = await call(admin, 'PATCH', `/${id}`, { name: 'Salamu', language: 'sw' }, '"2"');
  expect(moved.body).toMatchObject({ name: 'Salamu', language: 'sw', body: 'With\npleasure' });
  expect(await call(agent, 'GET', '?language=en')).toMatchObject({ body: { data: [] } });

  expect(await call(agent, 'DELETE', `/${id}`, undefined, '"2"')).toMatchObject({ status: 412 });
  expect((await call(agent, 'DELETE', `/${id}`, undefined, '"3"')).status).toBe(204);
  for (const [method, body] of [['GET'], ['PATCH', {}], ['DELETE']] as const)
    expect(await call(admin, method, `/${id}`, body)).toMatchObject({ status: 404 });
  const entries = await world.database.db
    .select({ type: audit.type, detail: audit.detail, actor: audit.actor })
    .from(audit)
    .where(and(eq(audit.subject, id), like(audit.type, 'ticket.macro.%')))
    .orderBy(asc(audit.id));
  expect(entries).toMatchObject([
    { type: 'ticket.macro.created', detail: { language: 'en' } },
    { type: 'ticket.macro.updated', detail: { fields: ['body'] }, actor: { id: agent.user.id } },
    { type: 'ticket.macro.updated', detail: { fields: ['name', 'language'] }, actor: { id: admin.user.id } },
    { type: 'ticket.macro.deleted', actor: { id: agent.user.id } },
  ]);
});

it('has a name of its own in its language, also where two are given it at once', async () => {
  await made('Sorry');
  const [one, other] = [await made('Thanks'), await made('Sorry', 'sw')];
  const taken = { status: 409, body: { code: 'already_exists', errors: [{ path: 'name', message: 'is taken' }] } };
  expect(await call(agent, 'PATCH', `/${one.id}`, { name: 'Sorry' })).toMatchObject(taken);
  expect(await call(agent, 'PATCH', `/${other.id}`, { language: 'en' })).toMatchObject(taken);
  const answers = await Promise.all(
    [one, other].map(({ id }) => call(agent, 'PATCH', `/${id}`, { name: 'Bye', language: 'lg' })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
});

it('is for staff alone, and refuses what it does not take', async () => {
  const { id } = await made('Wait');
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['POST', '', { name: 'x', language: 'en', body: 'x' }],
    ['GET', `/${id}`, undefined],
    ['PATCH', `/${id}`, { name: 'x' }],
    ['DELETE', `/${id}`, undefined],
  ] as const) {
    expect((await call(undefined, method, path, body)).status, `${method} ${path}`).toBe(401);
    expect((await call(customer, method, path, body)).status, `${method} ${path}`).toBe(403);
  }
  for (const by of [agent, admin]) {
    for (const [field, value] of Object.entries({ name: '', language: 'xx', body: ' ', createdBy: id }))
      expect(await call(by, 'PATCH', `/${id}`, { [field]: value })).toMatchObject({
        status: 400,
        body: { errors: [{ path: field }] },
      });
    expect((await call(by, 'PATCH', `/${randomUUID()}`, {})).status).toBe(404);
    expect((await call(by, 'DELETE', '/nonsense')).status).toBe(404);
  }
  expect(await call(agent, 'GET', `/${id}`)).toMatchObject({ status: 200, body: { name: 'Wait' } });
});
