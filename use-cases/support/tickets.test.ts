import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { Temporal } from 'temporal-polyfill';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listCases } from '#db/queries/cases';
import { casesOfTickets } from '#db/queries/ticket-cases';
import { findTicket, messagesOf, type TicketRow } from '#db/queries/tickets';
import { audit, leases, outbox, ticketAttachments, ticketMessages, tickets, users } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import type { CaseKind } from '#domain/cases';
import type { EventType } from '#domain/events/catalogue';
import { system, type Actor, type Role } from '#domain/identity/roles';
import { marketRules, type Market } from '#domain/markets';
import type { Desk } from '#domain/support/ticket';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { eventFault } from '#test/events-conform';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { config, deps } from '#test/late-money';
import { enterHoliday } from '../calendars/enter-holiday.ts';
import { closeCase } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import { transact, type Context } from '../context.ts';
import { eraseUser } from '../identity/erase-user.ts';
import { exportUser } from '../identity/export-user.ts';
import { addMessage } from './add-message.ts';
import { assignTicket, claimTicket } from './assign-ticket.ts';
import { storeAttachment } from './attachments.ts';
import { escalateOverdue, escalateTicket } from './escalate-ticket.ts';
import { takeOccasion } from './events-for-tickets.ts';
import { mergeTickets } from './merge-tickets.ts';
import { openTicket, type TicketOrder } from './open-ticket.ts';
import { rateTicket } from './rate-ticket.ts';
import { reopenTicket, resolveTicket, waitForCustomer } from './resolve-ticket.ts';
import { doOnce } from './ticket-record.ts';
import { updateTicket } from './update-ticket.ts';

const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Local time in Kenya, the first week of December 2026: 30 November is a Monday, offices work 8–13 and 14–17. */
const at = (local: string, market: Market = 'KE') =>
  new Date(Temporal.PlainDateTime.from(local).toZonedDateTime(marketRules(market).timeZone).epochMilliseconds);
const local = (instant: Date | null) =>
  instant === null
    ? null
    : Temporal.Instant.fromEpochMilliseconds(instant.getTime())
        .toZonedDateTimeISO('Africa/Nairobi')
        .toPlainDateTime()
        .toString({ smallestUnit: 'minute' });
const days = ({
  firstAnswerDueAt,
  resolutionDueAt,
}: {
  firstAnswerDueAt: Date | null;
  resolutionDueAt: Date | null;
}) => [local(firstAnswerDueAt), local(resolutionDueAt)];

type Person = Extract<Actor, { readonly role: Role }>;

async function newCustomer(market: Market = 'KE'): Promise<Person> {
  const id = uuidv7();
  await database.db.insert(users).values({ id, role: 'customer', name: 'Test Person', market, phoneHash: id });
  return { role: 'customer', id };
}

async function newAgent(desk: Partial<Desk> | null = null): Promise<Person> {
  const id = uuidv7();
  const seat =
    desk === null ? null : ({ markets: ['RW'], branchId: null, skills: [], level: 'agent', ...desk } as const);
  await database.db.insert(users).values({ id, role: 'agent', name: 'Agent', email: `${id}@example.com`, desk: seat });
  return { role: 'agent', id };
}

const act = <T>(actor: Actor, when: string | Date, work: (context: Context) => Promise<T>) =>
  transact(database.db, actor, typeof when === 'string' ? at(when) : when, work);

function open(customer: Actor, when: string, more: Partial<TicketOrder> = {}, actor = customer) {
  const message = { id: randomUUID(), body: 'Please help', internal: false, attachments: [] };
  const order = {
    id: randomUUID(),
    customerId: customer.id,
    category: 'payment',
    subject: 'Paid twice',
    message,
  } as const;
  return act(actor, when, (context) => openTicket(context, deps, { ...order, ...more }));
}

const write = (
  actor: Actor,
  ticketId: string,
  when: string,
  more: { internal?: boolean; attachments?: string[] } = {},
) =>
  act(actor, when, (context) =>
    addMessage(context, deps, {
      id: randomUUID(),
      ticketId,
      body: 'Some words',
      internal: false,
      attachments: [],
      ...more,
    }),
  );
const move = (id: string, body?: string) => ({ id, message: body === undefined ? null : { id: randomUUID(), body } });

describe('the life of a ticket', () => {
  it('counts office time while it is ours, whatever happens to it', async () => {
    const [customer, agent] = [await newCustomer(), await newAgent()];
    // High: four hours until the first answer, twenty-four until it is resolved.
    const ticket = await open(customer, '2026-11-30 08:00');
    const { id } = ticket;
    expect(days(ticket)).toEqual(['2026-11-30T12:00', '2026-12-02T17:00']);
    expect(ticket).toMatchObject({ status: 'open', priority: 'high', assigneeId: null, isShown: true });

    // Two hours later we ask him something, which is an answer; he writes a day later.
    const waiting = await act(agent, '2026-11-30 10:00', (context) =>
      waitForCustomer(context, deps, move(id, 'Which?')),
    );
    expect(waiting).toMatchObject({ status: 'waiting', firstAnsweredAt: at('2026-11-30 10:00'), escalatesAt: null });
    expect(days(waiting)).toEqual(['2026-11-30T12:00', null]);
    await write(customer, id, '2026-12-01 10:00');
    const resumed = await findTicket(database.db, id);
    expect(resumed?.status).toBe('open');
    // Twenty-two hours are left: six on Tuesday, eight on Wednesday and on Thursday.
    expect(local(resumed?.resolutionDueAt ?? null)).toBe('2026-12-03T17:00');

    // The first answer stays the first.
    await write(agent, id, '2026-12-01 11:00');
    const low = await act(agent, '2026-12-01 11:00', (context) => updateTicket(context, id, { priority: 'normal' }));
    expect(low.firstAnsweredAt).toEqual(at('2026-11-30 10:00'));
    // Forty hours instead of twenty-four: sixteen later.
    expect(local(low.resolutionDueAt)).toBe('2026-12-07T17:00');

    const resolved = await act(agent, '2026-12-01 12:00', (context) => resolveTicket(context, deps, move(id, 'Done')));
    expect(resolved).toMatchObject({
      status: 'resolved',
      escalatesAt: null,
      runningSince: null,
      usedMs: 4 * 3_600_000,
    });
    expect(days(resolved)).toEqual(['2026-11-30T12:00', '2026-12-07T17:00']);
    await expect(write(customer, id, '2026-12-01 13:00')).rejects.toMatchObject({ code: 'invalid_state' });
    await write(agent, id, '2026-12-01 14:00', { internal: true });

    const rate = (rating: number) =>
      act(customer, '2026-12-01 15:00', (context) => rateTicket(context, { id, rating }));
    expect((await rate(2)).rating).toBe(2);
    expect((await rate(2)).rating).toBe(2);
    await expect(rate(5)).rejects.toMatchObject({ code: 'conflict' });

    // Nothing has counted since: thirty-six of forty hours are left.
    const again = await act(customer, '2026-12-04 08:00', (context) => reopenTicket(context, deps, move(id, 'No')));
    expect(again).toMatchObject({ status: 'open', resolvedAt: null, rating: null, usedMs: 4 * 3_600_000 });
    // Friday, Monday, Tuesday, Wednesday: 8 h each; Thursday four.
    expect(local(again.resolutionDueAt)).toBe('2026-12-10T12:00');
    await act(agent, '2026-12-04 09:00', (context) => resolveTicket(context, deps, move(id, 'Now it is')));
    const late = act(customer, '2027-01-04 09:00', (context) => reopenTicket(context, deps, move(id)));
    await expect(late).rejects.toMatchObject({ code: 'invalid_state' });

    const told = await database.db.select().from(audit).where(eq(audit.subject, id)).orderBy(audit.number);
    expect(told.map(({ type }) => type.replace('ticket.', ''))).toEqual(
      'created waits written answered changed resolved noted rated reopened resolved'.split(' '),
    );
    const events = await database.db
      .select()
      .from(outbox)
      .where(eq(outbox.subject, customer.id))
      .orderBy(outbox.number);
    expect(events.map(({ type }) => type)).toEqual([
      'support.ticket.created',
      ...Array.from({ length: 9 }, () => 'support.ticket.updated'),
    ]);
    expect(events.map(({ type, data }) => eventFault(type, data)).filter((fault) => fault !== null)).toEqual([]);
  });

  it('goes to the team lead and to the manager in office hours, later where a holiday was entered', async () => {
    const [lead, manager] = [await newAgent({ level: 'team_lead' }), await newAgent({ level: 'manager' })];
    const customer = await newCustomer('RW');
    // Urgent, on a Friday at 16:30 in Kigali: half an hour on Friday, half an hour on Monday.
    const { id, escalatesAt } = await open(customer, '2026-12-04 17:30', { category: 'accident' });
    const monday = at('2026-12-07 07:30', 'RW');
    expect(escalatesAt).toEqual(monday);
    const overdue = (when: Date) => act(system('support'), when, (context) => escalateOverdue(context, id));
    const read = () => findTicket(database.db, id);
    await act(lead, at('2026-12-05 09:00'), (context) =>
      enterHoliday(context, { market: 'RW', date: localDate('2026-12-07'), name: 'Mourning' }),
    );
    await overdue(monday);
    const tuesday = at('2026-12-08 07:30', 'RW');
    expect(await read()).toMatchObject({ level: null, escalatesAt: tuesday, firstAnswerDueAt: tuesday });

    for (const _ of [1, 2]) await overdue(tuesday);
    const first = { level: 'team_lead', escalatedToId: lead.id, escalationReason: 'first_answer_overdue' };
    expect(await read()).toMatchObject({ ...first, escalatedAt: tuesday, escalatesAt: at('2026-12-08 08:30', 'RW') });
    await overdue(at('2026-12-08 08:30', 'RW'));
    expect(await read()).toMatchObject({ level: 'manager', escalatedToId: manager.id, escalatesAt: null });
    const higher = act(lead, '2026-12-08 10:00', (context) => escalateTicket(context, deps, { id, note: null }));
    await expect(higher).rejects.toMatchObject({ code: 'conflict' });
    const escalated = and(eq(outbox.subject, customer.id), eq(outbox.type, 'support.ticket.escalated'));
    expect((await database.db.select().from(outbox).where(escalated)).map(({ data }) => data['level'])).toEqual([
      'team_lead',
      'manager',
    ]);

    // By hand at once, also what waits; and nothing is escalated that was resolved.
    const other = await open(customer, '2026-12-09 09:00', { category: 'other' });
    const note = { id: randomUUID(), body: 'He shouts' };
    const byHand = await act(lead, '2026-12-09 10:00', (context) =>
      escalateTicket(context, deps, { id: other.id, note }),
    );
    expect(byHand).toMatchObject({ level: 'team_lead', escalationReason: 'by_hand', firstAnsweredAt: null });
    await act(lead, '2026-12-09 11:00', (context) => resolveTicket(context, deps, move(other.id, 'Done')));
    await act(system('support'), at('2027-06-01 11:00'), (context) => escalateOverdue(context, other.id));
    expect(await findTicket(database.db, other.id)).toMatchObject({ level: 'team_lead', status: 'resolved' });
  });

  it('that was merged, and merged again, goes on where the last one does', async () => {
    const [customer, agent] = [await newCustomer(), await newAgent()];
    const [first, second, last] = [
      await open(customer, '2026-11-30 08:00'),
      await open(customer, '2026-11-30 08:10'),
      await open(customer, '2026-11-30 08:20'),
    ];
    const merge = (id: string, intoId: string) =>
      act(agent, '2026-11-30 09:00', (context) => mergeTickets(context, { id, intoId }));
    await merge(first.id, second.id);
    await merge(second.id, last.id);
    expect(await findTicket(database.db, first.id)).toMatchObject({ mergedIntoId: last.id, version: 3 });
    expect(await write(customer, first.id, '2026-11-30 09:10')).toMatchObject({ ticketId: last.id });
    await act(agent, '2026-11-30 10:00', (context) => resolveTicket(context, deps, move(last.id, 'Done')));
    await expect(write(customer, first.id, '2026-11-30 10:10')).rejects.toMatchObject({ code: 'invalid_state' });
    // Sent again after the answer was lost it is done once.
    const reopening = { id: first.id, command: randomUUID() };
    for (const _ of [1, 2]) {
      const reopened = await act(customer, '2026-11-30 10:20', (context) =>
        doOnce(context, reopening, (once) => reopenTicket(once, deps, move(first.id, 'It is not'))),
      );
      expect(reopened).toMatchObject({ id: last.id, status: 'open' });
    }
    await act(agent, '2026-11-30 11:00', (context) => resolveTicket(context, deps, move(last.id, 'Now it is')));
    const rated = await act(customer, '2026-11-30 11:10', (context) =>
      rateTicket(context, { id: second.id, rating: 4 }),
    );
    expect(rated).toMatchObject({ id: last.id, rating: 4 });
  });

  it('is merged into another one of the same customer, and gives no promise up', async () => {
    const [customer, agent] = [await newCustomer(), await newAgent()];
    const slow = await open(customer, '2026-11-30 08:00', { category: 'other' });
    const quick = await open(customer, '2026-11-30 10:00', { category: 'accident' });
    await write(agent, slow.id, '2026-11-30 10:30');
    const merge = (id: string, intoId: string) =>
      act(agent, '2026-11-30 11:00', (context) => mergeTickets(context, { id, intoId }));
    const strange = await open(await newCustomer(), '2026-11-30 08:00');
    await expect(merge(slow.id, strange.id)).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(merge(slow.id, slow.id)).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(merge(slow.id, randomUUID())).rejects.toMatchObject({ code: 'unprocessable' });

    const one = await merge(slow.id, quick.id);
    // Three hours were worked on the slow one, and the urgent one is to be resolved in eight.
    expect(one).toMatchObject({ status: 'open', priority: 'urgent', firstAnsweredAt: at('2026-11-30 10:30') });
    expect(local(one.resolutionDueAt)).toBe('2026-11-30T17:00');
    expect(await findTicket(database.db, slow.id)).toMatchObject({ status: 'merged', mergedIntoId: quick.id });
    expect(await messagesOf(database.db, quick.id, true)).toHaveLength(3);
    await expect(merge(slow.id, quick.id)).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

describe('who works on it', () => {
  it('is one of two agents who claim at once; the other is told', async () => {
    const { id } = await open(await newCustomer(), '2026-11-30 08:00');
    const agents = await Promise.all(Array.from({ length: 6 }, () => newAgent()));
    const claim = (agent: Actor) => act(agent, '2026-11-30 09:00', (context) => claimTicket(context, id));
    const claims = await Promise.allSettled(agents.map(claim));
    const won = agents.filter((_, i) => claims[i]?.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const one of claims) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' });
    const [winner] = won;
    expect((await findTicket(database.db, id))?.assigneeId).toBe(winner?.id);
    if (winner !== undefined) expect((await claim(winner)).version).toBe(2);
    const assign = (assigneeId: string) =>
      act(agents[0] ?? system('test'), '2026-11-30 10:00', (context) => assignTicket(context, { id, assigneeId }));
    await expect(assign((await newCustomer()).id)).rejects.toMatchObject({ code: 'unprocessable' });
    const next = await newAgent();
    expect((await assign(next.id)).assigneeId).toBe(next.id);
  });

  it('is somebody of the market with the skill who has least to do', async () => {
    const customer = await newCustomer('UG');
    const mechanics = await Promise.all([1, 2].map(() => newAgent({ markets: ['UG'], skills: ['breakdown'] })));
    await newAgent({ markets: ['UG'] });
    const got: TicketRow[] = [];
    for (const _ of [1, 2, 3, 4]) got.push(await open(customer, '2026-11-30 08:00', { category: 'breakdown' }));
    const each = mechanics.map(({ id }) => got.filter(({ assigneeId }) => assigneeId === id).length);
    expect(each).toEqual([2, 2]);
  });
});

describe('what it is about', () => {
  it('is only what is its customer’s; a payment tells its lease, a lease its vehicle', async () => {
    const lease = await bookLease(database, config);
    const owner = { role: 'customer', id: lease.customerId } as const;
    const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
    expect(await open(owner, '2026-11-30 08:00', { leaseId: lease.id })).toMatchObject({ vehicleId: row?.vehicleId });
    const refused = async (more: Partial<TicketOrder>, path: string, by: Person = owner) =>
      expect(open(by, '2026-11-30 08:00', more)).rejects.toMatchObject({ code: 'unprocessable', errors: [{ path }] });
    const stranger = await newCustomer();
    await refused({ leaseId: lease.id }, 'leaseId', stranger);
    await refused({ vehicleId: row?.vehicleId }, 'vehicleId', stranger);
    await refused({ paymentId: randomUUID() }, 'paymentId');
    await refused({ caseId: randomUUID() }, 'caseId');
    const agent = await newAgent();
    await expect(open(agent, '2026-11-30 08:00')).rejects.toMatchObject({ errors: [{ path: 'customerId' }] });
  });

  it('has files that only one message takes, and only its author’s', async () => {
    const [customer, other] = [await newCustomer(), await newCustomer()];
    const { id } = await open(customer, '2026-11-30 08:00');
    const upload = (by: Actor, bytes = jpeg) =>
      act(by, '2026-11-30 08:00', (context) => storeAttachment(context, deps, bytes));
    await expect(upload(customer, Uint8Array.from([1, 2, 3]))).rejects.toMatchObject({
      code: 'unsupported_media_type',
    });
    const [mine, theirs] = [await upload(customer), await upload(other)];
    const attach = (one: { id: string }) => write(customer, id, '2026-11-30 08:10', { attachments: [one.id] });
    await expect(attach(theirs)).rejects.toMatchObject({ code: 'unprocessable' });
    const message = await attach(mine);
    await expect(attach(mine)).rejects.toMatchObject({ code: 'unprocessable' });
    const [kept] = await database.db.select().from(ticketAttachments).where(eq(ticketAttachments.id, mine.id));
    expect(kept?.messageId).toBe(message.id);
    expect(Buffer.from(kept?.contentEncrypted ?? []).includes(Buffer.from(jpeg))).toBe(false);
  });
});

describe('what an event opens', () => {
  const happened = (type: EventType, leaseId: string, data: Record<string, unknown>) => ({
    id: randomUUID(),
    type,
    leaseId,
    data,
    time: new Date(),
  });
  const risk = (leaseId: string, type: string) =>
    happened('telematics.risk.detected', leaseId, {
      id: randomUUID(),
      type,
      severity: 'high',
      occurredAt: new Date().toISOString(),
    });
  const take = (event: Parameters<typeof takeOccasion>[1]) => takeOccasion({ ...deps, db: database.db }, event);
  const ofLease = (leaseId: string) =>
    database.db.select().from(tickets).where(eq(tickets.leaseId, leaseId)).orderBy(tickets.createdAt);

  const paymentOf = async ({ id: leaseId, methodId }: { id: string; methodId: string }) => {
    const attemptId = randomUUID();
    await confirmedPayments(database.db, [{ leaseId, paymentMethodId: methodId, attemptId }], 1_000, new Date());
    return attemptId;
  };

  it('is one ticket with its cause, however often the event comes, and however many of its kind', async () => {
    const lease = await bookLease(database, config);
    const crash = risk(lease.id, 'crash');
    for (const _ of [1, 2]) await take(crash);
    await Promise.all([1, 2].map(() => take(risk(lease.id, 'speeding'))));
    const [ticket, ...more] = await ofLease(lease.id);
    expect(more).toEqual([]);
    const cause = { type: 'telematics.risk.detected', eventId: crash.id };
    expect(ticket).toMatchObject({ category: 'accident', priority: 'urgent', cause, isShown: false });
    // Another one while it is open is written into it, once.
    const next = risk(lease.id, 'crash');
    for (const _ of [1, 2]) await take(next);
    expect(await ofLease(lease.id)).toHaveLength(1);
    expect(await messagesOf(database.db, ticket?.id ?? '', true)).toHaveLength(2);
    expect(await messagesOf(database.db, ticket?.id ?? '', false)).toEqual([]);
  });

  it('is a tracker that is handled in arrears, a refund that failed, and thirty days past due', async () => {
    const lease = await bookLease(database, config);
    const refund = await paymentOf(lease);
    const failed = (kind: string, reason: string) =>
      happened('payment.failed', lease.id, { paymentId: refund, kind, reason });
    await take(risk(lease.id, 'tampering'));
    await take(happened('payment.overdue', lease.id, { daysPastDue: 21 }));
    await take(failed('instalment', 'no_funds'));
    // One that we stopped ourselves, since it was not due any more.
    await take(failed('refund', 'not_due'));
    expect(await ofLease(lease.id)).toEqual([]);
    await database.db.update(leases).set({ status: 'in_arrears' }).where(eq(leases.id, lease.id));
    await take(risk(lease.id, 'tampering'));
    await take(happened('payment.overdue', lease.id, { daysPastDue: 30 }));
    for (const _ of [1, 2]) await take(failed('refund', 'blocked'));
    const opened = await ofLease(lease.id);
    expect(opened.map(({ category, priority, paymentId }) => [category, priority, paymentId])).toEqual([
      ['tampering', 'high', null],
      ['arrears', 'normal', null],
      ['payment', 'high', refund],
    ]);
    expect(await messagesOf(database.db, opened[2]?.id ?? '', true)).toHaveLength(2);
  });

  it('goes with the case of the same matter, whichever is there first, and each names the other', async () => {
    const lease = await bookLease(database, config);
    const openFor = (kind: CaseKind) =>
      act(system('test'), new Date(), (context) =>
        openCase(context, { kind, leaseId: lease.id, paymentId: null, detail: {} }),
      );
    const caseIds = async () => {
      const all = await listCases(database.db, { leaseId: lease.id }, { limit: 10 });
      return Object.fromEntries(all.toReversed().map(({ id, kind, ticketIds }) => [kind, { id, ticketIds }]));
    };
    await openFor('visit_customer');
    await openFor('late_money');
    await take(happened('payment.overdue', lease.id, { daysPastDue: 30 }));
    const refund = { paymentId: await paymentOf(lease), kind: 'refund', reason: 'blocked' };
    await take(happened('payment.failed', lease.id, refund));
    await openFor('refund_failed');
    const [arrears, failed] = (await ofLease(lease.id)).map(({ id }) => id);
    const { visit_customer: visit, refund_failed: refused, late_money: late } = await caseIds();
    expect([visit?.ticketIds, refused?.ticketIds, late?.ticketIds]).toEqual([[arrears], [failed], []]);
    const byTicket = await casesOfTickets(database.db, [arrears ?? '', failed ?? '']);
    expect([byTicket.get(arrears ?? ''), byTicket.get(failed ?? '')]).toEqual([visit?.id, refused?.id]);

    // What staff name counts for every ticket, and is a case of the customer's.
    const agent = await newAgent();
    const byHand = await open(agent, '2026-11-30 08:00', { customerId: lease.customerId, caseId: late?.id });
    expect((await caseIds())['late_money']?.ticketIds).toEqual([byHand.id]);
    const stranger = open(agent, '2026-11-30 08:00', { customerId: (await newCustomer()).id, caseId: late?.id });
    await expect(stranger).rejects.toMatchObject({ code: 'unprocessable', errors: [{ path: 'caseId' }] });

    // A case of a later time is of another matter.
    await act(agent, new Date(), (context) => resolveTicket(context, deps, move(arrears ?? '')));
    await act(agent, new Date(), (context) => closeCase(context, { id: visit?.id ?? '', resolution: 'He pays' }));
    await openFor('visit_customer');
    expect((await caseIds())['visit_customer']?.ticketIds).toEqual([]);
  });
});

describe('personal data', () => {
  it('is given but for what staff write to each other, and erased', async () => {
    const [customer, agent] = [await newCustomer(), await newAgent()];
    const { id } = await open(customer, '2026-11-30 08:00');
    await write(agent, id, '2026-11-30 09:00');
    await write(agent, id, '2026-11-30 09:30', { internal: true });
    const file = await act(customer, '2026-11-30 09:40', (context) => storeAttachment(context, deps, jpeg));
    await write(customer, id, '2026-11-30 09:41', { attachments: [file.id] });
    const { messageId: _none, ...facts } = file;
    const held = await act(customer, '2026-11-30 10:00', (context) =>
      exportUser(context, deps.encryption, customer.id),
    );
    expect(held['tickets']).toMatchObject([
      {
        subject: 'Paid twice',
        messages: [
          { author: 'customer', body: 'Please help', attachments: [] },
          { author: 'agent' },
          { author: 'customer', attachments: [facts] },
        ],
      },
    ]);
    await act(customer, '2026-11-30 11:00', (context) => eraseUser(context, customer.id));
    expect(await findTicket(database.db, id)).toMatchObject({
      subjectEncrypted: '',
      status: 'resolved',
      escalatesAt: null,
    });
    expect(await database.db.select().from(ticketMessages).where(eq(ticketMessages.ticketId, id))).toEqual([]);
    // What its workflow does before it hears of it finds nothing to do.
    await act(system('support'), '2026-12-30 11:00', (context) => escalateOverdue(context, id));
    await expect(write(agent, id, '2026-12-30 12:00')).rejects.toMatchObject({ code: 'invalid_state' });
  });
});
