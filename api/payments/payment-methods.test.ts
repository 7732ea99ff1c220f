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
    MPESA_BASE_URL: 'http://127.0.0.1:9/mpesa',
    MPESA_CONSUMER_KEY: 'key',
    MPESA_CONSUMER_SECRET: 'secret',
    MPESA_SHORTCODE: '174379',
    MPESA_PASSKEY: 'passkey',
    MPESA_INITIATOR: 'initiator',
    MPESA_SECURITY_CREDENTIAL: 'credential',
  });
});
afterAll(() => world.close());

it.each([
  ['named', { provider: 'mtn', phone: '+256772000100' }, 201, 'mtn'],
  ['by its prefix', { phone: '+256772000101' }, 201, 'mtn'],
  ['ported from Airtel to MTN', { provider: 'mtn', phone: '+256702000102' }, 201, 'mtn'],
  ['of a prefix that does not tell', { phone: '+256712000103' }, 422, 'provider'],
  ["of Safaricom's, in Kenya", { phone: '+254712000108' }, 201, 'mpesa'],
  ["of Airtel's in Kenya, which M-Pesa does not have", { phone: '+254733000109' }, 422, 'provider'],
  ["of Telkom's in Kenya", { phone: '+254770000110' }, 422, 'provider'],
  ["ported from Airtel's in Kenya to Safaricom", { provider: 'mpesa', phone: '+254733000111' }, 201, 'mpesa'],
  ["of KtRN's in Rwanda", { phone: '+250771000112' }, 422, 'provider'],
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
