import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { guarantees, leases, outbox } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { agent, day, LINE, on, runningLease, type LateLease } from '#test/late-money';
import { whomScheduleConcerns } from '../parties/schedule-notice.ts';
import { overdueAsConsented } from '../parties/overdue-as-consented.ts';
import type { Context } from '../context.ts';
import { changeDueDay } from './change-due-day.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { lockLease } from './lease-record.ts';
import { mayObject } from './objection.ts';
import { reAgeLease, restructureLease } from './restructure-lease.ts';
import { undoRestructure } from './undo-restructure.ts';
import { usePaidAhead } from './use-paid-ahead.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const rowOf = async ({ id }: LateLease) => {
  const [row] = await database.db.select().from(leases).where(eq(leases.id, id));
  if (row === undefined) throw new Error('the lease is gone');
  return row;
};
const spread = (lease: LateLease, number: number, instalments: number) =>
  lease.act(
    day(number),
    (context) => restructureLease(context, { leaseId: lease.id, instalments, reason: 'a slip' }),
    agent,
  );
const undoneByHim = (lease: LateLease, number: number) => {
  const wish = { leaseId: lease.id, reason: 'I have not agreed' };
  return lease.act(day(number), (context) => undoRestructure(context, wish), lease.customer);
};
const objects = async (lease: LateLease, number: number) => {
  const row = await rowOf(lease);
  return lease.act(day(number), (context) => mayObject(context, row));
};

/** One of ten lines is paid; what is spread over one line on the 6th is due on the 13th, and has a late fee on the 17th. */
async function paying() {
  const lease = await runningLease(database);
  await lease.cash(5, LINE);
  return lease;
}

it('a customer has undone for two weeks what makes him pay more each time, and nothing comes of not paying it meanwhile', async () => {
  const lease = await paying();
  const before = (await rowOf(lease)).instalment;
  await spread(lease, 6, 1);
  expect((await rowOf(lease)).instalment).toBe(9 * LINE);
  const fees = await lease.act(day(20), (context) => chargeLateFees(context, { leaseId: lease.id }));
  expect([fees.charged, await objects(lease, 20)]).toEqual([0, true]);
  await undoneByHim(lease, 20);
  expect((await rowOf(lease)).instalment).toBe(before);
  expect(await objects(lease, 20)).toBe(false);
});

it('nobody changes the schedule otherwise meanwhile, which would end his right: it is undone first, or agreed on', async () => {
  const lease = await paying();
  await spread(lease, 6, 3);
  const change = (number: number, actor: Actor) =>
    lease.act(day(number), (context) => changeDueDay(context, { leaseId: lease.id, weekday: 'friday' }), actor);
  await lease.cash(7, LINE);
  const lower = (context: Context) => usePaidAhead(context, { leaseId: lease.id, makes: 'lower' });
  for (const actor of [agent, lease.customer]) {
    await expect(change(7, actor)).rejects.toMatchObject({ code: 'plan_not_agreed' });
    await expect(lease.act(day(7), lower, actor)).rejects.toMatchObject({ code: 'plan_not_agreed' });
  }
  await undoneByHim(lease, 8);
  expect((await rowOf(lease)).instalment).toBe(LINE);
  expect(await change(8, agent)).toMatchObject({ status: 'active' });
});

it('after that he has agreed: it is late as anything is, and an agent alone undoes it', async () => {
  const lease = await paying();
  await spread(lease, 6, 1);
  expect(await objects(lease, 21)).toBe(false);
  await expect(undoneByHim(lease, 21)).rejects.toMatchObject({ code: 'schedule_change_refused' });
  const fees = await lease.act(day(25), (context) => chargeLateFees(context, { leaseId: lease.id }));
  expect(fees.charged).toBeGreaterThan(0);
});

it('what makes nothing larger an agent alone undoes', async () => {
  const longer = await paying();
  await spread(longer, 6, 20);
  await expect(undoneByHim(longer, 7)).rejects.toMatchObject({ code: 'schedule_change_refused' });
  const later = await runningLease(database);
  await later.act(day(14), (context) => reAgeLease(context, { leaseId: later.id, reason: 'ill' }), agent);
  await expect(undoneByHim(later, 15)).rejects.toMatchObject({ code: 'schedule_change_refused' });
});

/** What is told of the last change, by template, with whom. */
async function told(lease: LateLease) {
  const isIt = and(eq(outbox.leaseId, lease.id), eq(outbox.type, 'lease.schedule_changed'));
  const all = await database.db.select().from(outbox).where(isIt).orderBy(outbox.id);
  const last = all.at(-1);
  if (last === undefined) return [];
  const { id, type, data, time } = last;
  return whomScheduleConcerns(database.db, { id, type, data, time });
}

it('its customer is told of what he pays more, before and after, and whoever answers for him of that and of a longer time', async () => {
  const lease = await paying();
  const { customerId } = await rowOf(lease);
  const guarantorId = (await rowOf(await runningLease(database))).customerId;
  const at = day(5);
  await database.db.insert(guarantees).values({
    id: randomUUID(),
    leaseId: lease.id,
    customerId,
    guarantorId,
    isMadeForIt: false,
    status: 'consented',
    cap: 1_000_000,
    invitedAt: at,
    expiresAt: at,
    consentedAt: at,
  });
  await spread(lease, 6, 1);
  const sum = (amount: number) => ({ amount, currency: 'UGX' });
  expect(await told(lease)).toMatchObject([
    {
      userId: customerId,
      message: { template: 'instalment_raised', before: sum(LINE), instalment: sum(9 * LINE), until: '2026-01-20' },
    },
    { userId: guarantorId, message: { template: 'guaranteed_schedule', cap: sum(1_000_000) } },
  ]);
  await undoneByHim(lease, 7);
  expect(await told(lease)).toMatchObject([{ userId: guarantorId, message: { instalment: sum(LINE) } }]);

  const longer = await paying();
  await database.db.update(guarantees).set({ leaseId: longer.id, customerId: (await rowOf(longer)).customerId });
  await spread(longer, 6, 20);
  expect((await told(longer)).map(({ message }) => message.template)).toEqual(['guaranteed_schedule']);
});

it('whoever answers for a lease is called upon for no more than by the schedule to which he has said yes', async () => {
  const lease = await paying();
  const agreed = (number: number) =>
    lease.act(day(number), async (context) =>
      overdueAsConsented(context, await lockLease(context.tx, lease.id), day(5), on(number)),
    );
  expect(await agreed(16)).toBeNull();
  await spread(lease, 6, 1);
  // One line of 810,000 was due on the 12th, and all that is left is since the 13th.
  expect(await agreed(16)).toBe(LINE);
  await lease.cash(17, 300_000);
  expect(await agreed(18)).toBe(LINE - 300_000);
});
