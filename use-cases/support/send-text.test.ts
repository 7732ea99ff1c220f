import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases, leases, notifications, users } from '#db/schema/index';
import { localDateAt, instantOf } from '#domain/calendar';
import type { Message } from '#domain/support/messages';
import { createLogger } from '#platform/log';
import type { TextMessageProvider } from '#providers/messaging/provider';
import { ProviderFailure, type ProviderFailureKind } from '#providers/mobile-money/provider';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { config, deps } from '#test/late-money';
import { sendText } from './send-text.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const DAY = 86_400_000;
/** An hour of the day after tomorrow in Kampala, which this machine's clock has not reached. */
const at = (hour: number) => new Date(instantOf(localDateAt(Date.now() + 2 * DAY, 'UG'), hour, 'UG')).toISOString();
const reminder: Message = {
  template: 'reminder',
  overdue: { amount: 10_000, currency: 'UGX' },
  daysPastDue: 1,
  reference: 'AB12',
};

const log = createLogger('test', config.LOG_LEVEL);

it('what answers nobody reaches no phone in quiet hours, whenever it was asked for; what answers somebody does', async () => {
  const lease = await bookLease(database, config);
  const phoneEncrypted = deps.encryption.encrypt('+256772000001');
  await database.db.update(users).set({ phoneEncrypted }).where(eq(users.id, lease.customerId));
  await database.db
    .update(leases)
    .set({ quietHours: { from: 12, until: 14 } })
    .where(eq(leases.id, lease.id));
  const sent: string[] = [];
  const textMessages: TextMessageProvider = {
    name: 'none',
    ping: () => Promise.resolve(),
    circuit: () => 'closed',
    send: ({ body }) => {
      sent.push(body);
      return Promise.resolve();
    },
  };
  const send = (key: string, message: Message, hour: number) =>
    sendText(
      { db: database.db, log: log, encryption: deps.encryption, textMessages },
      { key, leaseId: lease.id, message, at: at(hour) },
    );
  const waits = (hours: number) => ({ type: 'Quiet', nextRetryDelay: hours * 3_600_000, nonRetryable: false });
  await expect(send('night', reminder, 21)).rejects.toMatchObject(waits(10));
  await expect(send('noon', reminder, 12)).rejects.toMatchObject(waits(2));
  expect(sent).toEqual([]);
  await send('night', reminder, 8);
  await send('pause', { template: 'paused', until: '2026-01-12' }, 23);
  expect(sent).toHaveLength(2);
  // Paid in the afternoon and known at night; and paid at night.
  const received: Message = { template: 'deposit_received', deposit: { amount: 20_000, currency: 'UGX' } };
  await lease.isCharged(at(16), 10_000);
  await expect(send('known late', received, 23)).rejects.toMatchObject(waits(8));
  await lease.isCharged(at(22), 10_000);
  await send('known at once', received, 23);
  expect(sent).toHaveLength(3);
});

it('is sent once where nobody knows whether it was taken, and again where it surely was not', async () => {
  const lease = await bookLease(database, config);
  const phoneEncrypted = deps.encryption.encrypt('+256772000002');
  await database.db.update(users).set({ phoneEncrypted }).where(eq(users.id, lease.customerId));
  let sends = 0;
  const paused: Message = { template: 'paused', until: '2026-01-12' };
  const tries = async (kind: ProviderFailureKind, key: string, message: Message = paused) => {
    const textMessages: TextMessageProvider = {
      name: 'none',
      ping: () => Promise.resolve(),
      circuit: () => 'closed',
      send: () => {
        sends += 1;
        return Promise.reject(new ProviderFailure(kind, 'it answered something'));
      },
    };
    const supportDeps = { db: database.db, log: log, encryption: deps.encryption, textMessages };
    return sendText(supportDeps, { key, leaseId: lease.id, message });
  };
  const inDoubt = () => database.db.select().from(cases).where(eq(cases.leaseId, lease.id));
  for (const _ of [1, 2]) await tries('unknown', 'lost');
  expect(sends).toBe(1);
  const [lost] = await database.db.select().from(notifications).where(eq(notifications.key, 'lost'));
  expect(lost).toMatchObject({ sentAt: null, failedAt: expect.any(Date) });
  expect(await inDoubt()).toEqual([]);
  for (const _ of [1, 2]) await tries('unknown', 'notice', { template: 'owner' });
  expect(sends).toBe(2);
  expect(await inDoubt()).toMatchObject([{ kind: 'text_in_doubt', status: 'open', detail: { template: 'owner' } }]);
  for (const _ of [1, 2]) await expect(tries('not_taken', 'never')).rejects.toThrow(ProviderFailure);
  expect(sends).toBe(4);
  // A phone that refuses texts: each is tried once, and somebody hears of it once.
  for (const key of ['blocked', 'blocked', 'blocked too']) await tries('refused', key);
  expect(sends).toBe(6);
  const refused = (await inDoubt()).filter(({ kind }) => kind === 'text_refused');
  expect(refused).toMatchObject([{ status: 'open', detail: { template: 'paused' } }]);
});

it('is written in the language of the customer, and only in the app where he wants no texts; a notice comes all the same', async () => {
  const lease = await bookLease(database, config);
  const phoneEncrypted = deps.encryption.encrypt('+256772000003');
  await database.db
    .update(users)
    .set({ phoneEncrypted, language: 'sw', channels: ['in_app'] })
    .where(eq(users.id, lease.customerId));
  const sent: string[] = [];
  const textMessages: TextMessageProvider = {
    name: 'none',
    ping: () => Promise.resolve(),
    circuit: () => 'closed',
    send: ({ body }) => {
      sent.push(body);
      return Promise.resolve();
    },
  };
  const supportDeps = { db: database.db, log: log, encryption: deps.encryption, textMessages };
  const send = (key: string, message: Message) => sendText(supportDeps, { key, leaseId: lease.id, message });
  for (const _ of [1, 2])
    await send('refund in app', { template: 'refund', amount: { amount: 5_000, currency: 'UGX' } });
  await send('owner by text', { template: 'owner' });
  expect(sent).toEqual(['Hongera! Umefanya malipo ya mwisho: chombo ni chako.']);
  const rows = await database.db.select().from(notifications).where(eq(notifications.userId, lease.customerId));
  expect(rows).toMatchObject([
    { template: 'refund', channel: 'in_app', language: 'sw', sentAt: expect.any(Date) },
    { template: 'owner', channel: 'sms', language: 'sw', sentAt: expect.any(Date) },
  ]);
});
