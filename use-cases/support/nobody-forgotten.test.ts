import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { findTicket, messagesOf } from '#db/queries/tickets';
import { ticketMessages, tickets } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { MOST_MESSAGES } from '#domain/support/ticket';
import { bookLease } from '#test/lease-books';
import { config, deps } from '#test/late-money';
import { said, ticketWorld, words } from '#test/ticket-world';
import { transact, type Context } from '../context.ts';
import { escalateTicket } from './escalate-ticket.ts';
import { takeOccasion } from './events-for-tickets.ts';
import { hearCustomer } from './hear-customer.ts';
import { openTicket } from './open-ticket.ts';
import { reopenTicket, resolveTicket, waitForCustomer } from './resolve-ticket.ts';

/** What must not let a ticket stand, or somebody unheard, for ever. */
const world = ticketWorld();
const { person } = world;

/** A Monday, in office hours. */
const at = new Date('2026-11-30T09:00:00Z');
const act = <T>(actor: Actor, work: (context: Context) => Promise<T>) => transact(world.database.db, actor, at, work);
const open = (customer: Actor) =>
  act(customer, (context) => {
    const message = words();
    const order = { id: randomUUID(), customerId: customer.id, category: 'payment', subject: 'Help' } as const;
    return openTicket(context, deps, { ...order, message });
  });
/** Notes until there is place for none. */
async function fill(ticketId: string): Promise<void> {
  const has = (await messagesOf(world.database.db, ticketId, true)).length;
  const note = { ticketId, author: { role: 'agent' as const, id: randomUUID() }, internal: true, createdAt: at };
  const notes = Array.from({ length: MOST_MESSAGES - has }, () => ({
    id: uuidv7(),
    bodyEncrypted: deps.encryption.encrypt('A note'),
    ...note,
  }));
  await world.database.db.insert(ticketMessages).values(notes);
}
/** What the customer reads, oldest first. */
const wordsOf = async (ticketId: string) =>
  (await messagesOf(world.database.db, ticketId, false)).map((one) => deps.encryption.decrypt(one.bodyEncrypted));
const crashes = async (leaseId: string) => {
  const data = { id: randomUUID(), type: 'crash', severity: 'critical', occurredAt: at.toISOString() };
  const event = { id: randomUUID(), type: 'telematics.risk.detected', leaseId, data, time: at } as const;
  await takeOccasion({ ...deps, db: world.database.db }, event);
};
const ofLease = (leaseId: string) =>
  world.database.db.select().from(tickets).where(eq(tickets.leaseId, leaseId)).orderBy(tickets.createdAt);
const wait = (agent: Actor, id: string, message: ReturnType<typeof said> | null = null) =>
  act(agent, (context) => waitForCustomer(context, deps, { id, message }));

it('what happens, or is said, while a ticket is full opens another one', async () => {
  const lease = await bookLease(world.database, config);
  await crashes(lease.id);
  const [first] = await ofLease(lease.id);
  await fill(first?.id ?? '');
  await crashes(lease.id);
  await crashes(lease.id);
  const all = await ofLease(lease.id);
  expect(all).toHaveLength(2);
  expect(await messagesOf(world.database.db, all[1]?.id ?? '', true)).toHaveLength(2);

  const customer = await person('customer');
  const { id } = await open(customer);
  await fill(id);
  const text = { customerId: customer.id, id: randomUUID(), body: 'Help!' };
  for (const _ of [1, 2]) await act(customer, (context) => hearCustomer(context, deps, text));
  expect(await messagesOf(world.database.db, text.id, false)).toHaveLength(1);
  // Who works on it may still end it, and say so.
  const done = { id, message: said('See the other one') };
  expect((await act(await person('agent'), (context) => resolveTicket(context, deps, done))).status).toBe('resolved');
});

it('what happens while a ticket waits for the customer is ours to look after at once', async () => {
  const lease = await bookLease(world.database, config);
  const agent = await person('agent');
  await crashes(lease.id);
  const [ticket] = await ofLease(lease.id);
  const id = ticket?.id ?? '';
  expect((await wait(agent, id, said('Are you well?'))).escalatesAt).toBeNull();
  await world.database.db.update(tickets).set({ priority: 'low' }).where(eq(tickets.id, id));
  await crashes(lease.id);
  const now = await findTicket(world.database.db, id);
  expect(now).toMatchObject({ status: 'open', priority: 'urgent', escalatesAt: expect.any(Date) });
});

it('a ticket waits only for a customer who was asked something, and is done only once he was answered', async () => {
  const lease = await bookLease(world.database, config);
  const [customer, agent] = [await person('customer'), await person('agent')];
  await crashes(lease.id);
  const [hidden] = await ofLease(lease.id);
  const { id } = await open(customer);
  const refused = { code: 'unprocessable', errors: [{ path: 'message' }] };
  await expect(wait(agent, hidden?.id ?? '')).rejects.toMatchObject(refused);
  const resolve = (ticketId: string, message: ReturnType<typeof said> | null) =>
    act(agent, (context) => resolveTicket(context, deps, { id: ticketId, message }));
  // What staff leave unsaid the house says, once.
  expect(await wait(agent, id)).toMatchObject({ status: 'waiting', firstAnsweredAt: expect.any(Date) });
  expect(await wordsOf(id)).toContainEqual(expect.stringContaining('We need something'));
  expect((await resolve(id, null)).status).toBe('resolved');
  expect(await wordsOf(id)).toHaveLength(2);
  const { id: unanswered } = await open(customer);
  expect((await resolve(unanswered, null)).firstAnsweredAt).toEqual(expect.any(Date));
  expect(await wordsOf(unanswered)).toContainEqual(expect.stringContaining('We have dealt with this'));
  // What its customer does not see he need not be told of.
  expect((await resolve(hidden?.id ?? '', null)).status).toBe('resolved');
});

it('what a manager had, and is reopened, goes to somebody again when it is overdue', async () => {
  const [customer, agent] = [await person('customer'), await person('agent')];
  const { id } = await open(customer);
  for (const _ of [1, 2]) await act(agent, (context) => escalateTicket(context, deps, { id, note: null }));
  await act(agent, (context) => resolveTicket(context, deps, { id, message: said('Done') }));
  const again = await act(customer, (context) => reopenTicket(context, deps, { id, message: null }));
  expect(again).toMatchObject({ level: null, escalationReason: null, escalatesAt: expect.any(Date) });
});
