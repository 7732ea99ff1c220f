import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from 'drizzle-orm';
import { countDeadLetters } from '#db/queries/dead-letters';
import { notifications, notificationTries, unreadCallbacks } from '#db/schema/index';
import { uuidv7 } from 'uuidv7';
import { localDateAt } from '#domain/calendar';
import { createApiWorld, type ApiWorld } from '#test/api-world';

/** What a gateway sends that cannot be read: it is taken, and waits in the list for a person. */
let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld({
    AFRICASTALKING_CALLBACK_SECRET: 'the-secret-of-texts',
    INFOBIP_CALLBACK_SECRET: 'the-secret-of-infobip',
  });
});
afterAll(() => world.close());

const post = async (path: string, body: string) =>
  (await fetch(`${world.url}/v1/callbacks/${path}`, { method: 'POST', body })).status;
const form = (said: Readonly<Record<string, string>>) => new URLSearchParams(said).toString();
async function letters() {
  const agent = await world.staff('agent');
  const { body } = await world.call('GET', '/v1/dead-letters?kind=callback', { token: agent.token });
  return (body as { readonly data: readonly Record<string, unknown>[] }).data;
}
const redrive = async (id: unknown) => {
  const { token } = await world.staff('agent');
  return (await world.call('POST', `/v1/dead-letters/${String(id)}/redrive`, { token, body: {} })).body;
};

it.each([
  ['sms/the-secret-of-texts', form({ id: '1', from: 'Safaricom', text: 'Your bundle is over' }), 'from'],
  ['sms/the-secret-of-texts', form({ id: '2', from: '0772000111', text: 'My bike is stolen' }), 'from'],
  ['sms/the-secret-of-texts', form({ from: '+256772000111', text: 'BAL' }), 'id'],
  ['sms-reports/the-secret-of-texts', form({ id: '3' }), 'status'],
  ['infobip-reports/the-secret-of-infobip', 'no JSON', 'body'],
  ['infobip-reports/the-secret-of-infobip', '{"results":[{"messageId":"b"}]}', 'status'],
])('%s takes %j, of which nothing can be done', async (path, body, field) => {
  const before = new Set((await letters()).map(({ id }) => id));
  expect(await post(path, body)).toBe(200);
  const [letter, ...others] = (await letters()).filter(({ id }) => !before.has(id));
  const detail = { sender: path.split('/')[0], unread: field };
  expect([letter, others]).toEqual([expect.objectContaining({ reason: 'unreadable', redrivable: false, detail }), []]);
  expect(JSON.stringify(letter)).not.toMatch(/stolen|256772|0772/);
  expect(await redrive(letter?.['id'])).toMatchObject({ code: 'not_redrivable' });
});

it('takes what is readable of a batch, and keeps the rest', async () => {
  const { user } = await world.customer('UG');
  const { db } = world.database;
  const [id, at] = [uuidv7(), new Date()];
  const own = { userId: user.id, template: 'reply' } as const;
  await db.insert(notifications).values({ id, key: id, channel: 'sms', bodyEncrypted: 'x', sentAt: at, ...own });
  await db.insert(notificationTries).values({
    notificationId: id,
    channel: 'sms',
    state: 'taken',
    tries: 1,
    firstAt: at,
    lastAt: at,
    provider: 'infobip',
    providerMessageId: 'a',
    day: localDateAt(at.getTime(), 'UG'),
    market: 'UG',
    ...own,
  });
  const status = { groupName: 'DELIVERED', name: 'DELIVERED_TO_HANDSET' };
  const results = [{ messageId: 'b' }, { messageId: 'a', status }, 'c'];
  expect(await post('infobip-reports/the-secret-of-infobip', JSON.stringify({ results }))).toBe(200);
  const [tried] = await db
    .select()
    .from(notificationTries)
    .where(sql`provider_message_id = 'a'`);
  expect(tried?.state).toBe('delivered');
  const [letter] = await letters();
  expect(letter?.['payload']).toEqual([{ messageId: 'text, 1 characters' }, 'text, 1 characters']);
});

it('alarms for a day, and is kept a month', async () => {
  const { db } = world.database;
  const count = async () => (await countDeadLetters(db)).find(({ kind }) => kind === 'callback')?.value ?? 0;
  expect(await count()).toBeGreaterThan(0);
  await db.update(unreadCallbacks).set({ receivedAt: new Date(Date.now() - 2 * 86_400_000) });
  expect([await count(), (await letters()).length > 0]).toEqual([0, true]);
});

it('with a wrong secret is 404', async () => {
  for (const path of ['sms', 'sms-reports', 'infobip-reports'])
    expect(await post(`${path}/another-secret-of-them`, 'x')).toBe(404);
});
