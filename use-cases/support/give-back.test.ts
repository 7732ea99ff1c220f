import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findTicket, listTickets, type TicketRow } from '#db/queries/tickets';
import { isStopped } from '#db/queries/texts';
import { outbox, suppressions, tickets, users } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import type { Desk } from '#domain/support/ticket';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { deps } from '#test/late-money';
import { eventually } from '#dev/client';
import { transact, type Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { lockFloat } from '../payments/cash/check-float.ts';
import type { UserChanges } from '../identity/update-user.ts';
import { claimTicket } from './assign-ticket.ts';
import { changeUser } from './change-user.ts';
import { openTicket } from './open-ticket.ts';
import { reopenTicket, resolveTicket, waitForCustomer } from './resolve-ticket.ts';

/** What becomes of the tickets of somebody who works on none any more. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
// Of those before nobody has a desk.
beforeEach(() => database.db.update(users).set({ desk: null }));

const at = new Date('2026-11-30T07:00:00Z');
const admin = { role: 'admin', id: randomUUID() } as const;
const act = <T>(actor: Actor, work: (context: Context) => Promise<T>) => transact(database.db, actor, at, work);

async function newAgent(desk: Partial<Desk> = {}) {
  const id = uuidv7();
  const seat = { markets: ['UG', 'KE'], branchId: null, skills: [], level: 'agent', ...desk } as const;
  await database.db.insert(users).values({ id, role: 'agent', name: 'Agent', email: `${id}@example.com`, desk: seat });
  return { role: 'agent', id } as const;
}
async function open(market: 'UG' | 'KE' = 'UG', category: 'payment' | 'account' = 'payment'): Promise<TicketRow> {
  const id = uuidv7();
  await database.db.insert(users).values({ id, role: 'customer', name: 'Test Person', market, phoneHash: id });
  const order = { id: randomUUID(), customerId: id, category, subject: 'Help', message: message() } as const;
  return act({ role: 'customer', id }, (context) => openTicket(context, deps, order));
}
const change = (id: string, changes: UserChanges) =>
  act(admin, (context) => changeUser(context, deps.encryption, id, changes));
const assigneeOf = async ({ id }: TicketRow) => (await findTicket(database.db, id))?.assigneeId;
const message = () => ({ id: randomUUID(), body: 'Some words', internal: false, attachments: [] });
const waits = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
/** Opens another ticket of a customer while somebody is disabled, who waits for it. @param opensFirst before he is */
async function openWhile(goneId: string, customerId: string, opensFirst: boolean): Promise<TicketRow> {
  const order = { id: randomUUID(), customerId, category: 'payment', subject: 'Help' } as const;
  let disabled: Promise<unknown> = Promise.resolve();
  const ticket = await act({ role: 'customer', id: customerId }, async (context) => {
    await lockUser(context, customerId);
    const opens = () => openTicket(context, deps, { ...order, message: message() });
    if (opensFirst) await opens();
    disabled = change(goneId, { disabled: true });
    await eventually('he waits', async () => (await database.db.execute(waits)).length > 0 || undefined);
    return opens();
  });
  await disabled;
  return ticket;
}
const said = () => ({ id: randomUUID(), body: 'Some words' });

it.each([
  ['is disabled', { disabled: true }],
  ['has no desk any more', { desk: null }],
] as const)(
  'what somebody has who %s goes to the next by skill and load, or waits to be claimed',
  async (_, changes) => {
    const gone = await newAgent();
    const [one, other, waiting, done] = [await open(), await open('UG', 'account'), await open(), await open()];
    await act(gone, (context) => waitForCustomer(context, deps, { id: waiting.id, message: said() }));
    await act(gone, (context) => resolveTicket(context, deps, { id: done.id, message: said() }));
    const elsewhere = await open('KE');
    expect([one, other, waiting, done, elsewhere].map(({ assigneeId }) => assigneeId)).toEqual(Array(5).fill(gone.id));
    const [skilled, next] = [
      await newAgent({ markets: ['UG'], skills: ['account'] }),
      await newAgent({ markets: ['UG'] }),
    ];
    await database.db.update(tickets).set({ assigneeId: skilled.id }).where(eq(tickets.id, done.id));

    await change(gone.id, changes);
    expect(await assigneeOf(other)).toBe(skilled.id);
    expect([await assigneeOf(one), await assigneeOf(waiting)].toSorted()).not.toContain(gone.id);
    expect([skilled.id, next.id]).toContain(await assigneeOf(one));
    expect(await findTicket(database.db, waiting.id)).toMatchObject({
      status: 'waiting',
      waitEndsAt: expect.any(Date),
    });
    const free = await listTickets(database.db, { unassigned: true, market: 'KE' }, { limit: 10 });
    expect(free.map(({ id }) => id)).toContain(elsewhere.id);
    expect((await act(next, (context) => claimTicket(context, elsewhere.id))).assigneeId).toBe(next.id);
    const told = await database.db.select().from(outbox).where(eq(outbox.subject, other.customerId));
    expect(told.map(({ data }) => data['change'])).toEqual([undefined, 'assigned']);
  },
);

it('what is opened while its assignee is disabled goes to the next, or stands with what nobody has', async () => {
  const gone = await newAgent({ skills: ['payment'] });
  const [{ customerId }, { customerId: other }] = [await open(), await open('KE')];
  const next = await newAgent({ markets: ['UG'] });
  expect(await assigneeOf(await openWhile(gone.id, customerId, false))).toBe(next.id);

  const late = await newAgent({ markets: ['KE'] });
  const ticket = await openWhile(late.id, other, true);
  expect(ticket.assigneeId).toBe(late.id);
  const free = await listTickets(database.db, { unassigned: true, market: 'KE' }, { limit: 10 });
  expect(free.map(({ id }) => id)).toContain(ticket.id);
});

it('of two who are disabled at once each gives back what he has, and what he was given of the other', async () => {
  const [one, other] = [await newAgent({ markets: ['UG'] }), await newAgent({ markets: ['UG'] })];
  const theirs = [await open(), await open()] as const;
  expect(theirs.map(({ assigneeId }) => assigneeId).toSorted()).toEqual([one.id, other.id].toSorted());
  let disabled: Promise<unknown> = Promise.resolve();
  // Both come as far as they can, each with the row of whom he disables.
  await act(admin, async (context) => {
    for (const { id } of [one, other]) await lockFloat(context, id);
    disabled = Promise.all([one, other].map(({ id }) => change(id, { disabled: true })));
    await eventually('both wait', async () => (await database.db.execute(waits)).length >= 2 || undefined);
  });
  await disabled;
  expect([await assigneeOf(theirs[0]), await assigneeOf(theirs[1])]).toEqual([null, null]);
});

it('what somebody keeps a desk for stays his', async () => {
  const agent = await newAgent();
  const [here, there] = [await open('UG'), await open('KE')];
  await change(agent.id, { desk: { markets: ['UG'], branchId: null, skills: [], level: 'agent' } });
  expect([await assigneeOf(here), await assigneeOf(there)]).toEqual([agent.id, null]);
  await change(agent.id, { role: 'admin', name: 'Boss' });
  expect(await assigneeOf(here)).toBe(agent.id);
});

it('what is opened again of somebody who has no desk any more in its market goes to the next', async () => {
  const agent = await newAgent();
  const done = await open('KE');
  await act(agent, (context) => resolveTicket(context, deps, { id: done.id, message: said() }));
  await change(agent.id, { desk: { markets: ['UG'], branchId: null, skills: [], level: 'agent' } });
  const next = await newAgent({ markets: ['KE'] });
  await act({ role: 'customer', id: done.customerId }, (context) =>
    reopenTicket(context, deps, { id: done.id, message: said() }),
  );
  expect(await assigneeOf(done)).toBe(next.id);
});

it('what was escalated to him goes to another one of the level', async () => {
  const [lead, other] = [await newAgent({ level: 'team_lead' }), await newAgent({ level: 'team_lead' })];
  const ticket = await open();
  await database.db
    .update(tickets)
    .set({ level: 'team_lead', escalatedToId: lead.id, escalatedAt: at })
    .where(eq(tickets.id, ticket.id));
  await change(lead.id, { disabled: true });
  expect(await findTicket(database.db, ticket.id)).toMatchObject({ level: 'team_lead', escalatedToId: other.id });
});

it('what was resolved and is opened again is not given to somebody who is gone, and can be claimed', async () => {
  const gone = await newAgent();
  const ticket = await open();
  const { id, customerId } = ticket;
  await act(gone, (context) => resolveTicket(context, deps, { id, message: said() }));
  await change(gone.id, { disabled: true });
  const next = await newAgent();
  const reopened = await act({ role: 'customer', id: customerId }, (context) =>
    reopenTicket(context, deps, { id, message: said() }),
  );
  expect(reopened.assigneeId).toBe(next.id);
  // As where he got it in the moment in which he was disabled.
  await database.db.update(tickets).set({ assigneeId: gone.id }).where(eq(tickets.id, id));
  expect((await act(next, (context) => claimTicket(context, id))).assigneeId).toBe(next.id);
});

it('whoever gets another number wants texts there as on the one before', async () => {
  const phones = ['+256772300001', '+256772300002', '+256772300003'] as const;
  const hashOf = (phone: string) => deps.encryption.hash('phone', phone);
  const stop = (phone: string) => database.db.insert(suppressions).values({ phoneHash: hashOf(phone), since: at });
  const id = uuidv7();
  const who = {
    role: 'customer',
    name: 'Test Person',
    market: 'UG',
    createdAt: new Date('2025-01-05T09:00:00Z'),
  } as const;
  await database.db.insert(users).values({ id, ...who, phoneHash: hashOf(phones[0]) });
  // What was said by the number before it was his is another's.
  await stop(phones[1]);
  await change(id, { phone: phones[1] });
  expect(await isStopped(database.db, id)).toBe(false);
  await stop(phones[1]);
  await change(id, { phone: phones[2] });
  expect(await isStopped(database.db, id)).toBe(true);
});
