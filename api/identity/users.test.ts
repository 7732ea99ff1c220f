import { eq, or } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documents, leases, methods, notifications, submissions, users } from '#db/schema/index';
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
      await record(context, { type: 'lease.withdrawn', subject: leaseId, leaseId, detail: { reason: words } });
      await emit(context, { type: 'lease.terminated', subject: leaseId, leaseId, data });
    });
    expect((await world.call('DELETE', '/v1/me', { token: person.token })).status).toBe(204);
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
