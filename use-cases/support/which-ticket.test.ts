import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { findTicket, messagesOf } from '#db/queries/tickets';
import { ticketMessages, tickets } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { deps } from '#test/late-money';
import { said, ticketWorld, words } from '#test/ticket-world';
import { transact, type Context } from '../context.ts';
import { addMessage } from './add-message.ts';
import { hearCustomer } from './hear-customer.ts';
import { hearShort } from './hear-short.ts';
import { openTicket } from './open-ticket.ts';
import { rateTicket } from './rate-ticket.ts';
import { resolveTicket, waitForCustomer } from './resolve-ticket.ts';

/** In which ticket goes on what a customer writes at his phone, which names none. */
const world = ticketWorld();
const { person } = world;

/** A Monday, in office hours; each thing a minute later than the one before. */
let now = Date.parse('2026-11-30T07:00:00Z');
const act = <T>(actor: Actor, work: (context: Context) => Promise<T>) =>
  transact(world.database.db, actor, new Date((now += 60_000)), work);
const later = (days: number) => {
  now += days * 86_400_000;
};

const people = async () => ({ customer: await person('customer'), agent: await person('agent') });
type People = Awaited<ReturnType<typeof people>>;

async function open({ customer, agent }: People, by: 'customer' | 'agent', category: 'documents' | 'breakdown') {
  const actor = by === 'customer' ? customer : agent;
  const message = { ...words(), tells: by === 'agent' };
  const order = { id: randomUUID(), customerId: customer.id, category, subject: 'Help', message } as const;
  const { id } = await act(actor, (context) => openTicket(context, deps, order));
  if (by === 'agent') await told(id);
  return id;
}
/** Its workflow has texted the customer what was answered. */
const told = (ticketId: string) =>
  world.database.db
    .update(ticketMessages)
    .set({ toldAt: new Date(now) })
    .where(eq(ticketMessages.ticketId, ticketId));
async function wait({ agent }: People, id: string) {
  await act(agent, (context) => waitForCustomer(context, deps, { id, message: said('Does the lamp burn?') }));
  await told(id);
}
async function answer({ agent }: People, ticketId: string) {
  const message = { ...words(), ticketId };
  await act(agent, (context) => addMessage(context, deps, message));
  await told(ticketId);
}
const resolve = ({ agent }: People, id: string) =>
  act(agent, (context) => resolveTicket(context, deps, { id, message: said('Done') }));
async function writes({ customer }: People, body: string, id: string = randomUUID()) {
  await act(customer, (context) => hearCustomer(context, deps, { customerId: customer.id, id, body }));
  return ticketOf(id);
}
async function ticketOf(messageId: string) {
  const [message] = await world.database.db.select().from(ticketMessages).where(eq(ticketMessages.id, messageId));
  return message?.ticketId;
}

it('goes on in the one that has texted him last, though another waits for him since days', async () => {
  const all = await people();
  const asks = await open(all, 'customer', 'breakdown');
  const other = await open(all, 'agent', 'documents');
  await wait(all, asks);
  later(6);
  await answer(all, other);
  expect(await writes(all, 'Yes, I bring it tomorrow')).toBe(other);
  expect(await findTicket(world.database.db, asks)).toMatchObject({ status: 'waiting' });
});

it('goes on in the one that waits for him, however many are newer', async () => {
  const all = await people();
  const asks = await open(all, 'customer', 'breakdown');
  await open(all, 'agent', 'documents');
  await wait(all, asks);
  expect(await writes(all, 'Yes it burns but there is no sound')).toBe(asks);
  expect(await findTicket(world.database.db, asks)).toMatchObject({ status: 'open', waitEndsAt: null });
});

it('goes on, of two that wait, in the one that has texted him last', async () => {
  const all = await people();
  const first = await open(all, 'customer', 'breakdown');
  const second = await open(all, 'agent', 'documents');
  await wait(all, second);
  await wait(all, first);
  expect([await writes(all, 'Yes'), await writes(all, 'I bring it tomorrow')]).toEqual([first, second]);
});

it('goes on, where none waits, in the one that has texted him last, else in the newest', async () => {
  const all = await people();
  const first = await open(all, 'customer', 'breakdown');
  const second = await open(all, 'customer', 'documents');
  expect(await writes(all, 'Hello?')).toBe(second);
  await answer(all, first);
  expect(await writes(all, 'Thank you, I am at the stage')).toBe(first);
  const third = await open(all, 'customer', 'documents');
  expect(await writes(all, 'It is the blue one')).toBe(third);
});

it.each(['digit', 'thanks'] as const)('is a %s for the one that asked for it', async (as) => {
  const all = await people();
  const { customer } = all;
  const asks = await open(all, 'customer', 'breakdown');
  await open(all, 'agent', 'documents');
  await wait(all, asks);
  const message = { customerId: customer.id, id: randomUUID(), as, body: as === 'digit' ? '3' : 'Okay' };
  expect(await act(customer, (context) => hearShort(context, deps, message))).toBe(as === 'digit' ? 'answer' : 'write');
  expect(await ticketOf(message.id)).toBe(asks);
});

it('opens again what was resolved last, with its clock and whoever has it, also when it comes twice', async () => {
  const all = await people();
  const { customer, agent } = all;
  const [before, last] = [await open(all, 'customer', 'documents'), await open(all, 'customer', 'breakdown')];
  await world.database.db.update(tickets).set({ assigneeId: agent.id }).where(eq(tickets.id, last));
  await resolve(all, before);
  const { usedMs } = await resolve(all, last);
  await act(customer, (context) => rateTicket(context, { id: last, rating: 5 }));
  later(29);
  const id = randomUUID();
  for (const _ of [1, 2]) expect(await writes(all, 'It is still broken, I cannot ride', id)).toBe(last);
  const again = { status: 'open', assigneeId: agent.id, usedMs, rating: null, priority: 'high' };
  expect(await findTicket(world.database.db, last)).toMatchObject(again);
  await resolve(all, last);
  await writes(all, 'It is still broken, I cannot ride', id);
  expect(await findTicket(world.database.db, last)).toMatchObject({ status: 'resolved' });
  expect(await messagesOf(world.database.db, last, false)).toHaveLength(4);
});

it('opens another one when what was resolved is of too long ago, or when it tells of an accident', async () => {
  const all = await people();
  const old = await open(all, 'customer', 'documents');
  await resolve(all, old);
  const accident = await writes(all, 'I had an accident');
  expect(await findTicket(world.database.db, accident ?? '')).toMatchObject({
    category: 'accident',
    priority: 'urgent',
  });
  await resolve(all, accident ?? '');
  const second = await writes(all, 'Another accident, I am hurt');
  expect([old, accident]).not.toContain(second);
  await resolve(all, second ?? '');
  later(31);
  const fresh = await writes(all, 'Another thing');
  expect([old, accident, second]).not.toContain(fresh);
});

it('makes a ticket in hand urgent when it tells of a theft', async () => {
  const all = await people();
  const asks = await open(all, 'customer', 'documents');
  expect(await writes(all, 'My bike was stolen last night')).toBe(asks);
  expect(await findTicket(world.database.db, asks)).toMatchObject({
    category: 'theft',
    priority: 'urgent',
    status: 'open',
  });
});

it('is said once where it comes twice: a digit that was an answer rates nothing', async () => {
  const all = await people();
  const { customer } = all;
  const done = await open(all, 'customer', 'documents');
  await resolve(all, done);
  const asks = await open(all, 'customer', 'breakdown');
  await wait(all, asks);
  const message = { customerId: customer.id, id: randomUUID(), as: 'digit', body: '2' } as const;
  for (const does of ['answer', 'write'])
    expect(await act(customer, (context) => hearShort(context, deps, message))).toBe(does);
  expect(await findTicket(world.database.db, done)).toMatchObject({ rating: null });
});

const digit = async ({ customer }: People, body: string) => {
  const id = randomUUID();
  const does = await act(customer, (context) =>
    hearShort(context, deps, { customerId: customer.id, id, as: 'digit', body }),
  );
  return { does, ticketId: await ticketOf(id) };
};

it('answers by a digit what was asked last, and rates nothing else by it', async () => {
  const all = await people();
  const [done, asks, tells] = [
    await open(all, 'customer', 'documents'),
    await open(all, 'customer', 'breakdown'),
    await open(all, 'customer', 'documents'),
  ];
  await resolve(all, done);
  await told(done);
  await wait(all, asks);
  // What has texted him last asks nothing.
  await answer(all, tells);
  expect(await digit(all, '2')).toEqual({ does: 'answer', ticketId: asks });
  expect(await findTicket(world.database.db, asks)).toMatchObject({ status: 'open', waitEndsAt: null });
  expect(await findTicket(world.database.db, done)).toMatchObject({ status: 'resolved', rating: null });
});

it('says by a digit how content he is, where that was asked last, though another waits for him since days', async () => {
  const all = await people();
  const [asks, done] = [await open(all, 'customer', 'breakdown'), await open(all, 'customer', 'documents')];
  await wait(all, asks);
  later(2);
  await resolve(all, done);
  await told(done);
  expect(await digit(all, '4')).toEqual({ does: 'rate', ticketId: undefined });
  expect(await findTicket(world.database.db, done)).toMatchObject({ rating: 4 });
  expect(await findTicket(world.database.db, asks)).toMatchObject({ status: 'waiting' });
  // What is asked since then is that.
  expect(await digit(all, '3')).toEqual({ does: 'answer', ticketId: asks });
});

it('opens again by a digit what was closed since he had not answered, and rates it not', async () => {
  const all = await people();
  const asks = await open(all, 'customer', 'breakdown');
  await wait(all, asks);
  later(8);
  await world.database.db
    .update(tickets)
    .set({ status: 'resolved', isUnanswered: true, resolvedAt: new Date(now), waitRemindsAt: null, waitEndsAt: null })
    .where(eq(tickets.id, asks));
  expect(await digit(all, '1')).toEqual({ does: 'answer', ticketId: asks });
  expect(await findTicket(world.database.db, asks)).toMatchObject({ status: 'open', rating: null });
});

it.each(['digit', 'thanks'] as const)('a %s that nobody asked for waits for no answer', async (as) => {
  const all = await people();
  const id = await open(all, 'customer', 'documents');
  await answer(all, id);
  const before = await findTicket(world.database.db, id);
  const message = { customerId: all.customer.id, id: randomUUID(), as, body: as === 'digit' ? '5' : 'Thank you' };
  expect(await act(all.customer, (context) => hearShort(context, deps, message))).toBe('write');
  const { escalatesAt, firstAnsweredAt } = before ?? {};
  expect(await findTicket(world.database.db, id)).toMatchObject({
    escalatesAt,
    firstAnsweredAt,
    unansweredUsedMs: null,
  });
  await writes(all, 'And what of the other paper?');
  expect((await findTicket(world.database.db, id))?.escalatesAt?.getTime()).toBeLessThan(escalatesAt?.getTime() ?? 0);
});
