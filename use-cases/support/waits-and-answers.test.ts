import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { findTicket } from '#db/queries/tickets';
import { notifications, sessions } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { config, deps } from '#test/late-money';
import { said, words, ticketWorld } from '#test/ticket-world';
import { transact, type Context } from '../context.ts';
import { addMessage } from './add-message.ts';
import { escalateOverdue } from './escalate-ticket.ts';
import { hearCustomer } from './hear-customer.ts';
import { untoldOf } from './look-at-ticket.ts';
import { mergeTickets } from './merge-tickets.ts';
import { openTicket } from './open-ticket.ts';
import { resolveTicket, waitForCustomer } from './resolve-ticket.ts';
import { tellOfAnswer } from './tell-of-answer.ts';
import { updateTicket } from './update-ticket.ts';

/** Clocks that stand while the customer is asked, and go on; and what he is told of it. Offices are open from 8 to 12:45 and 14 to 17. */
const world = ticketWorld();
const { person } = world;

/** @param when in Kampala */
const at = (when: string) => new Date(`${when.replace(' ', 'T')}+03:00`);
const act = <T>(actor: Actor, when: Date, work: (context: Context) => Promise<T>) =>
  transact(world.database.db, actor, when, work);
const open = (customerId: string, by: Actor, when: Date, category: 'payment' | 'accident' = 'payment') =>
  act(by, when, (context) =>
    openTicket(context, deps, {
      id: randomUUID(),
      customerId,
      category,
      subject: 'Help',
      message: words('A question'),
    }),
  );
const write = (by: Actor, ticketId: string, when: Date, body?: string) =>
  act(by, when, (context) => addMessage(context, deps, { ...words(body), ticketId }));
const ask = (by: Actor, id: string, when: Date) =>
  act(by, when, (context) => waitForCustomer(context, deps, { id, message: said('Where?') }));
const clock = system('support');
const escalate = (id: string, when: Date) => act(clock, when, (context) => escalateOverdue(context, id));
/** No worker takes what it starts. */
const telling = () => ({
  ...deps,
  db: world.database.db,
  config,
  temporal: new Client({ connection: Connection.lazy({ address: config.TEMPORAL_ADDRESS }) }),
});
const toldTo = async (userId: string) => {
  const rows = await world.database.db.select().from(notifications).where(eq(notifications.userId, userId));
  return rows.map(({ template }) => template);
};

it('a more urgent priority makes nothing due before it was said, and escalates in office hours alone', async () => {
  const [customer, agent] = [await person('customer'), await person('agent')];
  const raise = (id: string, when: Date) =>
    act(agent, when, (context) => updateTicket(context, id, { priority: 'urgent' }));
  const { id } = await open(customer.id, customer, at('2026-11-30 08:00'));
  const morning = at('2026-12-02 08:00');
  const due = { firstAnswerDueAt: morning, resolutionDueAt: morning, escalatesAt: morning };
  expect(await raise(id, at('2026-12-01 23:59'))).toMatchObject(due);
  await escalate(id, at('2026-12-01 23:59:01'));
  expect(await findTicket(world.database.db, id)).toMatchObject({ level: null });
  await escalate(id, morning);
  expect(await findTicket(world.database.db, id)).toMatchObject({ level: 'team_lead' });
  // A Saturday.
  const { id: other } = await open(customer.id, customer, at('2026-12-04 15:00'));
  expect((await raise(other, at('2026-12-05 13:00'))).escalatesAt).toEqual(at('2026-12-07 08:00'));
});

it('what the customer writes and nobody answers escalates within the hours of a first answer', async () => {
  const [customer, agent] = [await person('customer'), await person('agent')];
  const { id } = await open(customer.id, customer, at('2026-11-30 08:00'));
  const answered = at('2026-11-30 09:00');
  await write(agent, id, answered);
  const due = async () => (await findTicket(world.database.db, id))?.escalatesAt;
  // 24 h of work, of 7:45 a day.
  expect(await due()).toEqual(at('2026-12-03 08:45'));
  await act(agent, at('2026-11-30 10:00'), (context) => resolveTicket(context, deps, { id, message: null }));
  // 4 h from ten o'clock on, however often he writes.
  const text = { customerId: customer.id, id: randomUUID(), body: 'I paid 50000 and it is not there' };
  await act(customer, at('2026-12-14 10:00'), (context) => hearCustomer(context, deps, text));
  await write(customer, id, at('2026-12-14 11:00'));
  expect(await due()).toEqual(at('2026-12-14 15:15'));
  // Eight hours instead.
  await act(agent, at('2026-12-14 12:00'), (context) => updateTicket(context, id, { priority: 'normal' }));
  expect(await due()).toEqual(at('2026-12-15 10:15'));
  await escalate(id, at('2026-12-15 10:15'));
  const missed = { level: 'team_lead', escalationReason: 'answer_overdue', firstAnsweredAt: answered };
  expect(await findTicket(world.database.db, id)).toMatchObject(missed);
  // Answered, its resolution is left.
  await write(agent, id, at('2026-12-15 10:30'));
  expect(await due()).toEqual((await findTicket(world.database.db, id))?.resolutionDueAt);
  const into = await open(customer.id, agent, at('2026-12-15 10:30'));
  await write(customer, id, at('2026-12-15 10:30'));
  const merged = await act(agent, at('2026-12-15 11:30'), (context) => mergeTickets(context, { id, intoId: into.id }));
  // High again: of four hours three are left.
  expect(merged.escalatesAt).toEqual(at('2026-12-15 15:45'));
});

it('the hours from team lead to manager stand while the ticket waits for its customer', async () => {
  const [customer, agent] = [await person('customer'), await person('agent')];
  const { id } = await open(customer.id, customer, at('2026-11-30 08:00'), 'accident');
  await write(agent, id, at('2026-11-30 08:30'));
  await escalate(id, at('2026-12-01 08:15'));
  expect(await findTicket(world.database.db, id)).toMatchObject({
    level: 'team_lead',
    escalatesAt: at('2026-12-01 09:15'),
  });
  await ask(agent, id, at('2026-12-01 08:25'));
  await write(customer, id, at('2026-12-03 09:00'));
  expect(await findTicket(world.database.db, id)).toMatchObject({ escalatesAt: at('2026-12-03 09:50') });
  // In another one it has the same hours.
  const into = await open(customer.id, customer, at('2026-12-03 09:10'), 'accident');
  const merged = await act(agent, at('2026-12-03 09:20'), (context) => mergeTickets(context, { id, intoId: into.id }));
  expect(merged).toMatchObject({ level: 'team_lead', escalatesAt: at('2026-12-03 09:50') });
});

it('of two that wait and are merged the customer has as long as he was asked last', async () => {
  const [customer, agent] = [await person('customer'), await person('agent')];
  const into = await open(customer.id, customer, at('2026-11-30 09:00'));
  const from = await open(customer.id, customer, at('2026-11-30 09:00'));
  await ask(agent, into.id, at('2026-11-30 10:00'));
  const { waitRemindsAt, waitEndsAt } = await ask(agent, from.id, at('2026-12-06 10:00'));
  const merged = await act(agent, at('2026-12-06 11:00'), (context) =>
    mergeTickets(context, { id: from.id, intoId: into.id }),
  );
  expect(merged).toMatchObject({ status: 'waiting', waitRemindsAt, waitEndsAt });
});

it('what staff open a ticket with is told to its customer: the words where he may have no app', async () => {
  const agent = await person('agent');
  const when = at('2026-11-30 10:00');
  const opened = async (customerId: string) => {
    const ticket = await open(customerId, agent, when);
    expect(ticket).toMatchObject({ firstAnsweredAt: when, firstAnswerDueAt: null });
    const [untold = ''] = await untoldOf(world.database.db, ticket.id);
    await tellOfAnswer(telling(), { ticketId: ticket.id, messageId: untold, at: when.toISOString() });
    return toldTo(customerId);
  };
  const [byPhone, inApp] = [await person('customer'), await person('customer')];
  await world.database.db
    .insert(sessions)
    .values({ id: uuidv7(), userId: inApp.id, expiresAt: new Date(Date.now() + 86_400_000) });
  expect(await opened(byPhone.id)).toEqual(['answer']);
  expect(await opened(inApp.id)).toEqual(['answered']);
  // He has asked nothing: it has none of the rights of what comes back to who did.
  const isHis = eq(notifications.userId, byPhone.id);
  expect(await world.database.db.select().from(notifications).where(isHis)).toMatchObject([{ answersAt: null }]);
});

it('two answers of a night are told in one', async () => {
  const [customer, agent] = [await person('customer'), await person('agent')];
  const { id } = await open(customer.id, customer, at('2026-11-30 08:00'));
  const first = await write(agent, id, at('2026-11-30 22:00'), 'first');
  await write(agent, id, at('2026-11-30 22:01'), 'second');
  await tellOfAnswer(telling(), { ticketId: id, messageId: first.id, at: at('2026-12-01 07:00').toISOString() });
  expect(await untoldOf(world.database.db, id)).toEqual([]);
  expect(await toldTo(customer.id)).toHaveLength(1);
});

it('an answer that is written while the one before is tried to be told again is told by itself', async () => {
  const [customer, agent] = [await person('customer'), await person('agent')];
  const { id } = await open(customer.id, customer, at('2026-11-30 08:00'));
  const tell = (messageId: string, when: string) =>
    tellOfAnswer(telling(), { ticketId: id, messageId, at: at(when).toISOString() });
  const first = await write(agent, id, at('2026-11-30 08:10'), 'first');
  await tell(first.id, '2026-11-30 08:11');
  const second = await write(agent, id, at('2026-11-30 08:12'), 'second');
  // Temporal did not answer in time, and the activity runs again.
  await tell(first.id, '2026-11-30 08:13');
  expect(await untoldOf(world.database.db, id)).toEqual([second.id]);
  await tell(second.id, '2026-11-30 08:14');
  expect(await untoldOf(world.database.db, id)).toEqual([]);
  expect(await toldTo(customer.id)).toHaveLength(2);
});
