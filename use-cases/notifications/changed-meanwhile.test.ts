import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { leases, suppressions, users } from '#db/schema/index';
import { instantOf, localDateAt } from '#domain/calendar';
import type { Market } from '#domain/markets';
import type { Message } from '#domain/notifications/messages';
import { at, DAY, deliveryWorld, HOUR, later, MINUTE, refund, type Told } from '#test/delivery-world';

/** What changes between the moment in which something is asked for and the one in which it is sent. */
const world = deliveryWorld();
const { sent, customer, queued, run, told, rowOf } = world;
const night = at(22);
const morning = later(at(8), DAY);
const change = (to: Told, changes: Partial<typeof users.$inferInsert>) =>
  world.database.db.update(users).set(changes).where(eq(users.id, to.id));
async function waits(to: Told) {
  const id = await queued(to, refund, night);
  expect(await run(id, night)).toMatchObject({ state: 'waits' });
  return id;
}
/** Its lease, and he, are of a market. */
async function living(market: Market) {
  const to = await customer(['sms', 'in_app'], { market });
  await world.database.db.update(leases).set({ market }).where(eq(leases.id, to.leaseId));
  return to;
}
/** On the day after tomorrow of a market, on its clock. */
const on = (market: Market, hour: number, minutes = 0) =>
  new Date(instantOf(localDateAt(Date.now() + 2 * DAY, market), 0, market) + hour * HOUR + minutes * MINUTE);
const promised: Message = { template: 'promised', amount: { amount: 5_000, currency: 'UGX' }, on: '2026-01-12' };

it('who sends STOP while it waits is sent nothing, and who sends START then is', async () => {
  const to = await customer();
  const [stopped, started] = [await waits(to), await waits(to)];
  await world.database.db.insert(suppressions).values({ phoneHash: to.phoneHash, since: new Date() });
  expect(await run(stopped, morning)).toEqual({ state: 'delivered', by: 'in_app' });
  await world.database.db.delete(suppressions).where(eq(suppressions.phoneHash, to.phoneHash));
  expect(await run(started, morning)).toEqual({ state: 'delivered', by: 'sms' });
  expect(sent).toHaveLength(1);
});

it('who has another phone by then is told there, also where the one before has not taken it', async () => {
  const to = await customer();
  const id = await waits(to);
  world.fails.sms = 'not_taken';
  expect(await run(id, morning)).toMatchObject({ state: 'waits', for: 'next_try' });
  await change(to, { phoneEncrypted: world.deps.encryption.encrypt('+256772999888'), phoneHash: 'another' });
  delete world.fails.sms;
  expect(await run(id, later(morning, HOUR / 2))).toEqual({ state: 'delivered', by: 'sms' });
  expect(sent.map((one) => one.to).at(-1)).toBe('+256772999888');
});

it('who speaks another language by then is told in that, and reads it so, in a digest too', async () => {
  const to = await customer();
  const alone = await waits(to);
  const daily = await customer(['sms', 'in_app'], { digest: 'daily' });
  const parts = [await waits(daily), await waits(daily)];
  for (const one of [to, daily]) await change(one, { language: 'sw' });
  expect(await run(alone, morning)).toEqual({ state: 'delivered', by: 'sms' });
  const money = 'Tumerudisha 5,000 UGX';
  expect(sent[0]?.body).toContain(money);
  const row = await rowOf(alone);
  expect(row?.language).toBe('sw');
  expect(world.deps.encryption.decrypt(row?.bodyEncrypted ?? '')).toContain(money);

  const next = await run(parts[0] ?? '', morning);
  const digest = await rowOf('digestId' in next ? next.digestId : '');
  const facts = world.deps.encryption.decrypt(digest?.noticeEncrypted ?? '');
  expect(facts).toContain(money);
  expect(digest?.language).toBe('sw');
});

it.each(['UG', 'KE', 'RW'] as const)('caps of a day end at the midnight of %s', async (market) => {
  const to = await living(market);
  const late = on(market, 23, 50);
  for (let n = 0; n < 5; n += 1) expect(await told(to, promised, late)).toMatchObject({ by: 'sms' });
  expect(await told(to, promised, on(market, 23, 59))).toMatchObject({ by: 'in_app' });
  expect(await told(to, promised, on(market, 24, 1))).toMatchObject({ by: 'sms' });
});

it.each(['UG', 'KE', 'RW'] as const)(
  'nothing that answers nobody rings at night in %s, to the minute',
  async (market) => {
    const to = await living(market);
    for (const [hour, minutes, does] of [
      [20, 59, 'delivered'],
      [21, 0, 'waits'],
      [30, 59, 'waits'],
      [31, 0, 'delivered'],
    ] as const)
      expect(await told(to, refund, on(market, hour, minutes)), `${hour}:${minutes}`).toMatchObject({ state: does });
  },
);

it.each(['UG', 'RW'] as const)(
  'a digest of %s has what was asked for until eight, and not what came a moment later',
  async (market) => {
    const to = await living(market);
    await change(to, { digest: 'daily' });
    const eight = on(market, 8);
    expect(await told(to, refund, eight)).toMatchObject({ state: 'delivered', by: 'sms' });
    const after = new Date(eight.getTime() + 1);
    const next = await run(await queued(to, refund, after), after);
    expect(next).toMatchObject({ state: 'waits', for: 'digest' });
    expect(next.state === 'waits' ? next.afterMs : 0).toBeGreaterThanOrEqual(DAY - 1);
  },
);
