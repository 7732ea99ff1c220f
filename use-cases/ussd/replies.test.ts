import { Client, Connection } from '@temporalio/client';
import { and, eq } from 'drizzle-orm';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findDeadLetter, listDeadLetters } from '#db/queries/dead-letters';
import { attempts, cases, leases, notifications, notificationTries, smsSpend, users } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { dailyCeilings, replyLimits, segmentPrices } from '#domain/notifications/rules';
import { eventually } from '#dev/client';
import { createTokenIssuer } from '#platform/tokens';
import type { TextMessage } from '#providers/messaging/provider';
import { ProviderFailure } from '#providers/provider-failure';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config, deps } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { replyByText } from '../notifications/reply-by-text.ts';
import { wakeNotifications } from '../notifications/wake-notifications.ts';
import { takeReceipt } from '../notifications/take-receipt.ts';
import { isRedrivable } from '../upkeep/redrive-dead-letter.ts';
import { receiveText } from './receive-text.ts';

/** What becomes of an answer that a gateway does not take, and what answers cost. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const GATEWAY = 'a gateway';
const sent: TextMessage[] = [];
let fails: 'not_taken' | 'unknown' | 'for ever' | null = null;
beforeEach(async () => {
  sent.length = 0;
  fails = null;
  await database.db.delete(smsSpend);
});
const phone = () => ({
  ...deps,
  tokens: createTokenIssuer(config),
  db: database.db,
  config: { ...config, AFRICASTALKING_USSD_CODE: '*1#', AFRICASTALKING_USSD_CODE_UG: '*284#' },
  temporal: new Client({ connection: Connection.lazy() }),
  log: pino({ level: 'silent' }),
  textMessages: {
    send: async (message: TextMessage) => {
      if (fails === 'for ever') return new Promise<never>(() => {});
      if (fails !== null) throw new ProviderFailure(fails, 'the gateway is away');
      sent.push(message);
      return { provider: GATEWAY, messageId: `m-${message.deduplicationId}` };
    },
    providers: [],
  },
});
const text = (id: string, from: string, body: string) =>
  receiveText(phone(), { id, from, text: body, raw: body }, () => {});
let serial = 100;
async function newCustomer() {
  const id = uuidv7();
  const number = `+256772001${(serial += 1)}`;
  const keys = { phoneHash: deps.encryption.hash('phone', number), phoneEncrypted: deps.encryption.encrypt(number) };
  await database.db.insert(users).values({ id, role: 'customer', name: 'Test Person', market: 'UG', ...keys });
  return { id, number };
}
const repliesTo = (userId: string) =>
  database.db
    .select()
    .from(notifications)
    .where(and(eq(notifications.userId, userId), eq(notifications.template, 'reply')));
const dead = async (userId: string) =>
  (await listDeadLetters(database.db, 'notification', { limit: 100, before: undefined })).filter(
    ({ detail }) => detail['userId'] === userId,
  );
const day = () => localDateAt(Date.now(), 'UG');
const spent = async () => {
  const rows = await database.db.select().from(smsSpend);
  return rows.reduce((sum, { amount }) => sum + amount, 0);
};

it('one that was surely not sent is sent when the gateway brings the text again, once', async () => {
  const { id, number } = await newCustomer();
  fails = 'not_taken';
  for (const _ of [1, 2]) await expect(text(`n-${number}`, number, 'BAL')).rejects.toThrow('away');
  const [letter, ...others] = await dead(id);
  expect([letter?.reason, letter?.detail['reason'], others]).toEqual(['not_replied', 'no_answer', []]);
  expect(letter !== undefined && isRedrivable(letter)).toBe(false);
  expect(await spent()).toBe(0);
  fails = null;
  for (const _ of [1, 2]) await text(`n-${number}`, number, 'BAL');
  expect(sent).toHaveLength(1);
  expect(await repliesTo(id)).toMatchObject([{ sentAt: expect.any(Date), failedAt: null, channel: 'sms' }]);
  expect(await dead(id)).toEqual([]);
  expect(await findDeadLetter(database.db, letter?.id ?? '')).toMatchObject({ dead: false });
});

it('one of which nobody knows is not sent again, and waits in the list until he is answered', async () => {
  const { id, number } = await newCustomer();
  fails = 'unknown';
  await text(`u-${number}`, number, 'BAL');
  fails = null;
  await text(`u-${number}`, number, 'BAL');
  expect(sent).toEqual([]);
  expect(await dead(id)).toMatchObject([{ reason: 'not_replied', detail: { reason: 'in_doubt' } }]);
  await text(`v-${number}`, number, 'BAL');
  expect([sent.length, await dead(id)]).toEqual([1, []]);
});

it('one whose process died before it was sent is found by the next text of the same, or by the schedule', async () => {
  const [first, other] = [await newCustomer(), await newCustomer()];
  const begun = async ({ id, number }: typeof first, agoMs: number) => {
    fails = 'for ever';
    void text(`k-${number}`, number, 'BAL');
    const isHis = eq(notificationTries.userId, id);
    await eventually('the try', async () =>
      (await database.db.$count(notificationTries, isHis)) > 0 ? true : undefined,
    );
    await database.db
      .update(notificationTries)
      .set({ lastAt: new Date(Date.now() - agoMs) })
      .where(isHis);
    fails = null;
  };
  await begun(first, 200_000);
  await text(`k-${first.number}`, first.number, 'BAL');
  expect(await dead(first.id)).toMatchObject([{ reason: 'not_replied', detail: { reason: 'in_doubt' } }]);
  await begun(other, 200_000);
  // This one may be under way.
  const late = await newCustomer();
  await begun(late, 20_000);
  await wakeNotifications(phone(), new Date());
  expect(await dead(other.id)).toMatchObject([{ reason: 'not_replied', detail: { reason: 'in_doubt' } }]);
  expect([sent, await dead(late.id)]).toEqual([[], []]);
  await text(`l-${other.number}`, other.number, 'BAL');
  expect([sent.length, await dead(other.id)]).toEqual([1, []]);
});

it('who has paid for his vehicle is not told that it is his while a case says that the money has gone', async () => {
  const { db } = database;
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.pays('2026-01-06T07:00:00Z', (await lease.row()).totalPrice - 20_000);
  const isIts = eq(leases.id, lease.id);
  const [row] = await db.update(leases).set({ status: 'completed', completedAt: new Date() }).where(isIts).returning();
  const number = `+256772001${(serial += 1)}`;
  const keys = { phoneHash: deps.encryption.hash('phone', number), phoneEncrypted: deps.encryption.encrypt(number) };
  await db
    .update(users)
    .set(keys)
    .where(eq(users.id, row?.customerId ?? ''));
  const balance = async (id: string) => {
    await text(id, number, 'BAL');
    return sent.at(-1)?.body;
  };
  expect(await balance('before')).toContain('100 % is yours');
  const [paid] = await db.select().from(attempts).where(eq(attempts.leaseId, lease.id));
  const gone = { kind: 'reconciliation_missing_there', leaseId: lease.id, paymentId: paid?.id, detail: {} } as const;
  await db.insert(cases).values({ id: uuidv7(), key: 'gone', ...gone });
  expect(await balance('gone')).toMatch(/^Paid [0-9,]+ UGX[.] .*: we look into a payment for it[.] Reference/);
});

it('the help of a number of nobody’s is also sent when the text comes again', async () => {
  const from = '+256772001999';
  fails = 'not_taken';
  await expect(text('s1', from, 'hello')).rejects.toThrow('away');
  fails = null;
  for (const id of ['s1', 's1', 's2']) await text(id, from, 'hello');
  expect(sent).toEqual([expect.objectContaining({ to: from, body: expect.stringContaining('Send BAL') })]);
  expect(await spent()).toBe(segmentPrices.UG);
});

it('leaves from the number that was texted, and says what is dialled in that market', async () => {
  const { number } = await newCustomer();
  await receiveText(phone(), { id: `t-${number}`, from: number, to: '7368', text: 'HELP', raw: 'HELP' }, () => {});
  await receiveText(phone(), { id: 't2', from: '+254712001997', to: '7368', text: 'HELP', raw: 'HELP' }, () => {});
  expect(sent.map(({ from, body }) => [from, /dial (\S+)\.$/.exec(body)?.[1]])).toEqual([
    ['7368', '*284#'],
    ['7368', '*1#'],
  ]);
});

it('is over with the next one also where it is a code that a wish by USSD has asked for', async () => {
  const { id, number } = await newCustomer();
  const code = { userId: id, to: number, body: 'Your code is 482913', template: 'restart_code' } as const;
  fails = 'unknown';
  await replyByText(phone(), { ...code, key: `ussd-${number}-1` });
  expect(await dead(id)).toMatchObject([{ reason: 'not_replied', detail: { reason: 'in_doubt' } }]);
  fails = null;
  await replyByText(phone(), { ...code, key: `ussd-${number}-2` });
  expect([sent.length, await dead(id)]).toEqual([1, []]);
});

it('counts in what SMS cost, and is found in the app beyond the ceiling of a day', async () => {
  const { id, number } = await newCustomer();
  await text(`c1-${number}`, number, 'BAL');
  expect(await spent()).toBe(segmentPrices.UG);
  await database.db.update(smsSpend).set({ amount: dailyCeilings.UG });
  await text(`c2-${number}`, number, 'BAL');
  await text('c3', '+256772001998', 'hello');
  expect([sent.length, await spent()]).toEqual([1, dailyCeilings.UG]);
  const channels = (await repliesTo(id)).map(({ channel, sentAt }) => [channel, sentAt !== null]);
  expect(channels.toSorted()).toEqual([
    ['in_app', true],
    ['sms', true],
  ]);
  const ceilings = await database.db.select().from(cases).where(eq(cases.kind, 'texts_ceiling'));
  expect(ceilings).toMatchObject([{ status: 'open', detail: { market: 'UG', day: day() } }]);
});

it('is sent to one phone some times a minute and a day at most', async () => {
  const { id, number } = await newCustomer();
  const [minute, whole] = replyLimits;
  for (let n = 0; n < minute.most + 3; n += 1) await text(`m${n}-${number}`, number, 'INFO');
  expect(sent).toHaveLength(minute.most);
  const before = new Date(Date.now() - 2 * minute.within);
  const old = (await repliesTo(id))[0];
  if (old === undefined) throw new Error('there is no reply');
  await database.db.update(notifications).set({ createdAt: before }).where(eq(notifications.userId, id));
  await text(`x-${number}`, number, 'INFO');
  expect(sent).toHaveLength(minute.most + 1);
  const many = Array.from({ length: whole.most }, () => ({ ...old, id: uuidv7(), key: uuidv7(), createdAt: before }));
  await database.db.insert(notifications).values(many);
  await text(`y-${number}`, number, 'INFO');
  expect(sent).toHaveLength(minute.most + 1);
});

it('is known to whoever reports what became of it', async () => {
  const { id, number } = await newCustomer();
  await text(`r-${number}`, number, 'BAL');
  const messageId = `m-${sent[0]?.deduplicationId}`;
  const report = (isDelivered: boolean) => takeReceipt(phone(), { provider: GATEWAY, messageId, isDelivered });
  expect(await report(false)).toBe(true);
  expect(await dead(id)).toMatchObject([{ reason: 'not_replied', detail: { reason: 'undelivered' } }]);
  expect([await report(true), await dead(id)]).toEqual([true, []]);
  await text(`r-${number}`, number, 'BAL');
  expect(sent).toHaveLength(1);
});
