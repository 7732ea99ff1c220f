import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { listDeadLetters } from '#db/queries/dead-letters';
import { channelHealth, deaths, leases, mailAddresses, notifications } from '#db/schema/index';
import { codeKinds } from '#domain/notifications/sayings';
import type { Notice } from '#domain/notifications/written';
import { at, DAY, deliveryWorld, HOUR, later, MINUTE, paused, refund, reminder, type Told } from '#test/delivery-world';
import { config } from '#test/late-money';
import { tellCustomer } from '../support/tell-customer.ts';
import { tellOfTurn } from '../support/tell-of-turn.ts';
import { queueNotification } from './queue-notification.ts';
import { replyByText } from './reply-by-text.ts';

/** What waits is looked at again as what it is made of: nobody is told what is over, and nobody misses what is not. */
const world = deliveryWorld();
const { customer, fails, queued, run, sent } = world;
const morning = later(at(8), DAY);

async function byMail(more = {}) {
  const to = await customer(['email', 'in_app'], { digest: 'daily', ...more });
  const addressEncrypted = world.deps.encryption.encrypt(`${to.id}@example.com`);
  await world.database.db.insert(mailAddresses).values({ userId: to.id, addressEncrypted });
  return to;
}
/** A digest has travelled with what it tells: its clock is as far ahead. */
const digestOf = (next: Awaited<ReturnType<typeof run>>) => ('digestId' in next ? next.digestId : '');
async function asked(to: Told, notice: Notice, when: Date): Promise<string> {
  const { id } = await world.database.db.transaction((tx) =>
    queueNotification(tx, world.deps.encryption, {
      key: uuidv7(),
      to,
      leaseId: null,
      notice,
      urgency: 'now',
      isLegal: notice.template === 'pin_reset',
      askedAt: when,
      answersAt: when,
    }),
  );
  await world.database.db.update(notifications).set({ createdAt: when }).where(eq(notifications.id, id));
  return id;
}

it('a digest that waits says no more what is over by then', async () => {
  const to = await byMail();
  const first = await queued(to, reminder(5), at(10));
  await queued(to, refund, at(10));
  fails.email = 'not_taken';
  const digestId = digestOf(await run(first, morning));
  expect(await run(digestId, new Date())).toMatchObject({ state: 'waits', for: 'next_try' });
  // He pays all that is late, and the mail server is back at noon.
  await to.pays(later(morning, -2 * DAY).toISOString(), 2_000_000);
  delete fails.email;
  sent.length = 0;
  expect(await run(digestId, later(new Date(), 4 * HOUR))).toMatchObject({ by: 'email' });
  expect(sent).toHaveLength(1);
  expect(sent[0]?.body).toMatch(/We sent 5,000 UGX back/);
  expect(sent[0]?.body).not.toMatch(/late/);
});

it('a digest of which nothing is left is over', async () => {
  const to = await byMail();
  const first = await queued(to, reminder(5), at(10));
  await queued(to, { template: 'wrong_pin', reference: 'AB12' }, at(10));
  fails.email = 'not_taken';
  const digestId = digestOf(await run(first, morning));
  await run(digestId, new Date());
  await to.pays(later(morning, -2 * DAY).toISOString(), 2_000_000);
  delete fails.email;
  expect(await run(digestId, later(new Date(), 4 * HOUR))).toEqual({ state: 'overtaken' });
});

it('a digest gathers nothing of a lease that is somebody else’s by now, or that has quiet hours', async () => {
  const to = await byMail();
  const other = await customer();
  const first = await queued(to, refund, at(10));
  const theirs: Told = { ...to, leaseId: other.leaseId };
  await queued(theirs, { template: 'transfer_ended', reference: 'ZZ99' }, at(10));
  await queued(to, { template: 'refund', amount: { amount: 7_000, currency: 'UGX' } }, at(10));
  const digestId = digestOf(await run(first, morning));
  await run(digestId, new Date());
  expect(sent).toHaveLength(1);
  expect(sent[0]?.body).toMatch(/7,000/);
  expect(sent[0]?.body).not.toMatch(/ZZ99/);

  const quiet = await byMail();
  const quietHours = { from: 6, until: 12 };
  await world.database.db.update(leases).set({ quietHours }).where(eq(leases.id, quiet.leaseId));
  await queued(quiet, refund, at(10));
  const ofNone = await queued(quiet, { template: 'answered', category: 'payment' }, at(10));
  await world.database.db.update(notifications).set({ leaseId: null }).where(eq(notifications.id, ofNone));
  sent.length = 0;
  // It goes by itself, and what is of the lease later.
  expect(await run(ofNone, later(morning, 6 * MINUTE))).toMatchObject({ by: 'email' });
  expect(sent[0]?.body).not.toMatch(/5,000/);
});

const telling = () => ({
  ...world.deps,
  config,
  temporal: new Client({ connection: Connection.lazy({ address: config.TEMPORAL_ADDRESS }) }),
});
/** What was told last. @param when it was put on record */
async function newest(userId: string, when: Date): Promise<string> {
  const [row] = await world.database.db
    .update(notifications)
    .set({ createdAt: when })
    .where(eq(notifications.userId, userId))
    .returning();
  return row?.id ?? '';
}
const night = at(2);
/** Past the minutes over which is spread what waits for the morning. */
const atSeven = later(at(7), 6 * MINUTE);

it('whose turn it is since somebody else has let a vehicle go hears it in the morning, with the hours that are left', async () => {
  const to = await customer();
  const [lease] = await world.database.db.select().from(leases).where(eq(leases.id, to.leaseId));
  const turn = { waitingId: uuidv7(), vehicleId: lease?.vehicleId, customerId: to.id };
  const data = { ...turn, until: later(night, DAY).toISOString(), hours: 24 };
  await tellOfTurn(telling(), { id: uuidv7(), type: 'vehicle.queue.called', time: night, data });
  const id = await newest(to.id, night);
  expect(await run(id, night)).toMatchObject({ state: 'waits', for: 'morning' });
  expect(await run(id, atSeven)).toMatchObject({ by: 'sms' });
  expect(sent).toHaveLength(1);
  expect(sent[0]?.body).toMatch(/within 18 hours/);
});

it('an offer that is decided at night to who applied by day waits, and is not told once it is over', async () => {
  const offer = { template: 'offer', deposit: { amount: 20_000, currency: 'UGX' }, hours: 72 } as const;
  const offered = async (appliedAt: Date) => {
    const to = await customer();
    await world.database.db.update(leases).set({ createdAt: appliedAt }).where(eq(leases.id, to.leaseId));
    const order = { key: `${to.leaseId}:offer`, leaseId: to.leaseId, at: night.toISOString(), message: offer };
    await tellCustomer(telling(), order);
    return newest(to.id, night);
  };
  const id = await offered(later(night, -10 * HOUR));
  expect(await run(id, night)).toMatchObject({ state: 'waits', for: 'morning' });
  expect(await run(id, atSeven)).toMatchObject({ by: 'sms' });
  expect(sent[0]?.body).toMatch(/within 66 hours/);
  // Who applies at night is at it.
  expect(await run(await offered(later(night, -HOUR / 2)), night)).toMatchObject({ by: 'sms' });
  const late = await offered(later(night, -10 * HOUR));
  expect(await run(late, later(night, 73 * HOUR))).toEqual({ state: 'overtaken' });
});

it('what answers who asked a moment before nine in the evening is told then, not ten hours later', async () => {
  const id = await queued(await customer(), paused, later(at(21), -5_000));
  expect(await run(id, later(at(21), 5_000))).toMatchObject({ by: 'sms' });
});

it('whoever waits for a code asks for another one: none is a dead letter', async () => {
  const to = await customer();
  fails.sms = 'refused';
  for (const template of codeKinds) {
    const id = await asked(to, { template, code: '123456' }, at(10));
    expect(await run(id, at(10))).toMatchObject({ state: 'dead' });
  }
  const letters = await listDeadLetters(world.database.db, 'notification', { limit: 100, before: undefined });
  expect(letters.filter(({ detail }) => detail['userId'] === to.id)).toEqual([]);
});

const saidToHaveDied = async (customerId: string, more: Partial<typeof deaths.$inferInsert> = {}) => {
  const said = { id: uuidv7(), customerId, reportedAt: at(8), reportedBy: randomUUID(), dueOn: '2027-06-01' };
  await world.database.db.insert(deaths).values({ ...said, ...more });
};
const fee = { template: 'late_fee', fee: { amount: 1_000, currency: 'UGX' }, reference: 'AB12' } as const;

it('what is held back of who is said to have died is told once that is refuted; what guards his account at once', async () => {
  const to = await customer();
  await saidToHaveDied(to.id);
  expect(await run(await asked(to, { template: 'pin_reset' }, at(9)), at(9))).toMatchObject({ by: 'sms' });
  const id = await queued(to, fee, at(9));
  expect(await run(id, at(9))).toMatchObject({ state: 'waits' });
  await world.database.db
    .update(deaths)
    .set({ refutedAt: at(10) })
    .where(eq(deaths.customerId, to.id));
  expect(await run(id, at(11))).toMatchObject({ by: 'sms' });

  const dead = await customer();
  await saidToHaveDied(dead.id, { confirmedAt: at(8), confirmedBy: 'staff', document: 'D 1' });
  expect(await run(await queued(dead, fee, at(9)), at(9))).toEqual({ state: 'overtaken' });
});

it('a channel that takes replies is not failing', async () => {
  const { db } = world.database;
  await db.delete(channelHealth);
  const { id: userId } = await customer();
  const reply = () =>
    replyByText(world.deps, { key: `sms-${uuidv7()}`, userId, to: '+256772001234', body: 'Your balance' });
  fails.sms = 'unknown';
  await reply();
  expect(await db.select().from(channelHealth)).toMatchObject([{ channel: 'sms' }]);
  delete fails.sms;
  await reply();
  expect(await db.select().from(channelHealth)).toEqual([]);
});
