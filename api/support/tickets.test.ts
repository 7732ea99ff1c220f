import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { branches, idempotencyKeys, notifications, tickets } from '#db/schema/index';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';

let world: ApiWorld;
let customer: Person;
let stranger: Person;
let agent: Person;
/** Branches in Uganda, and in Kenya. */
const [gulu, elsewhere] = [uuidv7(), uuidv7()];
beforeAll(async () => {
  world = await createApiWorld();
  const at = { latitude: 2.77, longitude: 32.3 };
  await world.database.db.insert(branches).values([
    { id: gulu, name: 'Gulu', market: 'UG', ...at },
    { id: elsewhere, name: 'Kisumu', market: 'KE', ...at },
  ]);
  [customer, stranger, agent] = [await world.customer(), await world.customer(), await world.staff('agent')];
});
afterAll(() => world.close());

const shape = z.looseObject({ id: z.string() });
const post = (by: Person, path: string, body: unknown = {}, key?: string) =>
  world.call('POST', `/v1${path}`, { token: by.token, body, key });
const get = (by: Person, path: string) => world.call('GET', `/v1${path}`, { token: by.token });
const idOf = ({ body }: { body: unknown }) => shape.parse(body).id;
const opening = { category: 'theft', subject: 'My motorcycle is gone', message: 'Since this morning.\nPlease help.' };

async function upload(by: Person, bytes: readonly number[]) {
  const form = new FormData();
  form.set('file', new Blob([Uint8Array.from(bytes)]), 'x.jpg');
  const response = await fetch(`${world.url}/v1/ticket-attachments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${by.token}` },
    body: form,
  });
  const body: unknown = await response.json();
  return { status: response.status, body };
}
const jpeg = [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3];

it('is opened by its customer, once for a key, and shows its deadlines', async () => {
  const key = randomUUID();
  const answers = [await post(customer, '/tickets', opening, key), await post(customer, '/tickets', opening, key)];
  const [first, again] = answers.map(idOf);
  expect(again).toBe(first);
  expect(answers[0]).toMatchObject({
    status: 201,
    body: {
      status: 'open',
      priority: 'urgent',
      subject: opening.subject,
      firstAnswerDueAt: expect.any(String),
      resolutionDueAt: expect.any(String),
      firstAnsweredAt: null,
      messages: [{ author: 'customer', body: opening.message, internal: false }],
    },
  });
  for (const [field, value] of Object.entries({ priority: 'low', customerId: stranger.user.id, branchId: gulu }))
    expect(await post(customer, '/tickets', { ...opening, [field]: value })).toMatchObject({
      status: 422,
      body: { errors: [{ path: field }] },
    });
  expect(await post(agent, '/tickets', opening)).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'customerId' }] },
  });
  const nobody = { ...opening, customerId: randomUUID() };
  expect(await post(agent, '/tickets', nobody)).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'customerId' }] },
  });
  const forHim = { ...opening, customerId: customer.user.id, priority: 'low', branchId: gulu };
  expect(await post(agent, '/tickets', forHim)).toMatchObject({
    status: 201,
    body: { customerId: customer.user.id, priority: 'low', staff: { branchId: gulu }, messages: [{ author: 'staff' }] },
  });
});

it('goes through its life by its routes', async () => {
  const id = idOf(await post(customer, '/tickets', opening));
  const at = (command: string) => `/tickets/${id}/${command}`;
  expect(await post(agent, at('claim'))).toMatchObject({ status: 200, body: { assigneeId: agent.user.id } });
  const other = await world.staff('agent');
  expect(await post(other, at('claim'))).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(await post(agent, at('assign'), { assigneeId: other.user.id })).toMatchObject({
    status: 200,
    body: { assigneeId: other.user.id },
  });
  expect(await post(agent, at('assign'), { assigneeId: customer.user.id })).toMatchObject({ status: 422 });
  expect(await post(agent, at('escalate'), { reason: 'He is afraid' })).toMatchObject({
    status: 200,
    body: { staff: { escalation: { level: 'team_lead', reason: 'by_hand' } } },
  });
  expect(await post(agent, at('wait'), { message: 'Where was it?' })).toMatchObject({
    status: 200,
    body: { status: 'waiting', resolutionDueAt: null, firstAnsweredAt: expect.any(String) },
  });
  expect(await post(customer, at('messages'), { body: 'At home' })).toMatchObject({ status: 201 });
  expect(await post(customer, at('rate'), { rating: 5 })).toMatchObject({
    status: 409,
    body: { code: 'invalid_state' },
  });
  const found = { message: 'It is found' };
  expect(await post(agent, at('resolve'), found)).toMatchObject({ status: 200, body: { status: 'resolved' } });
  expect(await post(customer, at('rate'), { rating: 6 })).toMatchObject({ status: 400 });
  expect(await post(customer, at('rate'), { rating: 4 })).toMatchObject({ status: 200, body: { rating: 4 } });
  expect(await post(customer, at('reopen'), { message: 'Not yet' })).toMatchObject({
    status: 200,
    body: { status: 'open', resolvedAt: null, resolutionDueAt: expect.any(String) },
  });
  const into = idOf(await post(customer, '/tickets', opening));
  expect(await post(agent, at('merge'), { intoId: into })).toMatchObject({ status: 200, body: { id: into } });
  expect(await get(customer, `/tickets/${id}`)).toMatchObject({ body: { status: 'merged', mergedIntoId: into } });
  const changed = await world.call('PATCH', `/v1/tickets/${into}`, { token: agent.token, body: { priority: 'low' } });
  expect(changed).toMatchObject({ status: 200, body: { priority: 'low' } });
});

it('that is about something more urgent is as urgent, with its deadlines', async () => {
  const id = idOf(await post(customer, '/tickets', { ...opening, category: 'other' }));
  const patch = async (body: unknown) =>
    z
      .looseObject({ priority: z.string(), firstAnswerDueAt: z.string(), resolutionDueAt: z.string() })
      .parse((await world.call('PATCH', `/v1/tickets/${id}`, { token: agent.token, body })).body);
  const typo = { token: agent.token, body: { branchId: elsewhere } };
  expect(await world.call('PATCH', `/v1/tickets/${id}`, typo)).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'branchId', message: 'is no branch in UG' }] },
  });
  const [low, urgent] = [await patch({ branchId: gulu }), await patch({ category: 'accident' })];
  expect([low.priority, urgent.priority]).toEqual(['low', 'urgent']);
  expect(urgent.firstAnswerDueAt < low.firstAnswerDueAt).toBe(true);
  expect(urgent.resolutionDueAt < low.resolutionDueAt).toBe(true);
  expect(await patch({ category: 'complaint' })).toMatchObject({ category: 'complaint', priority: 'urgent' });
  expect(await patch({ category: 'theft', priority: 'low' })).toMatchObject({ category: 'theft', priority: 'low' });
});

it('is resolved without a word, and what its customer wrote last is answered all the same', async () => {
  const id = idOf(await post(customer, '/tickets', opening));
  await post(agent, `/tickets/${id}/messages`, { body: 'We look for it.' });
  await post(customer, `/tickets/${id}/messages`, { body: 'Have you found it?' });
  const bodies = async () => {
    const { body } = await world.call('GET', `/v1/tickets/${id}`, { token: customer.token });
    return z
      .object({ messages: z.array(z.object({ body: z.string() })) })
      .parse(body)
      .messages.map((one) => one.body);
  };
  expect(await post(agent, `/tickets/${id}/resolve`)).toMatchObject({ status: 200, body: { status: 'resolved' } });
  expect((await bodies()).at(-1)).toContain('We have dealt with this');
  expect(await post(customer, `/tickets/${id}/reopen`)).toMatchObject({ status: 200, body: { status: 'open' } });
  await post(agent, `/tickets/${id}/messages`, { body: 'Yes: come and take it.' });
  expect(await post(agent, `/tickets/${id}/resolve`)).toMatchObject({ status: 200 });
  expect((await bodies()).at(-1), 'who was answered is told nothing else').toBe('Yes: come and take it.');
});

it('is listed by what has to be done next, page by page, and what waits for nobody of ours last', async () => {
  const busy = await world.staff('agent');
  const ids = new Map<string, string>();
  for (const category of ['documents', 'theft', 'breakdown'] as const)
    ids.set(category, idOf(await post(customer, '/tickets', { ...opening, category })));
  for (const id of ids.values()) await post(agent, `/tickets/${id}/assign`, { assigneeId: busy.user.id });
  const asked = ids.get('theft') ?? '';
  await post(agent, `/tickets/${asked}/wait`, { message: 'Where was it?' });
  const list = z.object({ data: z.array(shape), nextCursor: z.string().nullable() });
  const listed: string[] = [];
  for (let cursor = ''; ;) {
    const answer = await get(busy, `/tickets?assigneeId=${busy.user.id}&sort=due&limit=1${cursor}`);
    const { data, nextCursor } = list.parse(answer.body);
    listed.push(...data.map(({ id }) => id));
    if (nextCursor === null) break;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
  expect(listed).toEqual(['breakdown', 'documents', 'theft'].map((category) => ids.get(category)));
  const first = list.parse((await get(busy, '/tickets?sort=due&limit=1')).body).nextCursor ?? '';
  const other = await get(busy, `/tickets?limit=1&cursor=${encodeURIComponent(first)}`);
  expect(other).toMatchObject({ status: 400, body: { errors: [{ path: 'cursor' }] } });
});

it('does what a request asks once, also when its answer was lost', async () => {
  const [id, into] = [idOf(await post(customer, '/tickets', opening)), idOf(await post(customer, '/tickets', opening))];
  const twice = async (command: string, body: unknown) => {
    const key = randomUUID();
    const answers = [await post(agent, `/tickets/${id}/${command}`, body, key)];
    // The process died before it kept what it answered.
    await world.database.db
      .update(idempotencyKeys)
      .set({ status: null, response: null, lockedUntil: new Date(0) })
      .where(eq(idempotencyKeys.userId, agent.user.id));
    answers.push(await post(agent, `/tickets/${id}/${command}`, body, key));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    return answers[1]?.body;
  };
  const escalation = { staff: { escalation: { level: 'team_lead' } } };
  expect(await twice('escalate', { reason: 'He is afraid' })).toMatchObject(escalation);
  expect(await twice('wait', { message: 'Where was it?' })).toMatchObject({ status: 'waiting' });
  expect(await twice('resolve', { message: 'Done' })).toMatchObject({ status: 'resolved' });
  expect(await twice('reopen', {})).toMatchObject({ status: 'open' });
  const { body } = await get(agent, `/tickets/${id}`);
  expect(z.object({ messages: z.array(z.unknown()) }).parse(body).messages).toHaveLength(4);
  expect(await twice('merge', { intoId: into })).toMatchObject({ id: into });
});

it('shows a customer neither notes, nor what an event opened until somebody has written to him', async () => {
  const id = idOf(await post(customer, '/tickets', opening));
  expect(await post(customer, `/tickets/${id}/messages`, { body: 'x', internal: true })).toMatchObject({ status: 422 });
  const [secret, open] = [await upload(agent, jpeg), await upload(agent, jpeg)].map(idOf);
  const note = { body: 'He has done this before', internal: true, attachments: [secret] };
  expect(await post(agent, `/tickets/${id}/messages`, note)).toMatchObject({ status: 201, body: { internal: true } });
  await post(agent, `/tickets/${id}/messages`, { body: 'Look', attachments: [open] });
  const { body } = await get(customer, `/tickets/${id}`);
  expect(JSON.stringify(body)).not.toContain(note.body);
  expect(body).toMatchObject({
    messages: [{}, { body: 'Look', attachments: [{ id: open, mediaType: 'image/jpeg' }] }],
  });
  const content = (one: string | undefined) => `/ticket-attachments/${one}/content`;
  expect((await get(customer, content(open))).status).toBe(200);
  for (const [by, one] of [
    [customer, secret],
    [stranger, open],
  ] as const)
    expect((await get(by, content(one))).status).toBe(404);
  expect((await get(agent, content(secret))).headers.get('cache-control')).toBe('private, no-store');
  expect((await upload(customer, [1, 2, 3])).status).toBe(415);

  await world.database.db.update(tickets).set({ isShown: false }).where(eq(tickets.id, id));
  const listed = async (by: Person) => JSON.stringify((await get(by, '/tickets?limit=100')).body).includes(id);
  expect([await listed(customer), await listed(agent), await listed(stranger)]).toEqual([false, true, false]);
  for (const path of [`/tickets/${id}`, `/tickets/${id}/messages`])
    expect((await (path.endsWith('messages') ? post(customer, path, { body: 'x' }) : get(customer, path))).status).toBe(
      404,
    );
  await post(agent, `/tickets/${id}/messages`, { body: 'We saw something' });
  expect((await get(customer, `/tickets/${id}`)).status).toBe(200);
});

it('comes by itself to who sits at a desk for it, and has answers that are given again and again', async () => {
  const admin = await world.staff('admin');
  const hand = await world.staff('agent');
  const sit = (id: string, desk: unknown) =>
    world.call('PATCH', `/v1/users/${id}`, { token: admin.token, body: { desk } });
  const desk = { markets: ['UG'], branchId: gulu, skills: ['theft'], level: 'agent' };
  expect(await sit(hand.user.id, desk)).toMatchObject({ status: 200, body: { desk } });
  for (const branchId of [randomUUID(), elsewhere])
    expect(await sit(hand.user.id, { ...desk, branchId })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'desk.branchId', message: 'is no branch in UG' }] },
    });
  expect(await sit(customer.user.id, desk)).toMatchObject({ status: 422, body: { errors: [{ path: 'desk' }] } });
  expect(await post(customer, '/tickets', opening)).toMatchObject({ body: { assigneeId: hand.user.id } });
  const mine = await get(hand, `/tickets?assigneeId=${hand.user.id}&status=open&category=theft`);
  expect(mine).toMatchObject({ body: { data: [{ assigneeId: hand.user.id }], nextCursor: null } });
  expect(await sit(hand.user.id, null)).toMatchObject({ body: { desk: null } });
  expect(await post(customer, '/tickets', opening)).toMatchObject({ body: { assigneeId: null } });

  const macro = { name: 'Greeting', language: 'en', body: 'Good day.\nHow can we help?' };
  expect(await post(agent, '/ticket-macros', macro)).toMatchObject({ status: 201, body: macro });
  expect(await post(agent, '/ticket-macros', macro)).toMatchObject({ status: 409, body: { code: 'already_exists' } });
  expect(await get(agent, '/ticket-macros?language=en')).toMatchObject({ body: { data: [macro] } });
  expect((await get(customer, '/ticket-macros')).status).toBe(403);
});

it('says how people want to be reached, what they were told, and how it is said', async () => {
  const preferences = '/me/notification-preferences';
  const before = await get(customer, preferences);
  expect(before.body).toEqual({ language: 'en', channels: ['sms', 'in_app'], digest: 'off' });
  const patch = (body: unknown) => world.call('PATCH', `/v1${preferences}`, { token: customer.token, body });
  const wish = { language: 'sw', channels: ['in_app'] };
  expect(await patch(wish)).toMatchObject({ status: 200, body: wish });
  expect((await get(customer, '/me')).body).toMatchObject({ language: 'sw' });
  expect(await patch({ channels: ['sms', 'sms'] })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'channels' }] },
  });

  const { id: userId } = customer.user;
  const told = (key: string, whose: string) => ({
    id: uuidv7(),
    key,
    userId: whose,
    channel: 'in_app' as const,
    template: 'owner' as const,
    bodyEncrypted: world.deps.encryption.encrypt('It is yours'),
  });
  await world.database.db.insert(notifications).values([told('one', userId), told('two', stranger.user.id)]);
  const list = async (by: Person, query = '') => (await get(by, `/notifications${query}`)).body;
  expect(await list(customer)).toMatchObject({ data: [{ userId, kind: 'owner', body: 'It is yours' }] });
  expect(await list(customer, `?userId=${stranger.user.id}`)).toMatchObject({ data: [{ userId }] });
  expect(await list(agent, `?userId=${userId}`)).toMatchObject({ data: [{ userId }] });
  const templates = await get(agent, '/notifications/templates');
  expect(templates).toMatchObject({ status: 200, body: { data: expect.any(Array) } });
  expect(JSON.stringify(templates.body)).toContain('"kind":"owner","language":"sw"');
  expect((await get(customer, '/notifications/templates')).status).toBe(403);
});
