import { eq, or } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assessments,
  cases,
  deliveries,
  documents,
  endpoints,
  giveBacks,
  immobilisations,
  inbound,
  leases,
  methods,
  notifications,
  outbox,
  submissions,
  users,
} from '#db/schema/index';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { emit, record, transact } from '#use-cases/context';

let world: ApiWorld;
let admin: Person;
beforeAll(async () => {
  world = await createApiWorld();
  admin = await world.staff('admin');
});
afterAll(() => world.close());

/** A person with something in every place that keeps personal data. */
async function withEverything(): Promise<Person> {
  const person = await world.customer();
  const { encryption } = world.deps;
  const { db } = world.database;
  const userId = person.user.id;
  const file = {
    mediaType: 'image/jpeg',
    sha256: 'a'.repeat(64),
    size: 3,
    contentEncrypted: new Uint8Array([1]),
    keyId: 'k1',
  };
  await db.insert(documents).values({ id: uuidv7(), userId, kind: 'selfie', ...file });
  await db.insert(submissions).values({
    id: uuidv7(),
    userId,
    status: 'approved',
    documentType: 'nationalId',
    documentNumberEncrypted: encryption.encrypt('CM90000000AB'),
    documentNumberHash: 'h',
    country: 'UG',
    documentIds: [],
    noticeVersion: '1',
    consentedAt: new Date(),
    reviewReason: 'document_of_another_customer',
  });
  await db.insert(methods).values({
    id: uuidv7(),
    userId,
    provider: 'mtn',
    phoneEncrypted: encryption.encrypt(person.phone),
    phoneHash: `m${userId}`,
    masked: '+2567****100',
  });
  await db.insert(notifications).values({
    id: uuidv7(),
    key: userId,
    userId,
    channel: 'sms',
    template: 'welcome',
    bodyEncrypted: encryption.encrypt('Hello there'),
  });
  return person;
}

async function withLease(status: 'active' | 'completed'): Promise<Person> {
  const person = await withEverything();
  const amounts = { price: 100, deposit: 10, instalment: 9, instalmentsTotal: 10, totalPrice: 100 };
  const plan = {
    id: uuidv7(),
    name: 'p',
    market: 'UG',
    vehicleTypes: ['car'],
    frequency: 'weekly',
    instalments: 10,
    depositPercent: 10,
    markupPercent: 0,
    graceDays: 1,
    lateFee: null,
    immobiliseAfterDaysPastDue: 5,
    immobiliseNoticeHours: 24,
    offerHours: 72,
    signHours: 48,
    depositHours: 72,
    components: { vehicle: 100 },
  } as const;
  const now = new Date();
  const ids = {
    id: uuidv7(),
    customerId: person.user.id,
    vehicleId: uuidv7(),
    planId: plan.id,
    paymentMethodId: uuidv7(),
  };
  await world.database.db.insert(leases).values({
    ...ids,
    ...amounts,
    reference: `R${ids.id.slice(-10).toUpperCase()}`,
    status,
    plan: { ...plan, vehicleTypes: [...plan.vehicleTypes] },
    market: 'UG',
    currency: 'UGX',
    frequency: 'weekly',
    createdAt: now,
    updatedAt: now,
  });
  return person;
}

/** What staff and others have typed about a customer, wherever that is kept beside the timeline, and every copy of it. */
async function typeAbout({ user }: Person, leaseId: string, words: string): Promise<void> {
  const { db } = world.database;
  const [now, actor] = [new Date(), { role: 'admin', id: admin.user.id } as const];
  const closed = { kind: 'visit_customer', status: 'closed', closedBy: actor.id, resolution: words } as const;
  await db.insert(cases).values({ id: uuidv7(), key: leaseId, leaseId, detail: { note: words }, ...closed });
  const customerId = user.id;
  const card = { status: 'approved', score: 500, tier: 'B', scorecardVersion: '1' } as const;
  const decided = { customerId, leaseId, createdAt: now, decisionReason: words };
  await db.insert(assessments).values({ id: uuidv7(), reasons: [], facts: {}, ...card, ...decided });
  const stop = { vehicleId: leaseId, leaseId, cause: 'theft', state: 'ended', orderedBy: actor } as const;
  await db
    .insert(immobilisations)
    .values({ id: uuidv7(), ...stop, reason: words, order: words, createdAt: now, endedAt: now });
  const inboundId = uuidv7();
  const money = { provider: 'mtn', receipt: inboundId, market: 'UG', amount: 100, currency: 'UGX' } as const;
  const paid = { account: words, payerMasked: '+2567*****001', paidAt: now, status: 'posted', leaseId } as const;
  await db.insert(inbound).values({ id: inboundId, ...money, ...paid });
  const back = { status: 'failed', requestedBy: actor.id, callbackHash: inboundId } as const;
  await db.insert(giveBacks).values({ id: uuidv7(), inboundId, reason: words, ...back });
  const endpointId = uuidv7();
  const keys = { keysEncrypted: '', publicKey: '', since: 0, createdBy: actor.id };
  await db.insert(endpoints).values({ id: endpointId, url: 'https://example.com', ...keys });
  for (const { id: eventId, type, subject, data } of await db.select().from(outbox).where(eq(outbox.leaseId, leaseId)))
    await db.insert(deliveries).values({
      id: uuidv7(),
      endpointId,
      eventId,
      type,
      subject,
      body: JSON.stringify({ specversion: '1.0', id: eventId, data }),
      createdAt: now,
      deadline: now,
    });
}

/** Every table that has a word somewhere. */
async function tablesWith(word: string): Promise<string[]> {
  const { sql } = world.database;
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await sql.unsafe(`select 1 from ${name} t where t::text like '%${word}%' limit 1`);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

describe('my own data', () => {
  it('can be changed, with the version that If-Match names', async () => {
    const { token } = await world.customer('KE');
    const before = await world.call('GET', '/v1/me', { token });
    const tag = before.headers.get('etag') ?? '';
    const change = { name: 'New Name', language: 'sw', monthlyIncome: { amount: 4_500_000, currency: 'KES' } };
    const after = await world.call('PATCH', '/v1/me', { token, body: change, headers: { 'if-match': tag } });
    expect(after).toMatchObject({ status: 200, body: change });
    expect(after.headers.get('etag')).not.toBe(tag);
    expect(
      await world.call('PATCH', '/v1/me', { token, body: { name: 'Too Late' }, headers: { 'if-match': tag } }),
    ).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(
      (
        await world.call('PATCH', '/v1/me', {
          token,
          body: {},
          headers: { 'if-match': `W/${after.headers.get('etag')}` },
        })
      ).status,
    ).toBe(412);
    expect(await world.call('GET', '/v1/me', { token })).toMatchObject({ body: change });
  });

  it('refuses what cannot be meant, by name', async () => {
    const { token } = await world.customer();
    const patch = (body: unknown) => world.call('PATCH', '/v1/me', { token, body });
    expect(await patch({ monthlyIncome: { amount: 1, currency: 'KES' } })).toMatchObject({
      status: 422,
      body: { code: 'currency_mismatch', errors: [{ path: 'monthlyIncome.currency' }] },
    });
    expect(await patch({ monthlyIncome: { amount: 1.5, currency: 'UGX' } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'monthlyIncome.amount' }] },
    });
    expect(await patch({ name: 'a\u0000b' })).toMatchObject({ status: 400, body: { errors: [{ path: 'name' }] } });
    expect(await patch({ name: 'x'.repeat(201) })).toMatchObject({ status: 400, body: { errors: [{ path: 'name' }] } });
    expect(await patch({ role: 'admin', monthlyIncome: { amount: 1, currency: 'UGX', more: 1 } })).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_input',
        errors: expect.arrayContaining([
          { path: 'monthlyIncome.more', message: expect.any(String) },
          { path: 'role', message: expect.any(String) },
        ]),
      },
    });
  });

  it('can be exported, in clear, without secrets of ours', async () => {
    const person = await withLease('active');
    const { status, body } = await world.call('GET', '/v1/me/export', { token: person.token });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      user: { id: person.user.id, phone: person.phone },
      identityChecks: [{ documentNumber: 'CM90000000AB' }],
      documents: [{ kind: 'selfie' }],
      paymentMethods: [{ phone: person.phone }],
      leases: [{ status: 'active' }],
      messages: [{ body: 'Hello there' }],
      sessions: [{}],
      history: expect.arrayContaining([expect.objectContaining({ type: 'session.opened' })]),
    });
    expect(JSON.stringify(body)).not.toMatch(/Hash|Encrypted/);
    // Nor what made a person look at his papers, which is for staff.
    expect(JSON.stringify(body)).not.toContain('document_of_another_customer');
  });

  it('is erased, but for what the books must keep', async () => {
    const person = await withLease('completed');
    const { db } = world.database;
    const { id } = person.user;
    const [theirs] = await db.select().from(leases).where(eq(leases.customerId, id));
    const leaseId = theirs?.id ?? '';
    const words = 'ask my wife Zuhura in Ntinda';
    await transact(db, { role: 'customer', id }, new Date(), async (context) => {
      const data = {
        leaseId,
        customerId: id,
        vehicleId: leaseId,
        from: 'offered',
        status: 'withdrawn',
        reason: words,
      } as const;
      const typed = { reason: words, courtOrder: words, reference: words };
      await record(context, { type: 'lease.withdrawn', subject: leaseId, leaseId, detail: typed });
      await emit(context, { type: 'lease.terminated', subject: leaseId, leaseId, data });
    });
    await typeAbout(person, leaseId, words);
    expect((await tablesWith('Zuhura')).length).toBeGreaterThan(6);
    expect((await world.call('DELETE', '/v1/me', { token: person.token })).status).toBe(204);
    // The audit is never changed; whoever reads it does not see them.
    expect(await tablesWith('Zuhura')).toEqual(['events.audit']);
    expect((await world.call('GET', '/v1/me', { token: person.token })).status).toBe(401);
    const [row] = await db.select().from(users).where(eq(users.id, id));
    expect(row).toMatchObject({
      name: 'erased',
      phoneHash: null,
      phoneEncrypted: null,
      monthlyIncome: null,
      erasedAt: expect.any(Date),
    });
    expect(await db.select().from(documents).where(eq(documents.userId, id))).toEqual([]);
    expect(await db.select().from(notifications).where(eq(notifications.userId, id))).toEqual([]);
    expect(await db.select().from(submissions).where(eq(submissions.userId, id))).toMatchObject([
      { documentNumberEncrypted: '', documentNumberHash: '', status: 'expired' },
    ]);
    expect(await db.select().from(methods).where(eq(methods.userId, id))).toMatchObject([
      { phoneEncrypted: '', masked: 'erased' },
    ]);
    expect(
      await db
        .select()
        .from(leases)
        .where(or(eq(leases.customerId, id))),
    ).toHaveLength(1);
    for (const path of [`/v1/leases/${leaseId}/timeline`, `/v1/events?leaseId=${leaseId}`]) {
      const told = await world.call('GET', path, { token: admin.token });
      expect([told.status, JSON.stringify(told.body)]).toEqual([200, expect.stringContaining('erased')]);
      expect(JSON.stringify(told.body)).not.toContain('Zuhura');
    }
    // The phone is free again.
    const body = { phone: person.phone, name: 'Back Again', market: 'UG' };
    await world.call('POST', '/v1/auth/register', { body });
    expect((await world.texts(person.phone))[0]).toContain('Welcome');
    expect((await world.call('GET', `/v1/users/${id}`, { token: admin.token })).status).toBe(404);
  });

  it('is not erased while a lease is alive', async () => {
    const person = await withLease('active');
    expect(await world.call('DELETE', '/v1/me', { token: person.token })).toMatchObject({
      status: 409,
      body: { code: 'invalid_state' },
    });
    expect((await world.call('GET', '/v1/me', { token: person.token })).status).toBe(200);
  });
});

describe('users, for admins', () => {
  it('are created, listed by page, found by phone and changed', async () => {
    const { token } = admin;
    const staff = { email: 'New.Agent@example.com', name: 'New Agent', role: 'agent', password: 'long enough' };
    const created = await world.call('POST', '/v1/users', { token, body: staff });
    expect(created).toMatchObject({ status: 201, body: { email: 'new.agent@example.com', role: 'agent' } });
    expect(JSON.stringify(created.body)).not.toContain('long enough');
    expect(await world.call('POST', '/v1/users', { token, body: staff })).toMatchObject({
      status: 409,
      body: { code: 'already_exists', errors: [{ path: 'email' }] },
    });

    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await world.call('GET', `/v1/users?limit=2${cursor}`, { token });
      const { data, nextCursor } = body as { data: { id: string }[]; nextCursor: string | null };
      seen.push(...data.map(({ id }) => id));
      if (seen.length === 2) await world.customer();
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain((created.body as { id: string }).id);

    const person = await world.customer();
    expect(await world.call('GET', `/v1/users?phone=${encodeURIComponent(person.phone)}`, { token })).toMatchObject({
      body: { data: [{ id: person.user.id, phone: person.phone }], nextCursor: null },
    });
  });

  it('who are given the phones of each other, or one that is free, at the same moment: one is told that it is taken', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, () => world.customer()));
    const give = ({ user }: Person, phone: string) =>
      world.call('PATCH', `/v1/users/${user.id}`, { token: admin.token, body: { phone } });
    const swapped = await Promise.all(people.map((one, i) => give(one, people[i ^ 1]?.phone ?? '')));
    expect(swapped.map(({ status }) => status)).toEqual(people.map(() => 409));
    const free = world.freshPhone();
    const given = await Promise.all(people.map((one) => give(one, free)));
    expect(given.map(({ status }) => status).toSorted()).toEqual([200, ...people.slice(1).map(() => 409)]);
    expect(given.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'already_exists',
      errors: [{ path: 'phone', message: 'is taken' }],
    });
  });

  it('cannot lock themselves out, nor turn customers into staff', async () => {
    const { token, user } = admin;
    expect((await world.call('PATCH', `/v1/users/${user.id}`, { token, body: { disabled: true } })).status).toBe(409);
    const person = await world.customer();
    expect(await world.call('PATCH', `/v1/users/${person.user.id}`, { token, body: { role: 'agent' } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'role' }] },
    });
    expect((await world.call('PATCH', `/v1/users/${uuidv7()}`, { token, body: { nonsense: true } })).status).toBe(404);
    expect((await world.call('PATCH', '/v1/users/not-an-id', { token, body: { nonsense: true } })).status).toBe(404);
  });
});

it.each(['\u200b', '\u3164', '\u2800 \u00a0'])('a name that nobody can see is none: %j', async (name) => {
  const { token } = await world.customer();
  const said = await world.call('PATCH', '/v1/me', { token, body: { name } });
  expect([said.status, said.body]).toMatchObject([400, { errors: [{ path: 'name' }] }]);
});

it('an id in capitals is the same id: nobody takes away his own role by it', async () => {
  const demoted = await world.call('PATCH', `/v1/users/${admin.user.id.toUpperCase()}`, {
    token: admin.token,
    body: { role: 'agent' },
  });
  expect([demoted.status, demoted.body]).toMatchObject([409, { code: 'conflict' }]);
});
