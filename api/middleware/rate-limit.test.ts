import { Metrics } from '#platform/metrics/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases } from '#db/schema/index';
import { createApiWorld, type ApiWorld } from '#test/api-world';

const metrics = new Metrics('test');
let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld(
    {
      RATE_LIMIT_USER: '5',
      RATE_LIMIT_ADDRESS: '12',
      TRUSTED_PROXIES: '1',
      TEXTS_ADDRESS_HOUR: '3',
      TEXTS_HOUR: '5',
    },
    { metrics },
  );
});
afterAll(() => world.close());

/** Requests at once, as a proxy that is trusted passes them on; what the client claims before that is not believed. */
const burst = (count: number, from: string, token?: string) =>
  Promise.all(
    Array.from({ length: count }, () =>
      world.call('GET', token === undefined ? '/v1/plans' : '/v1/me', {
        token,
        headers: { 'x-forwarded-for': `203.0.113.250, ${from}` },
      }),
    ),
  );

describe('rate limits', () => {
  it('count by address, as the trusted proxy saw it, and say what is left', async () => {
    const answers = await burst(15, '198.51.100.1');
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(12);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(3);
    for (const { headers, body } of refused) {
      expect(body).toMatchObject({ code: 'rate_limited', status: 429 });
      expect(headers.get('retry-after')).toBe('1');
      expect(headers.get('ratelimit')).toBe('"address";r=0;t=1');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"address";q=12;w=1');
    expect((await burst(1, '198.51.100.2'))[0]?.status).toBe(200);
  });

  it('count by user, wherever they come from', async () => {
    const { token } = await world.customer();
    const answers = (
      await Promise.all(Array.from({ length: 4 }, (_, i) => burst(2, `198.51.100.${10 + i}`, token)))
    ).flat();
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.find(({ status }) => status === 429)?.headers.get('ratelimit')).toEqual(
      expect.stringMatching(/^"user";r=0;t=1, "address";r=1[01];t=1$/),
    );
    const { token: other } = await world.customer();
    expect((await burst(1, '198.51.100.10', other))[0]?.status).toBe(200);
  });
});

describe('texts to strangers', () => {
  const register = (from: string, phone = world.freshPhone()) =>
    world.call('POST', '/v1/auth/register', {
      body: { phone, name: 'A stranger', market: 'UG' },
      headers: { 'x-forwarded-for': from },
    });
  const ask = (from: string) =>
    world.call('POST', '/v1/auth/otp', { body: { phone: world.freshPhone() }, headers: { 'x-forwarded-for': from } });
  const refusedBy = async () => {
    const values = await metrics.valuesOf('texts_refused_total');
    return Object.fromEntries(values.map(({ labels, value }): [string, number] => [String(labels['bound']), value]));
  };

  it('are so many an hour for an address, and so many in all, which is a case', async () => {
    const first = await Promise.all([register('203.0.113.1'), register('203.0.113.1'), ask('203.0.113.1')]);
    expect(first.map(({ status }) => status)).toEqual([201, 201, 202]);
    for (const refused of [await register('203.0.113.1'), await ask('203.0.113.1')]) {
      expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
    }
    expect(await world.database.db.select().from(cases)).toEqual([]);

    // A phone that nobody has gets no text, and counts for none.
    const second = [await register('203.0.113.2'), await register('203.0.113.2'), await register('203.0.113.2')];
    expect(second.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await register('203.0.113.3')).toMatchObject({ status: 429 });
    expect(await ask('203.0.113.3')).toMatchObject({ status: 429 });
    expect(await world.database.db.select().from(cases)).toMatchObject([
      { kind: 'texts_used_up', status: 'open', detail: { mostAnHour: 5 } },
    ]);
    expect(await refusedBy()).toEqual({ address: 2, all: 2 });
  });
});
