import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { casesOfTickets } from '#db/queries/ticket-cases';
import { methods, notifications, tickets, users } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { at, deliveryWorld, HOUR, later, MINUTE, type Told } from '#test/delivery-world';
import { config } from '#test/late-money';
import { openCase } from '../cases/open-case.ts';
import { transact, type Context } from '../context.ts';
import { changeCustomer } from '../leases/change-customer.ts';
import { lockLease } from '../leases/lease-record.ts';
import { addMessage } from './add-message.ts';
import { takeOccasion } from './events-for-tickets.ts';
import { openTicket } from './open-ticket.ts';
import { tellCustomer } from './tell-customer.ts';
import { tellOfAnswer } from './tell-of-answer.ts';

/** What is of who had a lease before, and what is of who has it now. */
const world = deliveryWorld();
const [before, madeOver, after] = [at(9), at(10), at(11)];
const act = <T>(actor: Actor, when: Date, work: (context: Context) => Promise<T>) =>
  transact(world.database.db, actor, when, work);
/** No worker takes its workflow: what is told is on record. */
const telling = () => ({
  db: world.database.db,
  encryption: world.deps.encryption,
  config,
  temporal: new Client({ connection: Connection.lazy({ address: config.TEMPORAL_ADDRESS }) }),
});
const words = (body: string) => ({ id: randomUUID(), body, internal: false, attachments: [] });

async function successor({ leaseId }: Told): Promise<string> {
  const [customerId, paymentMethodId] = [uuidv7(), uuidv7()];
  const { db } = world.database;
  await db
    .insert(users)
    .values({ id: customerId, role: 'customer', name: 'Okello', market: 'UG', phoneHash: customerId });
  const account = { provider: 'mtn', phoneEncrypted: 'x', phoneHash: paymentMethodId, masked: '+256*' } as const;
  await db.insert(methods).values({ id: paymentMethodId, userId: customerId, ...account });
  const signed = { customerId, paymentMethodId, signedName: 'Okello', signedAt: madeOver };
  await act(system('test'), madeOver, async (context) =>
    changeCustomer(context, await lockLease(context.tx, leaseId), signed),
  );
  return customerId;
}
const crashes = (leaseId: string, time: Date) => {
  const data = { id: randomUUID(), type: 'crash', severity: 'critical', occurredAt: time.toISOString() };
  const event = { id: randomUUID(), type: 'telematics.risk.detected', leaseId, data, time } as const;
  return takeOccasion({ encryption: world.deps.encryption, db: world.database.db }, event);
};
const isLate = (leaseId: string, time: Date) => {
  const event = { id: randomUUID(), type: 'payment.overdue', leaseId, data: { daysPastDue: 30 }, time } as const;
  return takeOccasion({ encryption: world.deps.encryption, db: world.database.db }, event);
};
const ticketsOf = (leaseId: string) =>
  world.database.db
    .select({ id: tickets.id, customerId: tickets.customerId, category: tickets.category })
    .from(tickets)
    .where(eq(tickets.leaseId, leaseId))
    .orderBy(tickets.createdAt);

it('what happens to a lease is a ticket of who had it then', async () => {
  const former = await world.customer();
  await crashes(former.leaseId, before);
  const owner = await successor(former);
  await crashes(former.leaseId, after);
  // It happened before, and is read only now.
  await crashes(former.leaseId, before);
  const opened = await ticketsOf(former.leaseId);
  expect(opened.map(({ customerId }) => customerId)).toEqual([former.id, owner]);
  // As is one that is opened only now.
  await isLate(former.leaseId, before);
  expect((await ticketsOf(former.leaseId)).at(-1)).toMatchObject({ customerId: former.id, category: 'arrears' });
});

it('a case of who has a lease now goes with no ticket of who had it before', async () => {
  const former = await world.customer();
  await isLate(former.leaseId, before);
  await successor(former);
  const order = { kind: 'visit_customer', leaseId: former.leaseId, paymentId: null, detail: {} } as const;
  await act(system('test'), after, (context) => openCase(context, order));
  await isLate(former.leaseId, after);
  const [his, hers] = (await ticketsOf(former.leaseId)).map(({ id }) => id);
  const linked = await casesOfTickets(world.database.db, [his ?? '', hers ?? '']);
  expect([...linked.keys()]).toEqual([hers]);
});

it('who had a lease before hears that his ticket about it was answered', async () => {
  const former = await world.customer();
  const customer: Actor = { role: 'customer', id: former.id };
  const { encryption } = world.deps;
  const about = { category: 'payment', subject: 'My money', leaseId: former.leaseId } as const;
  const order = { id: randomUUID(), customerId: former.id, message: words('Where is it?'), ...about };
  const ticket = await act(customer, before, (context) => openTicket(context, { encryption }, order));
  await successor(former);
  const answer = await act({ role: 'agent', id: uuidv7() }, after, (context) =>
    addMessage(context, { encryption }, { ...words('It is on its way'), ticketId: ticket.id }),
  );
  const when = later(after, MINUTE).toISOString();
  await tellOfAnswer(telling(), { ticketId: ticket.id, messageId: answer.id, at: when });
  const [row] = await world.database.db.select().from(notifications).where(eq(notifications.userId, former.id));
  await world.database.db.update(notifications).set({ createdAt: after }).where(eq(notifications.userId, former.id));
  expect(await world.run(row?.id ?? '', later(after, MINUTE))).toMatchObject({ state: 'delivered', by: 'sms' });
});

it('what a lease told before it was made over is not told to who has it now', async () => {
  const former = await world.customer();
  const owner = await successor(former);
  const { leaseId } = former;
  const message = { template: 'late_fee', fee: { amount: 500, currency: 'UGX' }, reference: 'AB12' } as const;
  const tell = (key: string, when: Date) => tellCustomer(telling(), { key, leaseId, at: when.toISOString(), message });
  await tell(`${leaseId}:late-fee:1`, before);
  await tell(`${leaseId}:late-fee:2`, later(after, HOUR));
  const rows = await world.database.db.select().from(notifications).where(eq(notifications.leaseId, leaseId));
  const told = rows.map(({ key, userId }) => [key.slice(leaseId.length), userId]).toSorted();
  expect(told).toEqual([
    [':late-fee:1', former.id],
    [':late-fee:2', owner],
  ]);
});

it('a prompt that was declined is told to each who had the lease on that day, once', async () => {
  const former = await world.customer();
  const owner = await successor(former);
  const { leaseId } = former;
  const key = `lease-${leaseId}:prompt_declined:2026-01-12`;
  const message = { template: 'prompt_declined', reference: 'AB12' } as const;
  for (const when of [before, before, after, after])
    await tellCustomer(telling(), { key, leaseId, at: when.toISOString(), message });
  const rows = await world.database.db.select().from(notifications).where(eq(notifications.leaseId, leaseId));
  expect(rows.map(({ userId }) => userId).toSorted()).toEqual([former.id, owner].toSorted());
  expect(rows.find(({ userId }) => userId === former.id)?.key).toBe(key);
});
