import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, notifications, outbox, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import { codeIn, createApiWorld, PASSWORD, type ApiWorld } from '#test/api-world';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

interface Session {
  accessToken: string;
  refreshToken: string;
  user: { id: string; phone: string; role: string; market: string };
}

const post = (path: string, body: unknown, token?: string) => world.call('POST', `/v1${path}`, { body, token });
const me = (token: string) => world.call('GET', '/v1/me', { token });

describe('a customer', () => {
  it('registers, logs in by the code of the SMS, refreshes and logs out', async () => {
    const phone = world.freshPhone();
    expect(await post('/auth/register', { phone, name: 'Amina Nakato', market: 'UG' })).toMatchObject({
      status: 201,
      body: { expiresIn: 300 },
    });
    const [text] = await world.texts(phone);
    const verified = await post('/auth/otp/verify', { phone, code: codeIn(text) });
    expect(verified).toMatchObject({
      status: 200,
      body: {
        tokenType: 'Bearer',
        expiresIn: 900,
        user: { phone, role: 'customer', name: 'Amina Nakato', market: 'UG', language: 'en', monthlyIncome: null },
      },
    });
    const first = verified.body as Session;
    expect(await me(first.accessToken)).toMatchObject({ status: 200, body: { id: first.user.id, phone } });

    const refreshed = await post('/auth/refresh', { refreshToken: first.refreshToken });
    expect(refreshed.status).toBe(200);
    const second = refreshed.body as Session;
    expect(second.refreshToken).not.toBe(first.refreshToken);

    expect((await world.call('POST', '/v1/auth/logout', { token: second.accessToken })).status).toBe(204);
    expect((await me(second.accessToken)).status).toBe(401);
    expect((await post('/auth/refresh', { refreshToken: second.refreshToken })).status).toBe(401);
  });

  it('is on record: an event, an audit entry, and the text without its code', async () => {
    const phone = world.freshPhone();
    await post('/auth/register', { phone, name: 'On Record', market: 'UG' });
    const [text] = await world.texts(phone);
    const { db } = world.database;
    const [user] = await db
      .select()
      .from(users)
      .where(eq(users.phoneHash, world.deps.encryption.hash('phone', phone)));
    const id = user?.id ?? '';
    expect(user?.phoneEncrypted).not.toContain(phone);
    expect(await db.select().from(outbox).where(eq(outbox.subject, id))).toMatchObject([
      { type: 'user.created', data: { userId: id, market: 'UG' } },
    ]);
    const entries = await db.select().from(audit).where(eq(audit.subject, id));
    expect(entries).toMatchObject([{ type: 'user.created' }]);
    expect(JSON.stringify(entries)).not.toContain('On Record');
    // That it was taken is written down a moment after the phone has it.
    const message = await eventually('a text on record', async () => {
      const isTaken = and(eq(notifications.userId, id), eq(notifications.channel, 'sms'));
      return (await db.select().from(notifications).where(isTaken)).at(0);
    });
    expect(message.template).toBe('welcome_code');
    expect(world.deps.encryption.decrypt(message.bodyEncrypted)).not.toContain(codeIn(text));
  });

  it('asks for a code again; only the newest is good, and only once', async () => {
    const { phone } = await world.customer();
    for (const sent of [1, 2]) {
      expect(await post('/auth/otp', { phone })).toMatchObject({ status: 202, body: { expiresIn: 300 } });
      await world.texts(phone, sent);
    }
    const [newest, older] = await world.texts(phone, 2);
    if (codeIn(newest) !== codeIn(older))
      expect((await post('/auth/otp/verify', { phone, code: codeIn(older) })).status).toBe(401);
    expect((await post('/auth/otp/verify', { phone, code: codeIn(newest) })).status).toBe(200);
    expect((await post('/auth/otp/verify', { phone, code: codeIn(newest) })).status).toBe(401);
  });
});

describe('staff', () => {
  it('log in by e-mail and password, whatever the case of the e-mail', async () => {
    const { user } = await world.staff('agent');
    const answer = await post('/auth/login', { email: user.email?.toUpperCase(), password: PASSWORD });
    expect(answer).toMatchObject({
      status: 200,
      body: { user: { id: user.id, role: 'agent', email: user.email, phone: null } },
    });
  });
});

describe('the keys', () => {
  it('are public, and are the public halves only', async () => {
    const { status, body } = await world.call('GET', '/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(body).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.any(String),
          y: expect.any(String),
          kid: 'test',
          alg: 'ES256',
          use: 'sig',
        },
      ],
    });
  });
});
