import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notifications, notificationTries, pushSubscriptions, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import type { Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import type { Urgency } from '#domain/notifications/delivery';
import type { Channel } from '#domain/notifications/channels';
import { sendingOf, type Message } from '#domain/notifications/messages';
import { Metrics } from '#platform/metrics/metrics';
import { dataConverter } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { wakeNotification } from '#steering/wake-notification';
import { itReplays, recordingKeys } from '#test/histories';
import { cast, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { queueNotification } from '#use-cases/notifications/queue-notification';
import { wakeNotifications } from '#use-cases/notifications/wake-notifications';
import { notificationWorkflowId } from './messages.ts';

/** Notifications on the wire: by SMS with its receipt, e-mail and web push, to simulators that speak as the real ones do. */
const metrics = new Metrics('worker');
let platform: TestPlatform;
let staff: Cast;
let simulators: SimulatorClient;
beforeAll(async () => {
  platform = await startTestPlatform({ ENCRYPTION_KEYS: recordingKeys }, undefined, { metrics });
  staff = await cast(platform);
  simulators = new SimulatorClient(platform.simulators);
});
afterAll(() => platform.close());

const refund: Message = { template: 'refund', amount: { amount: 5_000, currency: 'UGX' } };
const owner: Message = { template: 'owner' };
const said = 'We sent 5,000 UGX back to your mobile-money account.';

async function told(to: Customer, notice: Message = refund, urgency: Urgency = 'now', askedAt = new Date()) {
  const order = { key: uuidv7(), to: { id: to.id, language: 'en' }, leaseId: null, notice, urgency } as const;
  const times = { isLegal: sendingOf(notice).isLegal, askedAt, answersAt: null };
  const queued = await platform.database.db.transaction((tx) =>
    queueNotification(tx, platform.encryption, { ...order, ...times }),
  );
  await wakeNotification(platform, queued);
  return queued.id;
}
const handleOf = (id: string) => platform.temporal.workflow.getHandle(notificationWorkflowId(id));
const rowOf = async (id: string) => {
  const [row] = await platform.database.db.select().from(notifications).where(eq(notifications.id, id));
  return row;
};
const texts = async (to: string) => (await simulators.get('/sms', { query: { to } })).data.map(({ body }) => body);
const prefers = ({ client }: Customer, channels: Channel[]) =>
  client.patch('/v1/me/notification-preferences', { body: { channels } });
const unverified = (digits?: string) => newCustomer(platform, { verified: false, ...(digits && { digits }) });

async function confirmed(address: string): Promise<Customer> {
  const customer = await unverified();
  const { client } = customer;
  expect((await client.patch('/v1/me', { body: { email: address } })).email).toBeNull();
  const mails = () => simulators.get('/mail', { query: { to: address } });
  const code = await eventually('a code', async () => /^(\d{6}) /.exec((await mails()).data[0]?.body ?? '')?.[1]);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  await expect(client.post('/v1/me/email/verify', { body: { code: wrong } })).rejects.toThrow();
  expect((await client.post('/v1/me/email/verify', { body: { code } })).email).toBe(address);
  return customer;
}

/** A browser of the simulated push service. */
async function browser(to: string) {
  const answer = await fetch(`${platform.simulators}/push/subscriptions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to }),
  });
  return (await answer.json()) as { endpoint: string; keys: { p256dh: string; auth: string } };
}

it('goes by e-mail to an address that its customer has confirmed, and to one that bounces no more', async () => {
  const customer = await confirmed('grace@example.com');
  await prefers(customer, ['email', 'sms']);
  expect(await handleOf(await told(customer)).result()).toEqual({ state: 'delivered', by: 'email' });
  const { data } = await simulators.get('/mail', { query: { to: 'grace@example.com' } });
  expect(data[0]).toMatchObject({ subject: 'We sent money back', body: expect.stringContaining(said) });
  expect((await customer.client.get('/v1/me/export')).mailAddress).toMatchObject({ address: 'grace@example.com' });
  // Somebody closes the mailbox.
  const gone = platform.encryption.encrypt('bounce@example.com');
  await platform.database
    .sql`update support.mail_addresses set address_encrypted = ${gone} where user_id = ${customer.id}`;
  expect(await handleOf(await told(customer)).result()).toEqual({ state: 'delivered', by: 'sms' });
  expect(await texts(customer.phone)).toContain(said);
  const [mail] = await platform.database.sql`select * from support.mail_addresses where user_id = ${customer.id}`;
  expect(mail?.['bounced_at']).not.toBeNull();
  const counted = await metrics.valuesOf('notifications_total');
  for (const labels of [
    { step: 'tried', by: 'email' },
    { step: 'delivered', by: 'email' },
    { step: 'delivered', by: 'sms' },
  ])
    expect(counted).toContainEqual({ labels: expect.objectContaining(labels), value: expect.any(Number) });
});

it('another e-mail address is shown while it waits for its code, and the one before hears of it', async () => {
  const [before, other] = [`before-${uuidv7()}@example.com`, `other-${uuidv7()}@example.com`];
  const { client } = await confirmed(before);
  const mails = async (to: string) => (await simulators.get('/mail', { query: { to } })).data;
  const codes = async (count: number) =>
    eventually('codes', async () => {
      const all = (await mails(other)).flatMap(({ body }) => /^(\d{6}) /.exec(body)?.[1] ?? []);
      return all.length >= count ? all : undefined;
    });
  const pending = { email: other, codeExpiresAt: expect.any(String), expiresAt: expect.any(String) };
  expect(await client.patch('/v1/me', { body: { email: other } })).toMatchObject({
    email: before,
    emailPending: pending,
  });
  await codes(1);
  await client.delete('/v1/me/email/pending');
  expect(await client.get('/v1/me')).toMatchObject({ email: before, emailPending: null });
  await expect(client.post('/v1/me/email/resend', { body: {} })).rejects.toMatchObject({ status: 409 });
  await client.patch('/v1/me', { body: { email: other } });
  await codes(2);
  expect(await client.post('/v1/me/email/resend', { body: {} })).toMatchObject({ emailPending: pending });
  const [code = ''] = await codes(3);
  const shown = await client.post('/v1/me/email/verify', { body: { code } });
  expect(shown).toMatchObject({ email: other, emailPending: null });
  await eventually('both to be told', async () => {
    const heard = (await mails(before)).filter(({ body }) => body.startsWith('Your e-mails from us'));
    return heard.length === 3 || undefined;
  });
  expect((await mails(other)).every(({ body }) => /^\d{6} /.test(body))).toBe(true);
  expect(await staff.agent.get('/v1/me')).toMatchObject({ email: 'agent@example.com', emailPending: null });
});

it('is pushed to a browser, which reads it; a browser that is gone is forgotten and the next channel has it', async () => {
  const customer = await unverified();
  const { client, id } = customer;
  await prefers(customer, ['push', 'sms']);
  const subscription = await browser(`browser of ${id}`);
  const kept = await client.post('/v1/me/push-subscriptions', { body: subscription });
  expect(await client.post('/v1/me/push-subscriptions', { body: subscription })).toEqual(kept);
  const shown = await client.get('/v1/me/push-subscriptions');
  expect(shown).toEqual({ publicKey: platform.config.VAPID_PUBLIC_KEY, subscriptions: [kept] });
  expect(await handleOf(await told(customer)).result()).toEqual({ state: 'delivered', by: 'push' });
  const { data } = await simulators.get('/push', { query: { to: `browser of ${id}` } });
  expect(data).toMatchObject([{ title: 'We sent money back', body: said }]);
  expect(await texts(customer.phone)).not.toContain(said);

  await fetch(subscription.endpoint, { method: 'DELETE' });
  expect(await handleOf(await told(customer)).result()).toEqual({ state: 'delivered', by: 'sms' });
  const rows = await platform.database.db.select().from(pushSubscriptions).where(eq(pushSubscriptions.userId, id));
  expect(rows).toEqual([]);
  // Nothing is kept that nobody could be pushed to.
  const metadata = { ...subscription, endpoint: 'http://169.254.169.254/latest' };
  await expect(client.post('/v1/me/push-subscriptions', { body: metadata })).rejects.toThrow();
  const p256dh = Buffer.alloc(65, 7).toString('base64url');
  const unreadable = client.post('/v1/me/push-subscriptions', {
    body: { ...subscription, keys: { ...subscription.keys, p256dh } },
  });
  await expect(unreadable).rejects.toMatchObject({ status: 400, errors: [{ path: 'keys.p256dh' }] });
});

it('a browser is pushed to no more when the session ends in which it subscribed, or all do', async () => {
  const customer = await unverified();
  const { client, id } = customer;
  const ids = async () => {
    const rows = await platform.database.db.select().from(pushSubscriptions).where(eq(pushSubscriptions.userId, id));
    return rows.map((row) => row.id);
  };
  const own = await client.post('/v1/me/push-subscriptions', { body: await browser(`own browser of ${id}`) });
  const other = await client.post('/v1/me/push-subscriptions', { body: await browser(`other browser of ${id}`) });
  expect(await ids()).toEqual([own.id, other.id]);
  // Of another session of his.
  const sessionId = uuidv7();
  await platform.database.db.update(pushSubscriptions).set({ sessionId }).where(eq(pushSubscriptions.id, other.id));
  await client.post('/v1/auth/logout');
  expect(await ids()).toEqual([other.id]);
  await staff.admin.patch('/v1/users/{id}', { path: { id }, body: { disabled: true } });
  expect(await ids()).toEqual([]);
});

it('goes by the other provider where the first takes none, whose receipts are heard', async () => {
  const customer = await unverified();
  const off = await unverified('031');
  for (const one of [customer, off]) await prefers(one, ['sms', 'in_app']);
  await simulators.post('/faults', { body: { down: true, providers: ['sms'] } });
  try {
    const id = await told(customer);
    expect(await handleOf(id).result()).toEqual({ state: 'delivered', by: 'sms' });
    expect(await texts(customer.phone)).toEqual([said]);
    const tryOf = async (of: string, state: string) => {
      const [row] = await platform.database.db
        .select()
        .from(notificationTries)
        .where(eq(notificationTries.notificationId, of));
      return row?.state === state ? row : undefined;
    };
    expect(await eventually('a receipt', () => tryOf(id, 'delivered'))).toMatchObject({ provider: 'infobip' });
    const lost = await told(off);
    expect(await eventually('a receipt', () => tryOf(lost, 'undelivered'))).toMatchObject({ provider: 'infobip' });
  } finally {
    await simulators.post('/faults', {});
  }
});

/** A phone that is switched off. */
async function undelivered() {
  const customer = await unverified('031');
  await prefers(customer, ['sms', 'in_app']);
  const id = await told(customer);
  const inApp = await eventually('the next channel', async () => {
    const row = await rowOf(id);
    return row?.channel === 'in_app' && row.sentAt !== null ? row : undefined;
  });
  return { id, inApp };
}

it('goes on by the next channel where a receipt says that it did not arrive', async () => {
  const { id, inApp } = await undelivered();
  expect(inApp).toMatchObject({ failedAt: null });
  expect(await handleOf(id).result()).toEqual({ state: 'delivered', by: 'in_app' });
});

it('is a dead letter where nobody is reached, and is sent once however often that is redriven', async () => {
  const customer = await unverified();
  const phoneEncrypted = platform.encryption.encrypt('+2567');
  await platform.database.db.update(users).set({ phoneEncrypted }).where(eq(users.id, customer.id));
  const id = await told(customer, owner);
  expect(await handleOf(id).result()).toEqual({ state: 'dead', reason: 'refused' });
  const { data } = await staff.agent.get('/v1/dead-letters', { query: { kind: 'notification' } });
  expect(data.find((one) => one.id === id)).toMatchObject({ reason: 'refused', redrivable: true });
  const mended = platform.encryption.encrypt(customer.phone);
  await platform.database.db.update(users).set({ phoneEncrypted: mended }).where(eq(users.id, customer.id));
  await Promise.all([1, 2].map(() => staff.agent.post('/v1/dead-letters/{id}/redrive', { path: { id } })));
  const congratulations = async () => (await texts(customer.phone)).filter((text) => text.startsWith('Congrat'));
  await eventually('the text', async () => ((await congratulations()).length > 0 ? true : undefined));
  await handleOf(id).result();
  expect(await congratulations()).toHaveLength(1);
  const { data: after } = await staff.agent.get('/v1/dead-letters', { query: { kind: 'notification' } });
  expect(after.find((one) => one.id === id)).toBeUndefined();
});

/** One that was asked for at ten at night in Kampala. */
async function atNight() {
  const customer = await unverified();
  const night = new Date();
  night.setUTCHours(19 + 24, 0, 0, 0);
  const id = await told(customer, refund, 'day', night);
  await eventually('the wait', async () => {
    const row = await rowOf(id);
    return (row?.nextAt?.getTime() ?? 0) > Date.now() + 60_000 ? true : undefined;
  });
  return { id, customer };
}

it('waits for the morning by itself; one whose workflow died is found', async () => {
  const { id, customer } = await atNight();
  await handleOf(id).terminate('a test');
  await platform.database.db
    .update(notifications)
    .set({ nextAt: new Date(Date.now() - 600_000) })
    .where(eq(notifications.id, id));
  expect(await wakeNotifications({ ...platform, db: platform.database.db }, new Date())).toBe(1);
  await eventually('the workflow', async () =>
    (await handleOf(id).describe()).status.name === 'RUNNING' ? true : undefined,
  );
  expect(await texts(customer.phone)).not.toContain(said);
  await fastForward(platform.temporal, notificationWorkflowId(id), 9.5 * 3_600_000);
  expect(await handleOf(id).result()).toEqual({ state: 'delivered', by: 'sms' });
  expect(await texts(customer.phone)).toContain(said);
});

itReplays(
  join(import.meta.dirname, 'histories'),
  {
    async delivered() {
      const id = await told(await unverified());
      await handleOf(id).result();
      return handleOf(id).fetchHistory();
    },
    async undelivered() {
      return handleOf((await undelivered()).id).fetchHistory();
    },
    async waiting() {
      return handleOf((await atNight()).id).fetchHistory();
    },
  },
  () => ({ dataConverter: dataConverter(platform.config) }),
);
