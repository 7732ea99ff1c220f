import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '#test/api-world';

let world: ApiWorld;
beforeAll(async () => {
  // Nothing listens there: adding a number asks nobody.
  world = await createApiWorld({
    MTN_BASE_URL: 'http://127.0.0.1:9/mtn',
    MTN_API_USER: 'user',
    MTN_API_KEY: 'key',
    MTN_SUBSCRIPTION_KEY: 'subscription',
  });
});
afterAll(() => world.close());

it.each([
  ['named', { provider: 'mtn', phone: '+256772000100' }, 201, 'mtn'],
  ['by its prefix', { phone: '+256772000101' }, 201, 'mtn'],
  ['ported from Airtel to MTN', { provider: 'mtn', phone: '+256702000102' }, 201, 'mtn'],
  ['of a prefix that does not tell', { phone: '+256712000103' }, 422, 'provider'],
  ['of a provider that is not configured', { provider: 'airtel', phone: '+256702000104' }, 422, 'provider'],
  ['of a provider by its prefix that is not configured', { phone: '+256702000105' }, 422, 'provider'],
  ['of a country that the provider does not serve', { provider: 'mtn', phone: '+254712000106' }, 422, 'phone'],
  ['that is none', { provider: 'mtn', phone: '0772000107' }, 400, 'phone'],
])('a number %s', async (_, body, status, what) => {
  const { token } = await world.customer();
  const said = await world.call('POST', '/v1/payment-methods', { token, body });
  expect(said.status, JSON.stringify(said.body)).toBe(status);
  expect(said.body).toMatchObject(status === 201 ? { provider: what } : { errors: [{ path: what }] });
});
