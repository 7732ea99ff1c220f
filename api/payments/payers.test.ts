import { afterAll, beforeAll, expect, it } from 'vitest';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

it('a payer of another country than the lease is refused wherever it is named', async () => {
  const customer = await newCustomer(platform);
  const { client } = customer;
  const { id: foreign } = await client.post('/v1/payment-methods', {
    body: { provider: 'mtn', phone: '+250788123100' },
  });
  const refused = (path: string) => ({ status: 422, errors: [{ path }] });
  const { data: vehicles } = await client.get('/v1/vehicles', { query: { type: 'motorcycle', market: 'UG' } });
  const { data: plans } = await client.get('/v1/plans', { query: { market: 'UG' } });
  const application = { vehicleId: vehicles.at(-1)?.id ?? '', planId: plans[0]?.id ?? '', paymentMethodId: foreign };
  await expect(client.post('/v1/leases', { body: application })).rejects.toMatchObject(refused('paymentMethodId'));

  const { id } = await leaseIn('active', customer, staff);
  const amount = { amount: 1_000, currency: 'UGX' };
  const quote = await client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
  for (const [command, body, field] of [
    ['payment-method', { paymentMethodId: foreign }, 'paymentMethodId'],
    ['collection', { paymentMethodIds: [customer.paymentMethodId, foreign], quietHours: null }, 'paymentMethodIds'],
    ['pay', { amount, paymentMethodId: foreign }, 'paymentMethodId'],
    ['settle', { quoteId: quote.id, paymentMethodId: foreign }, 'paymentMethodId'],
  ] as const)
    await expect(client.send('POST', `/v1/leases/${id}/${command}`, { body }), command).rejects.toMatchObject(
      refused(field),
    );
});
