import { randomUUID } from 'node:crypto';
import { and, eq, getTableName, is, sql } from 'drizzle-orm';
import { getTableConfig, PgTable, type PgColumn } from 'drizzle-orm/pg-core';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findUser } from '#db/queries/identity';
import { findTicket } from '#db/queries/tickets';
import * as schema from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { storeDocuments } from '#test/documents';
import { deps } from '#test/late-money';
import { transact, type Context } from '../context.ts';
import { closeCase } from '../cases/close-case.ts';
import { recordSubmission } from '../kyc/record-submission.ts';
import { beginReview } from '../kyc/review-submission.ts';
import { recordApplication } from '../leases/record-application.ts';
import { wantMailAddress } from '../notifications/want-mail-address.ts';
import { subscribe } from '../notifications/push-subscriptions.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import { replyByText } from '../notifications/reply-by-text.ts';
import { addPaymentMethod } from '../payments/methods/payment-methods.ts';
import { storeAttachment } from '../support/attachments.ts';
import { escalateOverdue } from '../support/escalate-ticket.ts';
import { hearCustomer } from '../support/hear-customer.ts';
import { keepText } from '../support/keep-text.ts';
import { openTicket } from '../support/open-ticket.ts';
import { eraseUser } from './erase-user.ts';
import { openSession } from './open-session.ts';
import { hashPin, setPin } from './pin.ts';
import { waitForVehicle } from '../vehicles/wait-for-vehicle.ts';
import { updateUser } from './update-user.ts';

let database: TestDatabase;
const reserved = uuidv7();
beforeAll(async () => {
  database = await createTestDatabase();
  const model = { type: 'motorcycle', make: 'Bajaj', model: 'Boxer', year: 2024 } as const;
  const offered = {
    market: 'UG',
    price: 5_000_000,
    currency: 'UGX',
    registration: 'UAZ 001A',
    vin: 'ERASED1',
  } as const;
  await database.db.insert(schema.vehicles).values({ id: reserved, status: 'reserved', ...model, ...offered });
  const hold = { id: uuidv7(), vehicleId: reserved, leaseId: uuidv7(), expiresAt: new Date() };
  await database.db.insert(schema.holds).values(hold);
});
afterAll(() => database.close());

const { encryption } = deps;
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const now = () => new Date();

async function newCustomer(): Promise<string> {
  const id = uuidv7();
  const phoneHash = randomUUID();
  await database.db.insert(schema.users).values({ id, role: 'customer', name: 'Zuhura', market: 'UG', phoneHash });
  return id;
}
const as = <T>(id: string, work: (context: Context) => Promise<T>) =>
  transact(database.db, { role: 'customer', id }, now(), work);

/** Whether somebody waits for a lock. */
async function isWaitedFor(): Promise<boolean> {
  const [row] = await database.sql<
    { waits: boolean }[]
  >`select exists (select from pg_locks where not granted) as waits`;
  return row?.waits === true;
}

/** Does something while somebody else does another thing to him, which is not in yet when it begins. @returns its answer, or what it threw */
async function beside(other: (context: Context) => Promise<unknown>, work: () => Promise<unknown>): Promise<unknown> {
  let answer: Promise<unknown> = Promise.resolve();
  await transact(database.db, { role: 'admin', id: randomUUID() }, now(), async (context) => {
    await other(context);
    let isDone = false;
    answer = work()
      .catch((error: unknown) => error)
      .finally(() => (isDone = true));
    while (!isDone && !(await isWaitedFor())) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  return answer;
}

const message = () => ({ id: randomUUID(), body: 'ask my wife', internal: false, attachments: [] });
const ticket = (customerId: string) =>
  ({ id: randomUUID(), customerId, category: 'other', subject: 'my wife', message: message() }) as const;
const submission = (userId: string) =>
  ({
    submissionId: uuidv7(),
    userId,
    documentType: 'nationalId',
    documentNumberEncrypted: 'x',
    documentNumberHash: 'x',
    country: 'UG',
    documentIds: [],
    noticeVersion: '1',
    consentedAt: now().toISOString(),
    documentExpiresOn: null,
  }) as const;
const application = (customerId: string) => ({
  leaseId: uuidv7(),
  customerId,
  vehicleId: uuidv7(),
  planId: uuidv7(),
  paymentMethodId: uuidv7(),
});
const notice = { template: 'refund', amount: { amount: 1, currency: 'UGX' } } as const;
const order = (id: string) =>
  ({
    key: uuidv7(),
    to: { id, language: 'en' },
    leaseId: null,
    notice,
    urgency: 'day',
    isLegal: false,
    askedAt: now(),
    answersAt: null,
  }) as const;
const silent = { providers: [], send: () => Promise.reject(new Error('nobody is to be texted')) };

/** What writes a row of a person, table by table, or why nobody can who was erased. */
const doors: Readonly<Record<string, string | readonly ((id: string) => Promise<unknown>)[]>> = {
  pins: [(id) => hashPin(encryption, id, '1234').then((hash) => as(id, (context) => setPin(context, id, hash)))],
  sessions: [
    async (id) => {
      const known = await findUser(database.db, id);
      if (known !== undefined) await as(id, (context) => openSession(context, encryption, known));
    },
  ],
  idempotency_keys: 'the name of a request, and no answer: whoever was erased is refused',
  documents: [(id) => storeDocuments({ db: database.db, encryption }, id, ['selfie'])],
  submissions: [(id) => as(id, (context) => recordSubmission(context, submission(id)))],
  methods: [
    (id) => as(id, (context) => addPaymentMethod(context, encryption, id, { provider: 'mtn', phone: '+256772000111' })),
  ],
  notifications: [
    (id) => as(id, ({ tx }) => queueNotification(tx, encryption, order(id))),
    (id) =>
      replyByText(
        { db: database.db, encryption, textMessages: silent },
        { key: uuidv7(), userId: id, to: '+256772000111', body: 'x' },
      ),
  ],
  notification_tries: 'goes with its notification',
  push_subscriptions: [
    (id) =>
      as(id, (context) =>
        subscribe(context, encryption, { endpoint: 'https://push.example/1', keys: { p256dh: 'x', auth: 'x' } }, id),
      ),
  ],
  mail_addresses: [(id) => as(id, (context) => wantMailAddress(context, encryption, 'z@example.com'))],
  tickets: [
    (id) => as(id, (context) => openTicket(context, deps, ticket(id))),
    (id) => as(id, (context) => hearCustomer(context, deps, { customerId: id, id: randomUUID(), body: 'my wife' })),
  ],
  ticket_attachments: [(id) => as(id, (context) => storeAttachment(context, deps, png))],
  inbound_texts: [
    (id) =>
      as(id, (context) =>
        keepText(context, encryption, {
          key: uuidv7(),
          userId: id,
          phone: '+256772000111',
          body: 'my wife',
          raw: null,
          heardAs: 'message',
        }),
      ),
  ],
  leases: [(id) => as(id, (context) => recordApplication(context, application(id)))],
  agreements: 'of a lease that is not over, under its lock, which keeps him from being erased',
  assessments: 'of an application, under its lock, which keeps him from being erased',
  transfers: 'of a lease that goes on, under its lock; whoever proposes or accepts one is held first',
  guarantees: 'of a lease, under its lock; whoever asks is held first, and whoever is asked is made or held there',
  demands: 'of a lease, under its lock; its customer is held first',
  deaths: 'of a customer whose lease runs, under its lock',
  tenures: 'of whoever had a lease, written under its lock',
  upgrades: 'of a lease that goes on, under its lock; what it asks for is held as an application is',
  remittances: 'of staff, who are not erased',
  waiting: [(id) => as(id, (context) => waitForVehicle(context, { vehicleId: reserved, customerId: id }))],
};

/** Every column that says whose a row is. */
const whose = Object.values(schema).flatMap((table): { table: PgTable; columns: PgColumn[] }[] => {
  if (!is(table, PgTable) || table === schema.users) return [];
  const { columns, foreignKeys } = getTableConfig(table);
  const pointing = foreignKeys
    .map((key) => key.reference())
    .filter(({ foreignTable }) => foreignTable === schema.users)
    .flatMap((reference) => reference.columns);
  const named = columns.filter(({ name }) => ['user_id', 'customer_id', 'uploaded_by'].includes(name));
  const found = [...new Set([...pointing, ...named])];
  return found.length === 0 ? [] : [{ table, columns: found }];
});

async function rowsOf(id: string): Promise<string[]> {
  const found = await Promise.all(
    whose.map(async ({ table, columns }) => {
      const counts = await Promise.all(columns.map((column) => database.db.$count(table, and(eq(column, id)))));
      return counts.some((count) => count > 0) ? [getTableName(table)] : [];
    }),
  );
  return found.flat();
}

describe('whoever is erased', () => {
  it('has no table that this does not know', () => {
    expect(whose.map(({ table }) => getTableName(table)).toSorted()).toEqual(Object.keys(doors).toSorted());
  });

  const all = Object.entries(doors).flatMap(([name, ways]) =>
    typeof ways === 'string' ? [] : ways.map((way, i) => [`${name} ${i + 1}`, way] as const),
  );
  it.each(all)('is kept nothing of that he adds meanwhile: %s', async (_name, way) => {
    const id = await newCustomer();
    await beside(
      (context) => eraseUser(context, id),
      () => way(id),
    );
    expect(await rowsOf(id)).toEqual([]);
  });

  it('comes into no review that his papers were on the way to', async () => {
    const id = await newCustomer();
    const given = submission(id);
    await as(id, (context) => recordSubmission(context, given));
    const { submissionId } = given;
    const review = { submissionId, userId: id, why: 'document_of_another_customer', dueAt: now().toISOString() };
    await beside(
      (context) => eraseUser(context, id),
      () => transact(database.db, system('kyc'), now(), (context) => beginReview(context, review)),
    );
    const [row] = await database.db.select().from(schema.submissions).where(eq(schema.submissions.id, submissionId));
    expect(row).toMatchObject({ status: 'expired', reviewReason: null });
  });

  it('is named in no case about him that is closed afterwards, nor where it is told', async () => {
    const [gone, stays] = [await newCustomer(), await newCustomer()];
    const opened = await Promise.all(
      [gone, stays].map(async (userId) => {
        const [id, paymentId] = [uuidv7(), uuidv7()];
        const about = {
          kind: 'number_given_up',
          leaseId: null,
          paymentId,
          detail: { userId },
          openedAt: now(),
        } as const;
        await database.db.insert(schema.cases).values({ id, key: id, status: 'open', ...about });
        return id;
      }),
    );
    const admin = { role: 'admin', id: randomUUID() } as const;
    await transact(database.db, admin, now(), (context) => eraseUser(context, gone));
    const resolution = 'Zuhura has it now';
    for (const id of opened) await transact(database.db, admin, now(), (c) => closeCase(c, { id, resolution }));
    const told = await Promise.all(
      opened.map(async (id) => {
        const [row] = await database.db.select().from(schema.cases).where(eq(schema.cases.id, id));
        const [entry] = await database.db.select().from(schema.audit).where(eq(schema.audit.subject, id));
        return [row?.resolution, entry?.detail['resolution']];
      }),
    );
    expect(told).toEqual([
      ['erased', 'erased'],
      [resolution, resolution],
    ]);
  });

  it('has no ticket whose deadline fails for ever, however it came to be', async () => {
    const id = await newCustomer();
    const { id: ticketId } = await as(id, (context) => openTicket(context, deps, ticket(id)));
    const erasedAt = now();
    await database.db.update(schema.users).set({ erasedAt }).where(eq(schema.users.id, id));
    const at = new Date(Date.now() + 30 * 86_400_000);
    await transact(database.db, system('support'), at, (context) => escalateOverdue(context, ticketId));
    expect(await findTicket(database.db, ticketId)).toMatchObject({ status: 'resolved', subjectEncrypted: '' });
  });
});

describe('a session that begins beside a change of its user', () => {
  const change = (id: string, changes: Parameters<typeof updateUser>[3]) => (context: Context) =>
    updateUser(context, encryption, id, changes);
  it.each([
    ['another phone', { phone: '+256772000222' }],
    ['being shut out', { disabled: true }],
  ])('is none after %s', async (_name, changes) => {
    const id = await newCustomer();
    const known = await findUser(database.db, id);
    if (known === undefined) throw new Error('nobody');
    const login = await beside(change(id, changes), () => as(id, (context) => openSession(context, encryption, known)));
    expect(login).toBeNull();
    const live = await database.db.$count(
      schema.sessions,
      and(eq(schema.sessions.userId, id), sql`revoked_at is null`),
    );
    expect(live).toBe(0);
  });
});
