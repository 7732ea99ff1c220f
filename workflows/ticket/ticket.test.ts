import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findTicket, messagesOf } from '#db/queries/tickets';
import { ticketMessages, tickets } from '#db/schema/index';
import { eventually } from '#dev/client';
import type { Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { dataConverter } from '#platform/temporal/connection';
import { clockOf, fastForward } from '#platform/temporal/fast-forward';
import { itReplays, recordingKeys } from '#test/histories';
import { cast, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { tellOverdue } from '#use-cases/support/tell-overdue';
import { ticketWorkflowId } from './messages.ts';

/** The deadlines of tickets by time travel, and the texts that their customers get. */
let platform: TestPlatform;
let staff: Cast;
let customer: Customer;
beforeAll(async () => {
  platform = await startTestPlatform({ ENCRYPTION_KEYS: recordingKeys });
  staff = await cast(platform);
  customer = await newCustomer(platform, { verified: false });
});
afterAll(() => platform.close());

const handleOf = (id: string, runId?: string) => platform.temporal.workflow.getHandle(ticketWorkflowId(id), runId);
const stateOf = async (id: string) => (await handleOf(id).describe()).status.name;
const later = (id: string, ms: number) => fastForward(platform.temporal, ticketWorkflowId(id), ms);
const HOUR = 3_600_000;

/** Waits until the workflow of a ticket runs. */
const runs = (id: string) =>
  eventually('the workflow', async () => {
    const state = await stateOf(id).catch(() => undefined);
    return state === 'RUNNING' ? state : undefined;
  });
const ends = (id: string) =>
  eventually('the workflow to end', async () => ((await stateOf(id)) === 'COMPLETED' ? true : undefined));

async function opened(category: 'accident' | 'other', by = customer): Promise<string> {
  const body = { category, subject: 'Help', message: 'Please help' };
  const { id } = await by.client.post('/v1/tickets', { body });
  await runs(id);
  return id;
}

async function rowOf(id: string) {
  const row = await findTicket(platform.database.db, id);
  if (row === undefined) throw new Error('there is no ticket');
  return row;
}

/** Travels to the next deadline of a ticket and beyond it by a minute. */
async function toDeadline(id: string, level: string): Promise<void> {
  const { escalatesAt } = await rowOf(id);
  const info = await platform.temporal.connection.workflowService.describeWorkflowExecution({
    namespace: platform.temporal.options.namespace,
    execution: { workflowId: ticketWorkflowId(id) },
  });
  const seconds = info.workflowExtendedInfo?.timeSkippingInfo?.currentTime?.seconds;
  const now = seconds === undefined || seconds === null ? Date.now() : Number(seconds) * 1_000;
  await later(id, (escalatesAt?.getTime() ?? now) - now + 60_000);
  await eventually(level, async () => ((await rowOf(id)).level === level ? true : undefined));
}

/** Travels to an instant of a ticket's clock and beyond it by a minute. */
async function until(id: string, instant: Date | null): Promise<void> {
  if (instant === null) throw new Error('there is no such instant');
  const now = await clockOf(platform.temporal, ticketWorkflowId(id));
  await later(id, instant.getTime() - now.getTime() + 60_000);
}

/** A text waits for the morning; the workflow may not have heard yet of what is told. */
async function byDay(id: string): Promise<void> {
  await eventually('the text', async () => {
    await later(id, 3 * HOUR);
    const messages = await messagesOf(platform.database.db, id, false);
    return messages.every(({ tells, toldAt }) => !tells || toldAt !== null) ? true : undefined;
  });
}

async function answered(): Promise<string> {
  const id = await opened('other', await newCustomer(platform, { verified: false }));
  await staff.agent.post('/v1/tickets/{id}/messages', { path: { id }, body: { body: 'We are coming' } });
  await staff.agent.post('/v1/tickets/{id}/resolve', { path: { id } });
  await byDay(id);
  await ends(id);
  return id;
}

it('takes a ticket to the team lead and to the manager when it is time, and not before', async () => {
  const id = await opened('accident');
  const { escalatesAt, firstAnswerDueAt } = await rowOf(id);
  expect(escalatesAt).toEqual(firstAnswerDueAt);
  await toDeadline(id, 'team_lead');
  expect(await rowOf(id)).toMatchObject({ escalationReason: 'first_answer_overdue' });
  await toDeadline(id, 'manager');
  await ends(id);
  const shown = await staff.agent.get('/v1/tickets/{id}', { path: { id } });
  expect(shown.staff?.escalation).toMatchObject({ level: 'manager', toId: null });
  const own = await customer.client.get('/v1/tickets/{id}', { path: { id } });
  expect(own).not.toHaveProperty('staff');
});

it('runs while it waits for the customer, and ends when it is resolved; what he writes starts it anew', async () => {
  const id = await opened('other');
  await staff.agent.post('/v1/tickets/{id}/wait', { path: { id }, body: { message: 'Which one?' } });
  await byDay(id);
  expect(await stateOf(id)).toBe('RUNNING');
  await customer.client.post('/v1/tickets/{id}/messages', { path: { id }, body: { body: 'Here it is' } });
  expect(await rowOf(id)).toMatchObject({ status: 'open', waitRemindsAt: null, waitEndsAt: null });
  await runs(id);
  // One that died comes back with the next change, or when it is overdue.
  const overdue = () => tellOverdue({ ...platform, db: platform.database.db }, new Date(), () => {});
  await handleOf(id).terminate('a test');
  expect(await overdue()).toBe(0);
  const due = new Date(Date.now() - HOUR);
  await platform.database.db.update(tickets).set({ escalatesAt: due }).where(eq(tickets.id, id));
  expect(await overdue()).toBe(1);
  await runs(id);
  await handleOf(id).terminate('a test');
  await customer.client.post('/v1/tickets/{id}/messages', { path: { id }, body: { body: 'And this' } });
  await runs(id);
  await staff.agent.post('/v1/tickets/{id}/resolve', { path: { id }, body: { message: 'Thank you' } });
  await byDay(id);
  await ends(id);
  // An answer of an hour ago that the customer was not told of.
  await platform.database.db
    .update(ticketMessages)
    .set({ toldAt: null, createdAt: due })
    .where(and(eq(ticketMessages.ticketId, id), eq(ticketMessages.tells, true)));
  expect(await overdue()).toBe(1);
});

it('a wait has an end: the customer is reminded, then it is resolved, and whatever he answers opens it again', async () => {
  const one = await newCustomer(platform, { verified: false });
  const id = await opened('other', one);
  await staff.agent.post('/v1/tickets/{id}/wait', { path: { id }, body: { message: 'Which one?' } });
  await byDay(id);
  const { waitRemindsAt, waitEndsAt } = await rowOf(id);
  const own = await one.client.get('/v1/tickets/{id}', { path: { id } });
  expect(own).toMatchObject({ status: 'waiting', waitEndsAt: waitEndsAt?.toISOString() });
  const simulators = new SimulatorClient(platform.simulators);
  const texts = async () => (await simulators.get('/sms', { query: { to: one.phone } })).data.map(({ body }) => body);
  const said = (part: string) =>
    eventually(part, async () => (await texts()).filter((text) => text.includes(part)).length === 1 || undefined);
  await until(id, waitRemindsAt);
  await said('wait for your answer');
  expect(await rowOf(id)).toMatchObject({ status: 'waiting', waitRemindsAt: null, waitEndsAt });
  await until(id, waitEndsAt);
  await said('Answer this text');
  expect(await rowOf(id)).toMatchObject({ status: 'resolved', isUnanswered: true, waitEndsAt: null });
  await ends(id);
  // Any answer, by SMS too.
  await simulators.post('/sms/inbound', { body: { from: one.phone, text: 'The red one' } });
  expect(await rowOf(id)).toMatchObject({ status: 'open', isUnanswered: false, resolvedAt: null });
  const { messages } = await one.client.get('/v1/tickets/{id}', { path: { id } });
  expect(messages.map(({ body }) => body)).toEqual(['Please help', 'Which one?', 'The red one']);
  await runs(id);
});

it('texts a customer once that his ticket was answered, by day, and of nothing else', async () => {
  const one = await newCustomer(platform, { verified: false });
  const id = await opened('other', one);
  const say = (body: string, internal = false) =>
    staff.agent.post('/v1/tickets/{id}/messages', { path: { id }, body: { body, internal } });
  const { id: messageId } = await say('Between us', true);
  await say('Hello');
  await byDay(id);
  const texts = async () => {
    const { data } = await new SimulatorClient(platform.simulators).get('/sms', { query: { to: one.phone } });
    return data.map(({ body }) => body);
  };
  const sent = await eventually('a text', async () => ((await texts()).length > 0 ? texts() : undefined));
  expect(sent).toEqual(['We have answered your request. Please read it in the app, or call us.']);
  const { messages } = await one.client.get('/v1/tickets/{id}', { path: { id } });
  expect(messages.map(({ body }) => body)).toEqual(['Please help', 'Hello']);
  expect(messages.some((message) => message.id === messageId)).toBe(false);
  await staff.agent.post('/v1/tickets/{id}/resolve', { path: { id } });
  await ends(id);
  expect(await texts()).toHaveLength(1);
});

itReplays(
  join(import.meta.dirname, 'histories'),
  {
    async open() {
      return handleOf(await opened('other')).fetchHistory();
    },
    async escalated() {
      const id = await opened('accident');
      await toDeadline(id, 'team_lead');
      return handleOf(id).fetchHistory();
    },
    async answered() {
      return handleOf(await answered()).fetchHistory();
    },
  },
  () => ({ dataConverter: dataConverter(platform.config) }),
);
