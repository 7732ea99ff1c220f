import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import {
  cases,
  channelHealth,
  leases,
  mailAddresses,
  notifications,
  notificationTries,
  pushSubscriptions,
  sessions,
  smsSpend,
  suppressions,
  users,
} from '#db/schema/index';
import { listDeadLetters } from '#db/queries/dead-letters';
import { localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { dailyCeilings } from '#domain/notifications/rules';
import { eventually } from '#dev/client';
import { sendingOf, type Message } from '#domain/notifications/messages';
import { ProviderFailure } from '#providers/provider-failure';
import { bookLease } from '#test/lease-books';
import { config } from '#test/late-money';
import { transact, type Context } from '../context.ts';
import { isRedrivable } from '../upkeep/redrive-dead-letter.ts';
import { advanceNotification } from './advance-notification.ts';
import { wantMailAddress } from './want-mail-address.ts';
import { notificationData } from './personal-data.ts';
import { subscribe } from './push-subscriptions.ts';
import { redriveNotification } from './redrive-notification.ts';
import { noteDeliveryReceipts } from './take-receipt.ts';
import {
  at,
  DAY,
  deliveryWorld,
  HOUR,
  later,
  MINUTE,
  owner,
  paused,
  refund,
  reminder,
  wrongPin,
  type Told,
} from '#test/delivery-world';

const world = deliveryWorld();
const { casesOf, customer, fails, queued, rowOf, run, sent, told } = world;

it('what answers nobody reaches no phone in quiet hours; what answers somebody does, in the night in which he asked', async () => {
  const to = await customer();
  await world.database.db
    .update(leases)
    .set({ quietHours: { from: 12, until: 14 } })
    .where(eq(leases.id, to.leaseId));
  /** So many hours, and a few minutes of its own. */
  const waits = (hours: number) => ({ state: 'waits', afterMs: expect.closeTo(hours * HOUR, -6), for: 'morning' });
  expect(await told(to, reminder(1), at(21))).toMatchObject(waits(10));
  expect(await told(to, refund, at(12))).toMatchObject(waits(2));
  expect(sent).toEqual([]);
  expect(await told(to, paused, at(23))).toMatchObject({ state: 'delivered', by: 'sms' });
  // Paid in the afternoon, and known at night.
  const received: Message = { template: 'deposit_received', deposit: { amount: 20_000, currency: 'UGX' } };
  const known = await queued(to, received, at(23), at(16));
  expect(await run(known, at(23))).toMatchObject(waits(8));
  expect(await run(known, later(at(23), 8 * HOUR))).toMatchObject({ by: 'sms' });
});

it('goes by the next channel where the first surely has not delivered it, and waits for the morning before that too', async () => {
  const to = await customer(['sms', 'email', 'in_app']);
  const addressEncrypted = world.deps.encryption.encrypt('grace@example.com');
  await world.database.db.insert(mailAddresses).values({ userId: to.id, addressEncrypted });
  fails.sms = 'not_taken';
  const evening = at(20);
  const id = await queued(to, refund, evening);
  expect(await run(id, evening)).toMatchObject({ state: 'waits', for: 'next_try' });
  fails.sms = 'refused';
  expect(await run(id, later(evening, MINUTE))).toMatchObject({ state: 'delivered', by: 'email' });
  expect(sent.map(({ by }) => by)).toEqual(['sms', 'sms', 'email']);
  expect(sent.at(-1)?.body).toContain('We sent 5,000 UGX back');
  // An hour is over at night: the next one waits.
  fails.sms = 'not_taken';
  const late = await queued(to, { ...refund }, later(evening, 55 * MINUTE));
  await run(late, later(evening, 55 * MINUTE));
  expect(await run(late, later(evening, 2 * HOUR))).toMatchObject({ state: 'waits', for: 'morning' });
});

it('is sent once where nobody knows whether it was taken, and is a dead letter; a notice is a case', async () => {
  const to = await customer();
  fails.sms = 'unknown';
  const lost = await queued(to, paused, at(9));
  for (const _ of [1, 2]) expect(await run(lost, at(9))).toEqual({ state: 'dead', reason: 'in_doubt' });
  expect(sent).toHaveLength(1);
  expect(await casesOf('text_in_doubt', to)).toEqual([]);
  expect(await told(to, owner, at(9))).toEqual({ state: 'dead', reason: 'in_doubt' });
  expect(await casesOf('text_in_doubt', to)).toMatchObject([{ status: 'open', detail: { template: 'owner' } }]);
  const press = () =>
    transact(world.database.db, system('test'), at(9), (context) => redriveNotification(context, lost));
  expect(await press()).toBeNull();
  // A process that died between asking the channel and writing it down.
  delete fails.sms;
  const cut = await queued(to, refund, at(10));
  await run(cut, at(10));
  await world.database.db.update(notifications).set({ sentAt: null }).where(eq(notifications.id, cut));
  await world.database.db
    .update(notificationTries)
    .set({ state: 'sending' })
    .where(eq(notificationTries.notificationId, cut));
  const before = sent.length;
  expect(await run(cut, at(10))).toMatchObject({ state: 'waits', for: 'answer' });
  expect(await run(cut, later(at(10), 3 * MINUTE))).toEqual({ state: 'dead', reason: 'in_doubt' });
  expect(sent).toHaveLength(before);
});

it('a phone that refuses texts is one case; what is no notice is found in the app, a notice goes on and is redriven', async () => {
  const to = await customer();
  fails.sms = 'refused';
  for (const notice of [paused, refund]) expect(await told(to, notice, at(9))).toMatchObject({ by: 'in_app' });
  expect(await casesOf('text_refused', to)).toMatchObject([{ status: 'open', detail: { template: 'paused' } }]);
  const notice = await queued(to, owner, at(9));
  expect(await run(notice, at(9))).toEqual({ state: 'dead', reason: 'refused' });
  expect(await casesOf('notice_undelivered', to)).toMatchObject([
    { status: 'open', detail: { notificationId: notice } },
  ]);
  delete fails.sms;
  const press = () =>
    transact(world.database.db, system('test'), at(9), (context) => redriveNotification(context, notice));
  expect(await press()).toEqual({ id: notice, urgency: 'day' });
  expect(await press()).toBeNull();
  const before = sent.length;
  for (const _ of [1, 2]) expect(await run(notice, at(9))).toMatchObject({ by: 'sms' });
  expect(sent).toHaveLength(before + 1);
  expect(await casesOf('notice_undelivered', to)).toMatchObject([{ status: 'closed' }]);
});

it('a notice ignores preferences and STOP, in the language of the customer; anything else does not', async () => {
  const to = await customer(['in_app'], { language: 'sw' });
  await world.database.db.insert(suppressions).values({ phoneHash: to.phoneHash, since: new Date() });
  expect(await told(to, refund, at(9))).toMatchObject({ by: 'in_app' });
  expect(await told(to, owner, at(9))).toMatchObject({ by: 'sms' });
  expect(sent).toMatchObject([{ by: 'sms', body: 'Hongera! Umefanya malipo ya mwisho: chombo ni chako.' }]);
  expect(await told(await customer(['sms', 'in_app']), refund, at(9))).toMatchObject({ by: 'sms' });
  const rows = await world.database.db.select().from(notifications).where(eq(notifications.userId, to.id));
  expect(rows).toMatchObject([
    { template: 'refund', channel: 'in_app', language: 'sw', isLegal: false },
    { template: 'owner', channel: 'sms', language: 'sw', isLegal: true },
  ]);
});

it('a bounce is of the address that was tried, not of one that was confirmed meanwhile', async () => {
  const to = await customer(['email', 'in_app']);
  const kept = (address: string) => ({ addressEncrypted: world.deps.encryption.encrypt(address) });
  await world.database.db.insert(mailAddresses).values({ userId: to.id, ...kept('old@example.com') });
  const id = await queued(to, refund, at(9));
  const isTheirs = eq(mailAddresses.userId, to.id);
  const send = async () => {
    await world.database.db.update(mailAddresses).set(kept('new@example.com')).where(isTheirs);
    throw new ProviderFailure('refused', 'no such mailbox', 'no_subscriber');
  };
  const mails = { name: 'none', ping: () => Promise.resolve(), circuit: (): 'closed' => 'closed', send };
  await advanceNotification({ ...world.deps, mails }, id, at(9));
  expect(await world.database.db.select().from(mailAddresses).where(isTheirs)).toMatchObject([{ bouncedAt: null }]);
});

it('a channel of which nobody knows what it took is failing too', async () => {
  await world.database.db.delete(channelHealth);
  fails.sms = 'unknown';
  await told(await customer(), refund, at(9));
  expect(await world.database.db.select().from(channelHealth)).toMatchObject([{ channel: 'sms' }]);
  await world.database.db.delete(channelHealth);
});

it('push is not switched off for what fails for one person alone', async () => {
  const failingSince = new Date(Date.now() - 25 * HOUR);
  await world.database.db.insert(channelHealth).values({ channel: 'push', failingSince });
  const send = () => Promise.reject(new ProviderFailure('not_taken', 'it is away'));
  const pushes = { name: 'none', publicKey: '', circuit: (): 'closed' => 'closed', send };
  const fail = async (to: Told) => {
    const id = await queued(to, refund, at(9));
    await advanceNotification({ ...world.deps, pushes }, id, at(9));
    return world.database.db.select().from(cases).where(eq(cases.key, 'channel_off:push'));
  };
  const pushed = async () => {
    const to = await customer(['push', 'in_app']);
    const keysEncrypted = world.deps.encryption.encrypt('{}');
    const endpointEncrypted = world.deps.encryption.encrypt('https://push.example.com/1');
    const row = { id: uuidv7(), userId: to.id, endpointHash: to.id, endpointEncrypted, keysEncrypted };
    await world.database.db.insert(pushSubscriptions).values({ ...row, createdAt: new Date() });
    return to;
  };
  const one = await pushed();
  for (const _ of [1, 2, 3, 4, 5]) expect(await fail(one)).toEqual([]);
  expect(await fail(await pushed())).toMatchObject([{ status: 'open' }]);
  await world.database.db.delete(cases).where(eq(cases.key, 'channel_off:push'));
});

it('what was in doubt is so no more where the channel says late that it took it', async () => {
  const to = await customer();
  const id = await queued(to, owner, at(9));
  const send = async () => {
    expect(await run(id, later(at(9), 3 * MINUTE))).toEqual({ state: 'dead', reason: 'in_doubt' });
    return { provider: 'none', messageId: uuidv7() };
  };
  await advanceNotification({ ...world.deps, textMessages: { ...world.deps.textMessages, send } }, id, at(9));
  expect(await rowOf(id)).toMatchObject({ channel: 'sms', failedAt: null });
  expect(await casesOf('text_in_doubt', to)).toMatchObject([{ status: 'closed' }]);
});

it('what nobody is there for any more is over', async () => {
  const to = await customer();
  const id = await queued(to, refund, at(9));
  await world.database.db.update(users).set({ erasedAt: new Date() }).where(eq(users.id, to.id));
  for (const _ of [1, 2]) expect(await run(id, at(9))).toEqual({ state: 'gone' });
  expect(await rowOf(id)).toBeUndefined();
});

it('five codes an hour go to addresses, however often they are taken back', async () => {
  const { id } = await customer();
  const wants = (address: string | null) =>
    transact(world.database.db, { id, role: 'customer' }, at(9), (context) =>
      wantMailAddress(context, world.deps.encryption, address),
    );
  for (let i = 0; i < 5; i += 1) {
    expect(await wants('ann@example.com')).toMatchObject({ code: { to: 'ann@example.com' } });
    expect(await wants(null)).toEqual({ code: null, told: null });
  }
  await expect(wants('ann@example.com')).rejects.toThrow('Too many codes');
});

it('nobody is told more often in a day than caps allow; what is beyond is found in the app', async () => {
  const to = await customer();
  const by: string[] = [];
  for (const _ of [1, 2]) by.push(JSON.stringify(await told(to, reminder(3), at(9))));
  expect(by.map((one) => /"by":"(\w+)"/.exec(one)?.[1])).toEqual(['sms', 'in_app']);
  expect(await told(to, reminder(4), later(at(9), DAY))).toMatchObject({ by: 'sms' });
  // Of a legal one there is no cap.
  for (const _ of [1, 2]) expect(await told(to, reminder(60), at(10))).toMatchObject({ by: 'sms' });
});

it('each of his leases is reminded of on the same day, and nobody is flooded, however many he has', async () => {
  const to = await customer();
  const others = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const lease = await bookLease(world.database, config, { customerId: to.id });
      await lease.pays('2026-01-05T07:00:00Z', 20_000);
      await lease.handOver('2026-01-06T06:00:00Z');
      return { ...to, leaseId: lease.id };
    }),
  );
  const by: unknown[] = [];
  for (const one of [to, ...others]) by.push(await told(one, reminder(3), at(9)));
  const sms = { state: 'delivered', by: 'sms' };
  const inApp = { state: 'delivered', by: 'in_app' };
  expect(by).toEqual([...Array.from({ length: 12 }, () => sms), inApp]);
  const next = later(at(9), DAY);
  for (const how of [sms, inApp]) expect(await told(to, reminder(4), next)).toEqual(how);
  const [second = to] = others;
  for (const how of [sms, sms, inApp]) expect(await told(second, wrongPin, next)).toEqual(how);
});

it('what answers somebody who asked from a phone comes back there, whatever he prefers, also after STOP', async () => {
  const to = await customer(['in_app', 'email'], { digest: 'daily' });
  await world.database.db.insert(suppressions).values({ phoneHash: to.phoneHash, since: new Date() });
  const answer: Message = { template: 'answer', said: 'Do not ride. Bring it to the workshop.' };
  expect(await told(to, answer, at(9))).toMatchObject({ state: 'delivered', by: 'sms' });
  expect(sent).toMatchObject([{ by: 'sms', body: 'Answer: Do not ride. Bring it to the workshop.' }]);
  expect(await told(to, answer, at(23))).toMatchObject({ state: 'waits', for: 'morning' });
});

it('what answers him is not capped, since he asks for it, and takes nothing of what else he may be told', async () => {
  const to = await customer();
  const answer = (n: number): Message => ({ template: 'answer', said: `Answer ${n}` });
  for (let n = 0; n < 14; n += 1)
    expect(await told(to, answer(n), at(9))).toMatchObject({ state: 'delivered', by: 'sms' });
  expect(await told(to, reminder(3), at(9))).toMatchObject({ by: 'sms' });
});

it('what waits for the same morning is told in one where the customer wants that, but for notices', async () => {
  const to = await customer(['sms', 'in_app'], { digest: 'daily' });
  const morning = later(at(8), DAY);
  const waiting = [await queued(to, refund, at(10)), await queued(to, reminder(3), at(15))];
  for (const id of waiting) expect(await run(id, at(15))).toMatchObject({ state: 'waits', for: 'digest' });
  expect(await told(to, reminder(60), at(15))).toMatchObject({ by: 'sms' });
  const next = await run(waiting[0] ?? '', morning);
  expect(next).toMatchObject({ state: 'delivered', by: 'digest' });
  expect(await run(waiting[1] ?? '', morning)).toEqual(next);
  const digestId = 'digestId' in next ? next.digestId : '';
  // It has travelled with what it tells.
  expect(await run(digestId, new Date())).toMatchObject({ by: 'sms' });
  expect(sent.at(-1)?.body).toBe('You have 2 messages from us. Please read them in the app.');
  expect(sent).toHaveLength(2);
});

it('a digest beside the erasure of its customer: each has its turn', async () => {
  const { db } = world.database;
  const to = await customer(['sms', 'in_app'], { digest: 'daily' });
  const [first, second] = [await queued(to, refund, at(10)), await queued(to, reminder(3), at(15))];
  const waiting = async (count: number) => {
    const isThere = sql`select count(*)::int as waits from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await eventually(
      'they wait',
      async () => Number((await db.execute(isThere))[0]?.['waits'] ?? 0) >= count || undefined,
    );
  };
  /** As `eraseUser` does it: he is locked, and then what is his is gone. */
  const erased = async (context: Context, id: string) => {
    const [user] = await context.tx.select().from(users).where(eq(users.id, id)).for('update');
    if (user !== undefined) await notificationData.erase(context, user);
  };
  // Somebody has the second text in hand: the digest has the first, and waits for it.
  let digest: Promise<unknown> = Promise.resolve();
  let erasure: Promise<unknown> = Promise.resolve();
  await db.transaction(async (tx) => {
    await tx.select().from(notifications).where(eq(notifications.id, second)).for('update');
    digest = run(first, later(at(8), DAY));
    await waiting(1);
    erasure = transact(db, system('test'), new Date(), (context) => erased(context, to.id));
    await waiting(2);
  });
  const ended = await Promise.allSettled([digest, erasure]);
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect(await db.$count(notifications, eq(notifications.userId, to.id))).toBe(0);
});

const noted = (messageId: string | null, isDelivered: boolean) =>
  transact(world.database.db, system('test'), at(9), (context) =>
    noteDeliveryReceipts(context, { provider: 'none', messageId: messageId ?? '', isDelivered }),
  );
const note = async (...report: Parameters<typeof noted>) => (await noted(...report))[0] ?? null;
const tryOf = async (of: string) => {
  const [row] = await world.database.db
    .select()
    .from(notificationTries)
    .where(eq(notificationTries.notificationId, of));
  return row?.providerMessageId ?? null;
};

it('a text that did not arrive goes on by the next channel, once', async () => {
  const to = await customer();
  const id = await queued(to, refund, at(9));
  await run(id, at(9));
  expect(await note(await tryOf(id), true)).toMatchObject({ id, goesOn: false });
  // That it arrived stands.
  expect(await note(await tryOf(id), false)).toMatchObject({ id, goesOn: false });
  expect(await rowOf(id)).toMatchObject({ sentAt: expect.any(Date), channel: 'sms' });
  expect(await note('nobody', false)).toBeNull();
  const failed = await queued(
    to,
    { template: 'promised', amount: { amount: 5, currency: 'UGX' }, on: '2026-01-12' },
    at(9),
  );
  await run(failed, at(9));
  for (const _ of [1, 2]) expect(await note(await tryOf(failed), false)).toMatchObject({ goesOn: true });
  const before = sent.length;
  expect(await run(failed, at(9))).toMatchObject({ by: 'in_app' });
  expect(sent).toHaveLength(before);
});

it('an id that a provider gave two texts says of neither that it arrived, and of each that it did not', async () => {
  const to = await customer();
  const [first, other] = [await queued(to, refund, at(9)), await queued(to, owner, at(9))];
  for (const id of [first, other]) await run(id, at(9));
  const shared = await tryOf(first);
  await world.database.db
    .update(notificationTries)
    .set({ providerMessageId: shared })
    .where(eq(notificationTries.notificationId, other));
  const goOn = async (isDelivered: boolean) => (await noted(shared, isDelivered)).map(({ goesOn }) => goesOn);
  expect(await goOn(true)).toEqual([false, false]);
  expect(await goOn(false)).toEqual([true, true]);
  expect(await run(first, at(9))).toMatchObject({ by: 'in_app' });
  expect(await run(other, at(9))).toEqual({ state: 'dead', reason: 'undelivered' });
  expect(await casesOf('notice_undelivered', to)).toMatchObject([{ status: 'open' }]);
});

it('a text that arrived, after a report that it did not, is told: its case is closed, and nothing is sent again', async () => {
  const to = await customer();
  const id = await queued(to, owner, at(9));
  await run(id, at(9));
  const before = sent.length;
  expect(await note(await tryOf(id), false)).toMatchObject({ goesOn: true });
  expect(await run(id, at(9))).toEqual({ state: 'dead', reason: 'undelivered' });
  expect(await casesOf('notice_undelivered', to)).toMatchObject([{ status: 'open' }]);
  for (const _ of [1, 2]) expect(await note(await tryOf(id), true)).toMatchObject({ id, goesOn: false });
  expect(await rowOf(id)).toMatchObject({ sentAt: expect.any(Date), failedAt: null, reason: null, channel: 'sms' });
  expect(await casesOf('notice_undelivered', to)).toMatchObject([{ status: 'closed' }]);
  const press = (context: Context) => redriveNotification(context, id);
  expect(await transact(world.database.db, system('test'), at(9), press)).toBeNull();
  // Its workflow had not looked yet.
  const quick = await queued(to, refund, at(9));
  await run(quick, at(9));
  for (const isDelivered of [false, true])
    expect(await note(await tryOf(quick), isDelivered)).toMatchObject({ goesOn: true });
  for (const one of [id, quick]) expect(await run(one, at(9))).toEqual({ state: 'delivered', by: 'sms' });
  expect(sent).toHaveLength(before + 1);
});

it('a text that is to be sent again, and is reported to have arrived before it was, is not', async () => {
  const to = await customer(['sms']);
  const redrive = (id: string) =>
    transact(world.database.db, system('test'), at(9), (context) => redriveNotification(context, id));
  const dead = async () => {
    const id = await queued(to, owner, at(9));
    await run(id, at(9));
    await note(await tryOf(id), false);
    expect(await run(id, at(9))).toEqual({ state: 'dead', reason: 'undelivered' });
    await redrive(id);
    return id;
  };
  const id = await dead();
  const first = await tryOf(id);
  expect(await note(first, true)).toMatchObject({ id });
  sent.length = 0;
  expect(await run(id, at(10))).toEqual({ state: 'delivered', by: 'sms' });
  expect(sent).toEqual([]);
  // One of which nothing is heard is sent.
  expect(await run(await dead(), at(10))).toMatchObject({ by: 'sms' });
  expect(sent).toHaveLength(2);
});

it('SMS end at the ceiling of a day but for notices, and a channel that fails for a day is switched off until its case is closed', async () => {
  const to = await customer(['sms', 'in_app']);
  const day = localDateAt(at(9).getTime(), 'UG');
  const amount = dailyCeilings.UG;
  const all = { market: 'UG', day, amount } as const;
  await world.database.db
    .insert(smsSpend)
    .values(all)
    .onConflictDoUpdate({ target: [smsSpend.market, smsSpend.day], set: { amount } });
  expect(await told(to, refund, at(9))).toMatchObject({ by: 'in_app' });
  expect(await told(to, owner, at(9))).toMatchObject({ by: 'sms' });
  const ceilings = await world.database.db.select().from(cases).where(eq(cases.kind, 'texts_ceiling'));
  expect(ceilings).toMatchObject([{ status: 'open', detail: { market: 'UG' } }]);

  const day2 = later(at(9), DAY);
  await world.database.db.update(notificationTries).set({ state: 'refused' });
  await world.database.db
    .insert(channelHealth)
    .values({ channel: 'sms', failingSince: new Date(Date.now() - 25 * HOUR) });
  fails.sms = 'not_taken';
  const id = await queued(to, { ...refund }, day2);
  await run(id, day2);
  const offs = () => world.database.db.select().from(cases).where(eq(cases.kind, 'channel_off'));
  // One failure then and one now are no day of failing, and neither is what fails for one person alone.
  for (const _ of [1, 2, 3, 4]) await told(to, { ...refund }, day2);
  expect(await offs()).toEqual([]);
  await told(await customer(), { ...refund }, day2);
  const [off] = await world.database.db.select().from(cases).where(eq(cases.kind, 'channel_off'));
  expect(off).toMatchObject({ status: 'open', detail: { channel: 'sms' } });
  expect(await run(id, later(day2, HOUR))).toMatchObject({ by: 'in_app' });
  delete fails.sms;
  expect(await told(to, owner, day2)).toMatchObject({ by: 'sms' });
  await world.database.db
    .update(cases)
    .set({ status: 'closed' })
    .where(eq(cases.id, off?.id ?? ''));
  expect(
    await told(to, { template: 'promised', amount: { amount: 1, currency: 'UGX' }, on: '2026-01-12' }, day2),
  ).toMatchObject({ by: 'sms' });
});

it('a text is told by its kind, whenever it was asked for: it knows the night and STOP', async () => {
  const to = await customer();
  expect(sendingOf(refund).urgency).toBe('day');
  expect(await run(await queued(to, refund, at(22)), at(23))).toMatchObject({ state: 'waits', for: 'morning' });
});

it('facts are kept two weeks, also of what reached nobody', async () => {
  const to = await customer();
  fails.sms = 'refused';
  const id = await queued(to, owner, at(9));
  expect(await run(id, at(9))).toMatchObject({ state: 'dead' });
  const forget = (at: Date) =>
    notificationData.retention?.['toldFacts']?.({ sql: world.database.sql, at, config, beat: () => undefined });
  await forget(later(new Date(), 13 * DAY));
  expect((await rowOf(id))?.noticeEncrypted).not.toBeNull();
  await forget(later(new Date(), 15 * DAY));
  expect(await rowOf(id)).toMatchObject({ noticeEncrypted: null, reason: 'refused' });
  // Whoever finds it so late has to call.
  const letters = await listDeadLetters(world.database.db, 'notification', { limit: 50, before: undefined });
  const letter = letters.find((one) => one.id === id);
  expect(letter).toMatchObject({ reason: 'forgotten', detail: { reason: 'refused' } });
  expect(letter !== undefined && isRedrivable(letter)).toBe(false);
});

it('what would only ring tomorrow is not kept in the app by what was told today', async () => {
  const to = await customer();
  for (const _ of [1, 2]) await told(to, wrongPin, at(9));
  expect(await told(to, wrongPin, at(10))).toMatchObject({ by: 'in_app' });
  expect(await told(to, wrongPin, at(22))).toMatchObject({ state: 'waits', for: 'morning' });
});

it('the channel that is left is tried for a day where the others have refused', async () => {
  const to = await customer(['sms', 'email', 'in_app']);
  const addressEncrypted = world.deps.encryption.encrypt('grace@example.com');
  await world.database.db.insert(mailAddresses).values({ userId: to.id, addressEncrypted });
  fails.sms = 'not_taken';
  fails.email = 'refused';
  const id = await queued(to, owner, at(8));
  await run(id, at(8));
  for (const minutes of [61, 63, 90]) await run(id, later(at(8), minutes * MINUTE));
  expect(await run(id, later(at(8), 3 * HOUR))).toMatchObject({ state: 'waits', for: 'next_try' });
  delete fails.sms;
  expect(await run(id, later(at(8), 4 * HOUR))).toMatchObject({ by: 'sms' });
});

it('of eleven browsers the one that gives way is the one that subscribed longest ago', async () => {
  const { id } = await customer();
  const sessionId = uuidv7();
  const session = { id: sessionId, userId: id, expiresAt: at(9) };
  await world.database.db.insert(sessions).values(session);
  const subscribed = (n: number, minutes: number) =>
    transact(world.database.db, { id, role: 'customer' }, later(at(9), minutes * MINUTE), (context) =>
      subscribe(
        context,
        world.deps.encryption,
        { endpoint: `https://push.example.com/${id}/${n}`, keys: { p256dh: 'x', auth: 'x' } },
        sessionId,
      ),
    );
  const first = await subscribed(0, 0);
  for (let n = 1; n < 10; n += 1) await subscribed(n, n);
  await subscribed(0, 20);
  await subscribed(10, 21);
  const left = await world.database.db.select().from(pushSubscriptions).where(eq(pushSubscriptions.userId, id));
  expect(left).toHaveLength(10);
  expect(left.map((row) => row.id)).toContain(first.id);
});
