import { generateKeyPairSync } from 'node:crypto';
import { eq, inArray } from 'drizzle-orm';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { otpCodes, refreshTokens, users } from '#db/schema/index';
import { createTokenIssuer } from '#platform/tokens';
import { codeIn, createApiWorld, PASSWORD, type ApiWorld } from '#test/api-world';
import { testConfig } from '#test/config';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

const post = (path: string, body: unknown) => world.call('POST', `/v1${path}`, { body });
const wrongCode = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('codes', () => {
  it('tell nobody whether a phone is known', async () => {
    const { phone } = await world.customer();
    const stranger = world.freshPhone();
    for (const path of ['/auth/otp', '/auth/register']) {
      const more = path === '/auth/otp' ? {} : { name: 'Somebody', market: 'UG' };
      const known = await post(path, { phone, ...more });
      const unknown = await post(path, { phone: stranger, ...more });
      expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    }
    const [registered] = await world.texts(phone, 2);
    expect(registered).toContain('registered already');
    const [welcome, ...others] = await world.texts(stranger);
    expect(welcome).toContain('Welcome');
    expect(others).toEqual([]);
  });

  it('take as long for a phone that is known', async () => {
    const times = async (phones: readonly string[]) => {
      const all: number[] = [];
      for (const phone of phones) {
        const began = performance.now();
        await post('/auth/otp', { phone });
        all.push(performance.now() - began);
      }
      return all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
    };
    const people = await Promise.all(Array.from({ length: 7 }, () => world.customer()));
    const known = await times(people.map(({ phone }) => phone));
    const unknown = await times(people.map(() => world.freshPhone()));
    expect(known).toBeGreaterThanOrEqual(119);
    expect(unknown).toBeGreaterThanOrEqual(119);
    expect(Math.abs(known - unknown)).toBeLessThan(40);
  });

  it('are sent five times an hour to a phone, also when asked for at once', async () => {
    const { phone } = await world.customer();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/auth/otp', { phone })));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 202, 202, 429, 429, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(3_600);
    const stranger = world.freshPhone();
    const others = await Promise.all(Array.from({ length: 6 }, () => post('/auth/otp', { phone: stranger })));
    expect(others.filter(({ status }) => status === 429)).toHaveLength(1);
  });

  it('die after five wrong tries', async () => {
    const { phone } = await world.customer();
    await post('/auth/otp', { phone });
    const code = codeIn((await world.texts(phone))[0]);
    for (let i = 0; i < 5; i += 1)
      expect(await post('/auth/otp/verify', { phone, code: wrongCode(code) })).toMatchObject({
        status: 401,
        body: { code: 'wrong_credentials' },
      });
    expect((await post('/auth/otp/verify', { phone, code })).status).toBe(401);
  });

  it('die after 300 seconds, and belong to one phone', async () => {
    const [one, other] = [await world.customer(), await world.customer()];
    await post('/auth/otp', { phone: one.phone });
    const code = codeIn((await world.texts(one.phone))[0]);
    expect((await post('/auth/otp/verify', { phone: other.phone, code })).status).toBe(401);
    const { db } = world.database;
    const [row] = await db
      .select()
      .from(otpCodes)
      .where(eq(otpCodes.phoneHash, world.deps.encryption.hash('phone', one.phone)));
    expect((row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0)).toBe(300_000);
    await db
      .update(otpCodes)
      .set({ expiresAt: new Date(Date.now() - 1) })
      .where(eq(otpCodes.id, row?.id ?? ''));
    expect((await post('/auth/otp/verify', { phone: one.phone, code })).status).toBe(401);
  });

  it('are for phones of the market, and for phones at all', async () => {
    expect(await post('/auth/register', { phone: '+254712345678', name: 'Elsewhere', market: 'UG' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'phone' }] },
    });
    for (const phone of ['0772123456', '+256', '+256772', 'nobody', '', null]) {
      expect(await post('/auth/otp', { phone }), String(phone)).toMatchObject({
        status: 400,
        body: { code: 'invalid_input', errors: [{ path: 'phone' }] },
      });
    }
  });
});

describe('sessions', () => {
  it('give the same successor for a refresh token that is used again within a minute, also at the same moment', async () => {
    const { refreshToken } = await world.customer();
    const successorOf = async (used: string) => {
      const { status, body } = await post('/auth/refresh', { refreshToken: used });
      return [status, (body as { refreshToken?: string }).refreshToken];
    };
    const [one, two] = await Promise.all([successorOf(refreshToken), successorOf(refreshToken)]);
    expect([one[0], two]).toEqual([200, one]);
    const third = await successorOf(String(one[1]));
    expect(third[0]).toBe(200);
    expect(await successorOf(refreshToken)).toEqual(one);
    expect(await successorOf(String(one[1]))).toEqual(third);
    const kept = await world.database.db.select().from(refreshTokens);
    expect(JSON.stringify(kept)).not.toContain(String(one[1]));
  });

  it('end whole when a refresh token is used a minute after it was used', async () => {
    const { refreshToken, token } = await world.customer();
    const next = (await post('/auth/refresh', { refreshToken })).body as { refreshToken: string; accessToken: string };
    const { db } = world.database;
    await db
      .update(refreshTokens)
      .set({ usedAt: new Date(Date.now() - 61_000) })
      .where(eq(refreshTokens.tokenHash, world.deps.encryption.hash('refresh', refreshToken)));
    expect((await post('/auth/refresh', { refreshToken })).status).toBe(401);
    expect((await post('/auth/refresh', { refreshToken: next.refreshToken })).status).toBe(401);
    for (const dead of [token, next.accessToken])
      expect((await world.call('GET', '/v1/me', { token: dead })).status).toBe(401);
  });

  it('end when the user is disabled; a role that is taken away is gone at once', async () => {
    const admin = await world.staff('admin');
    const agent = await world.staff('admin');
    expect((await world.call('GET', '/v1/users', { token: agent.token })).status).toBe(200);
    const patch = (body: unknown) => world.call('PATCH', `/v1/users/${agent.user.id}`, { token: admin.token, body });
    expect((await patch({ role: 'agent' })).status).toBe(200);
    expect((await world.call('GET', '/v1/users', { token: agent.token })).status).toBe(403);
    expect((await patch({ disabled: true })).body).toMatchObject({ disabled: true });
    expect((await world.call('GET', '/v1/events', { token: agent.token })).status).toBe(401);
    expect((await post('/auth/login', { email: agent.user.email, password: PASSWORD })).status).toBe(401);
    expect((await post('/auth/refresh', { refreshToken: agent.refreshToken })).status).toBe(401);
  });

  it('take no token that is forged, stale, of another key, issuer or audience', async () => {
    const person = await world.customer();
    const ask = async (token: string) => (await world.call('GET', '/v1/me', { token })).status;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forged = await new SignJWT({ role: 'admin', sid: person.user.id })
      .setProtectedHeader({ alg: 'ES256', kid: 'test' })
      .setSubject(person.user.id)
      .setIssuer('rent-to-own')
      .setAudience('marketplace')
      .setExpirationTime('1h')
      .sign(privateKey);
    expect(await ask(forged)).toBe(401);
    const symmetric = await new SignJWT({ role: 'admin' })
      .setProtectedHeader({ alg: 'HS256', kid: 'test' })
      .setExpirationTime('1h')
      .sign(Buffer.alloc(32));
    expect(await ask(symmetric)).toBe(401);
    const [head, body, signature] = person.token.split('.');
    const claims = { ...JSON.parse(Buffer.from(body ?? '', 'base64url').toString()), role: 'admin' };
    expect(await ask([head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.'))).toBe(401);
    expect(await ask(person.token)).toBe(200);
  });

  it('hold when keys are rotated: the first signs, all verify', async () => {
    const jwks = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });
    const [old, fresh] = [testConfig(), testConfig()].map(({ JWT_KEYS }, i) => ({
      ...jwks.parse(JSON.parse(JWT_KEYS)).keys[0],
      kid: `key-${i}`,
    }));
    const before = createTokenIssuer({ JWT_KEYS: JSON.stringify({ keys: [old] }) });
    const after = createTokenIssuer({ JWT_KEYS: JSON.stringify({ keys: [fresh, old] }) });
    const identity = {
      userId: '0198c0de-0000-7000-8000-000000000000',
      role: 'agent',
      sessionId: '0198c0de-0000-7000-8000-000000000001',
    } as const;
    expect(await after.verify(await before.issue(identity))).toMatchObject(identity);
    expect(await before.verify(await after.issue(identity))).toBeNull();
    expect(JSON.stringify(after.publicKeys())).not.toContain('"d"');
  });
});

describe('passwords', () => {
  it('tell nobody whether an e-mail is known, and stop being guessed', async () => {
    const { user } = await world.staff('agent');
    const known = await post('/auth/login', { email: user.email, password: 'wrong password' });
    const unknown = await post('/auth/login', { email: 'nobody@example.com', password: 'wrong password' });
    expect(known.status).toBe(401);
    expect({ ...(known.body as object), requestId: '' }).toEqual({ ...(unknown.body as object), requestId: '' });
    const guesses = await Promise.all(
      Array.from({ length: 22 }, () => post('/auth/login', { email: user.email, password: 'wrong password' })),
    );
    expect(guesses.some(({ status, headers }) => status === 429 && Number(headers.get('retry-after')) > 0)).toBe(true);
  });

  it('are kept as a salted scrypt hash', async () => {
    const { token } = await world.staff('admin');
    const emails = ['one@example.com', 'other@example.com'];
    for (const email of emails) {
      const body = { email, name: 'An agent', role: 'agent', password: PASSWORD };
      expect((await world.call('POST', '/v1/users', { token, body })).status).toBe(201);
    }
    const { db } = world.database;
    const rows = await db.select({ hash: users.passwordHash }).from(users).where(inArray(users.email, emails));
    for (const { hash } of rows) expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(2);
  });
});
