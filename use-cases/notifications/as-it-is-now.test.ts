import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { expect, it, vi } from 'vitest';
import { immobilisations, leases, notifications, notificationTries } from '#db/schema/index';
import { listDeadLetters } from '#db/queries/dead-letters';
import { system } from '#domain/identity/roles';
import { sendingOf, type Message } from '#domain/notifications/messages';
import { transact } from '../context.ts';
import { warnedAt } from '../telematics/warned-at.ts';
import { advanceNotification } from './advance-notification.ts';
import { queueNotification } from './queue-notification.ts';
import { noteDelivered } from './end-notification.ts';
import { noteDeliveryReceipts } from './take-receipt.ts';
import { at, deliveryWorld, HOUR, later, MINUTE, owner, refund, reminder, type Told } from '#test/delivery-world';

const world = deliveryWorld();
const { casesOf, customer, queued, rowOf, run, sent } = world;

it('what a worker comes to late is neither sent at night nor once it is over', async () => {
  const evening = at(20);
  const id = await queued(await customer(), refund, evening);
  const notice = { template: 'login_code', code: '123456' } as const;
  const order = { key: uuidv7(), to: await customer(), leaseId: null, notice, urgency: 'now', isLegal: false } as const;
  const times = { askedAt: evening, answersAt: evening, expiresAt: later(evening, 5 * MINUTE) };
  const { id: code } = await world.database.db.transaction((tx) =>
    queueNotification(tx, world.deps.encryption, { ...order, ...times, secret: '123456' }),
  );
  vi.useFakeTimers({ toFake: ['Date'], now: later(evening, 5 * HOUR) });
  try {
    // Its workflow asked at eight, and no worker was there until one in the night.
    expect(await advanceNotification(world.deps, id, evening)).toMatchObject({ state: 'waits', for: 'morning' });
    expect(await advanceNotification(world.deps, code, evening)).toEqual({ state: 'dead', reason: 'expired' });
  } finally {
    vi.useRealTimers();
  }
  expect(sent).toEqual([]);
});

const warning: Message = {
  template: 'immobilisation_warning',
  overdue: { amount: 10_000, currency: 'UGX' },
  hours: 24,
  reference: 'AB12',
};

/** The vehicle of a lease may be stopped, and this is the warning of it by now. */
async function warns({ leaseId }: Told, warningKey: string): Promise<void> {
  await world.database.db.delete(immobilisations).where(eq(immobilisations.leaseId, leaseId));
  const [lease] = await world.database.db.select().from(leases).where(eq(leases.id, leaseId));
  if (lease === undefined) throw new Error('no lease');
  const how = { cause: 'arrears', state: 'warned', orderedBy: system('test'), createdAt: new Date() } as const;
  await world.database.db
    .insert(immobilisations)
    .values({ id: uuidv7(), leaseId, vehicleId: lease.vehicleId, warningKey, ...how });
}

it('a warning counts from when a text has arrived, whenever it was asked for, and not where a push service has it', async () => {
  const to = await customer();
  const asWarning = async (id: string) => {
    await warns(to, `warning-${id}`);
    await world.database.db
      .update(notifications)
      .set({ key: `${to.leaseId}:warning-${id}`, createdAt: new Date() })
      .where(eq(notifications.id, id));
  };
  // The lease asked ten hours ago, and what puts it on record runs only now.
  const late = await queued(to, warning, later(new Date(), -10 * HOUR));
  await asWarning(late);
  expect(await run(late, at(9))).toMatchObject({ by: 'sms' });
  const counted = () => warnedAt(world.database.db, to.leaseId, `warning-${late}`);
  // Its gateway has taken it: nobody has said that it arrived.
  expect(await counted()).toBeNull();
  const [tried] = await world.database.db
    .select()
    .from(notificationTries)
    .where(eq(notificationTries.notificationId, late));
  const receipt = { provider: tried?.provider ?? '', messageId: tried?.providerMessageId ?? '', isDelivered: true };
  await transact(world.database.db, system('test'), at(9), (context) => noteDeliveryReceipts(context, receipt));
  const delivered = (await rowOf(late))?.deliveredAt;
  expect(delivered).toBeInstanceOf(Date);
  expect(await counted()).toBe(delivered?.getTime());

  const pushed = await queued(to, warning, at(9));
  await asWarning(pushed);
  const row = await rowOf(pushed);
  if (row === undefined) throw new Error('no notification');
  await transact(world.database.db, system('test'), at(9), (context) => noteDelivered(context, row, 'push'));
  expect(await warnedAt(world.database.db, to.leaseId, `warning-${pushed}`)).toBeNull();
  expect(await casesOf('notice_undelivered', to)).toMatchObject([{ status: 'open', detail: { reason: 'push_alone' } }]);
});

it('who becomes an owner at night hears of it by day', () => {
  expect(sendingOf(owner).urgency).toBe('day');
});

it('what asks for money that was paid meanwhile is not sent, nor the warning of it; what is still owed is said as it is', async () => {
  const to = await customer();
  const evening = at(22);
  const morning = later(evening, 10 * HOUR);
  await warns(to, 'warning-1');
  const asked = [await queued(to, reminder(3), evening), await queued(to, warning, evening)];
  const [, warned = ''] = asked;
  await world.database.db
    .update(notifications)
    .set({ key: `${to.leaseId}:warning-1` })
    .where(eq(notifications.id, warned));
  for (const id of asked) expect(await run(id, evening)).toMatchObject({ state: 'waits', for: 'morning' });
  await to.pays(later(evening, HOUR).toISOString(), 100_000);
  for (const id of asked) for (const _ of [1, 2]) expect(await run(id, morning)).toEqual({ state: 'overtaken' });
  expect(sent).toEqual([]);
  expect(await rowOf(warned)).toMatchObject({ sentAt: null, reason: 'overtaken', noticeEncrypted: null });
  expect(await casesOf('notice_undelivered', to)).toEqual([]);
  expect(await listDeadLetters(world.database.db, 'notification', { limit: 50, before: undefined })).not.toContainEqual(
    expect.objectContaining({ id: warned }),
  );

  const late = await customer();
  const less = await queued(late, reminder(60), evening);
  await late.pays(later(evening, HOUR).toISOString(), 70_000);
  expect(await run(less, morning)).toMatchObject({ by: 'sms' });
  expect(sent.at(-1)?.body).toContain('30,000 UGX');
  expect(world.deps.encryption.decrypt((await rowOf(less))?.bodyEncrypted ?? '')).toBe(sent.at(-1)?.body);
});

it('of a prompt for late fees alone that brought nothing its customer hears, as long as they are owed', async () => {
  const to = await customer();
  await to.pays('2026-01-06T07:00:00Z', 100_000);
  const which = eq(leases.id, to.leaseId);
  for (const template of ['prompt_declined', 'other_method'] as const) {
    const notice = { template, reference: 'AB12', onAgain: '2026-12-14' } as const;
    const declined = async () => run(await queued(to, notice, at(9)), at(9));
    expect(await declined()).toEqual({ state: 'overtaken' });
    await world.database.db.update(leases).set({ feesCharged: 5_000 }).where(which);
    expect(await declined()).toMatchObject({ by: 'sms' });
    await world.database.db.update(leases).set({ feesCharged: 0 }).where(which);
  }
});

it('a warning that was written anew is sent once', async () => {
  const to = await customer();
  const morning = at(9);
  await warns(to, 'warning-2');
  const both = [await queued(to, warning, morning), await queued(to, warning, morning)];
  for (const [i, id] of both.entries())
    await world.database.db
      .update(notifications)
      .set({ key: `${to.leaseId}:warning-${i + 1}` })
      .where(eq(notifications.id, id));
  const states = await Promise.all(both.map((id) => run(id, morning)));
  expect(states).toMatchObject([{ state: 'overtaken' }, { by: 'sms' }]);
  expect(sent).toHaveLength(1);
});
