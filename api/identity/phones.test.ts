import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeIn, createApiWorld, type ApiWorld, type Person } from '#test/api-world';

let world: ApiWorld;
let admin: Person;
beforeAll(async () => {
  world = await createApiWorld({
    MTN_BASE_URL: 'http://127.0.0.1:9/mtn',
    MTN_API_USER: 'user',
    MTN_API_KEY: 'key',
    MTN_SUBSCRIPTION_KEY: 'subscription',
  });
  admin = await world.staff('admin');
});
afterAll(() => world.close());

/** With the zero of calls inside the country, which the network takes for the same. */
const withZero = (phone: string) => `${phone.slice(0, 4)}0${phone.slice(4)}`;
const post = (path: string, body: unknown, token?: string) => world.call('POST', `/v1${path}`, { body, token });
const usersWith = (phone: string) =>
  world.call('GET', `/v1/users?phone=${encodeURIComponent(phone)}`, { token: admin.token });

describe('a phone', () => {
  it('is one account however it is written', async () => {
    const phone = world.freshPhone();
    await post('/auth/register', { phone: withZero(phone), name: 'One Person', market: 'UG' });
    await post('/auth/register', { phone, name: 'Somebody Else', market: 'UG' });
    const [code] = await world.texts(phone, 2);
    const { status, body } = await post('/auth/otp/verify', { phone: withZero(phone), code: codeIn(code) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { phone, name: 'One Person' } });
    for (const written of [phone, withZero(phone)])
      expect((await usersWith(written)).body).toMatchObject({ data: [{ phone, name: 'One Person' }] });
  });

  it('is one payment method however it is written', async () => {
    const { token, phone } = await world.customer();
    const one = await post('/payment-methods', { provider: 'mtn', phone: withZero(phone) }, token);
    const same = await post('/payment-methods', { provider: 'mtn', phone }, token);
    expect([one.status, same.status]).toEqual([201, 201]);
    expect(same.body).toEqual(one.body);
    expect(one.body).toMatchObject({ masked: expect.stringMatching(/^\+2567\*+100$/) });
  });

  it.each(['+256999999999', '+254999999999', '+250999999999', '+256800100100', '+25677200010'])(
    '%s cannot exist, and is refused everywhere',
    async (phone) => {
      const { token } = await world.customer();
      const refused = { status: 400, body: { errors: [{ path: 'phone' }] } };
      expect(await post('/auth/register', { phone, name: 'Nobody', market: 'UG' })).toMatchObject(refused);
      expect(await post('/auth/otp', { phone })).toMatchObject(refused);
      expect(await post('/auth/otp/verify', { phone, code: '123456' })).toMatchObject(refused);
      expect(await post('/payment-methods', { provider: 'mtn', phone }, token)).toMatchObject(refused);
      expect(await usersWith(phone)).toMatchObject(refused);
    },
  );

  it.each(['+256790123100', '+256796123100', '+256760123100', '+256392345100'])(
    '%s, of a range that is new or that tables take for no mobile, is taken',
    async (phone) => {
      expect((await post('/auth/register', { phone, name: 'New Range', market: 'UG' })).status).toBe(201);
    },
  );

  it.each([
    ['+256414123456', 'UG', 'mtn'],
    ['+2560414123456', 'UG', 'mtn'],
    ['+256312123456', 'UG', 'airtel'],
    ['+254202123456', 'KE', 'mpesa'],
    ['+250252123456', 'RW', 'mtn'],
  ])('%s is a landline, which gets neither a text nor a prompt', async (phone, market, provider) => {
    const { token, user } = await world.customer();
    const refused = {
      status: 400,
      body: { errors: [{ path: 'phone', message: expect.stringContaining('landline') }] },
    };
    expect(await post('/auth/register', { phone, name: 'At Home', market })).toMatchObject(refused);
    expect(await post('/payment-methods', { provider, phone }, token)).toMatchObject(refused);
    const change = { token: admin.token, body: { phone } };
    expect(await world.call('PATCH', `/v1/users/${user.id}`, change)).toMatchObject(refused);
    // An account that has one from before is found by it.
    expect(await usersWith(phone)).toMatchObject({ status: 200, body: { data: [] } });
  });
});

describe('an admin', () => {
  const give = (id: string, phone: string) =>
    world.call('PATCH', `/v1/users/${id}`, { token: admin.token, body: { phone } });

  it('gives a customer another phone: the sessions end, and he logs in by it', async () => {
    const [{ user, token }, phone] = [await world.customer(), world.freshPhone()];
    expect(await give(user.id, withZero(phone))).toMatchObject({ status: 200, body: { id: user.id, phone } });
    expect((await world.call('GET', '/v1/me', { token })).status).toBe(401);
    await post('/auth/otp', { phone });
    const [code] = await world.texts(phone);
    expect((await post('/auth/otp/verify', { phone, code: codeIn(code) })).body).toMatchObject({
      user: { id: user.id },
    });
  });

  it('gives none that another has, that is of another country, or to staff', async () => {
    const [one, other] = [await world.customer(), await world.customer()];
    const refused = (status: number) => ({ status, body: { errors: [{ path: 'phone' }] } });
    expect(await give(one.user.id, other.phone)).toMatchObject(refused(409));
    expect(await give(one.user.id, world.freshPhone('RW'))).toMatchObject(refused(422));
    expect(await give(admin.user.id, world.freshPhone())).toMatchObject(refused(422));
    expect(await give(one.user.id, one.phone)).toMatchObject({ status: 200 });
  });
});
