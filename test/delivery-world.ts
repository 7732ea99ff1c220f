import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { cases, notifications, users } from '#db/schema/index';
import { instantOf, localDateAt } from '#domain/calendar';
import type { Channel } from '#domain/notifications/channels';
import { sendingOf, type Message } from '#domain/notifications/messages';
import { createLogger } from '#platform/log';
import { ProviderFailure, type ProviderFailureKind } from '#providers/provider-failure';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { bookLease } from './lease-books.ts';
import { config, deps as books } from './late-money.ts';
import { advanceNotification } from '#use-cases/notifications/advance-notification';
import type { DeliveryDependencies } from '#use-cases/notifications/dependencies';
import { queueNotification } from '#use-cases/notifications/queue-notification';

export const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** An hour of the day after tomorrow in Kampala. */
export const at = (hour: number) => new Date(instantOf(localDateAt(Date.now() + 2 * DAY, 'UG'), hour, 'UG'));
export const later = (when: Date, milliseconds: number) => new Date(when.getTime() + milliseconds);

export const reminder = (daysPastDue: number): Message => ({
  template: 'reminder',
  overdue: { amount: 10_000, currency: 'UGX' },
  daysPastDue,
  reference: 'AB12',
});
export const paused: Message = { template: 'paused', until: '2026-01-12' };
export const owner: Message = { template: 'owner' };
export const wrongPin: Message = { template: 'wrong_pin', reference: 'AB12' };
export const refund: Message = { template: 'refund', amount: { amount: 5_000, currency: 'UGX' } };

/** One step after the other through the database, with channels that answer as a test says, for one file of tests. */
export function deliveryWorld() {
  let database: TestDatabase;
  let deps: DeliveryDependencies;
  const sent: { readonly by: 'sms' | 'email'; readonly to: string; readonly body: string }[] = [];
  /** How SMS and e-mail answer; they take it where it says nothing. */
  const fails: { sms?: ProviderFailureKind; email?: ProviderFailureKind } = {};

  beforeAll(async () => {
    database = await createTestDatabase();
    const carry = (by: 'sms' | 'email', { to, body }: { readonly to: string; readonly body: string }) => {
      sent.push({ by, to, body });
      const kind = fails[by];
      return kind === undefined
        ? Promise.resolve({ provider: 'none', messageId: uuidv7() })
        : Promise.reject(new ProviderFailure(kind, 'it answered something'));
    };
    const usual = { name: 'none', ping: () => Promise.resolve(), circuit: (): 'closed' => 'closed' };
    deps = {
      db: database.db,
      log: createLogger('test', config.LOG_LEVEL),
      encryption: books.encryption,
      textMessages: { providers: [], send: (text) => carry('sms', text) },
      mails: { ...usual, send: (mail) => carry('email', mail).then(() => undefined) },
      pushes: null,
    };
  });
  afterAll(() => database.close());
  beforeEach(() => {
    sent.length = 0;
    delete fails.sms;
    delete fails.email;
  });

  let phones = 0;
  async function customer(channels: Channel[] = ['sms', 'in_app'], more: Partial<typeof users.$inferInsert> = {}) {
    const lease = await bookLease(database, config);
    // Late by months.
    await lease.pays('2026-01-05T07:00:00Z', 20_000);
    await lease.handOver('2026-01-06T06:00:00Z');
    const phone = `+25677200${1_000 + (phones += 1)}`;
    const phoneHash = books.encryption.hash('phone', phone);
    const how = { phoneEncrypted: books.encryption.encrypt(phone), phoneHash, channels, ...more };
    await database.db.update(users).set(how).where(eq(users.id, lease.customerId));
    return { id: lease.customerId, leaseId: lease.id, phoneHash, language: more.language ?? 'en', pays: lease.pays };
  }
  type Told = Awaited<ReturnType<typeof customer>>;

  async function queued(to: Told, notice: Message, askedAt: Date, answersAt = askedAt) {
    const sending = sendingOf(notice);
    const order = { key: uuidv7(), to, leaseId: to.leaseId, notice, ...sending } as const;
    const { id } = await database.db.transaction((tx) =>
      queueNotification(tx, deps.encryption, {
        ...order,
        askedAt,
        answersAt: sending.urgency === 'day' && notice.template !== 'answer' ? null : answersAt,
      }),
    );
    // Its workflow begins at the same time as it is asked for.
    await database.db.update(notifications).set({ createdAt: askedAt }).where(eq(notifications.id, id));
    return id;
  }

  /** Steps until it waits or is over. */
  async function run(id: string, when: Date) {
    for (;;) {
      const next = await advanceNotification(deps, id, when);
      if (next.state !== 'tried') return next;
    }
  }
  const rowOf = async (id: string) =>
    (await database.db.select().from(notifications).where(eq(notifications.id, id)))[0];
  const casesOf = async (kind: 'text_refused' | 'text_in_doubt' | 'notice_undelivered', { leaseId }: Told) =>
    database.db
      .select()
      .from(cases)
      .where(and(eq(cases.kind, kind), eq(cases.leaseId, leaseId)));
  return {
    sent,
    fails,
    customer,
    queued,
    run,
    told: async (to: Told, notice: Message, when: Date) => run(await queued(to, notice, when), when),
    rowOf,
    casesOf,
    get database() {
      return database;
    },
    get deps() {
      return deps;
    },
  };
}
export type Told = Awaited<ReturnType<ReturnType<typeof deliveryWorld>['customer']>>;
