import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, callbacks } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { callbackSecret } from '#platform/callback-secret';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
let world: SimulatorClient;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  world = new SimulatorClient(platform.simulators);
});
afterAll(() => platform.close());

/** What a queue says of a request that waited too long, in the form of a result that failed. */
const timedOut = (ConversationID: string) => ({
  Result: { ResultType: 0, ResultCode: 1, ResultDesc: 'timed out', ConversationID, TransactionID: 'MONEY' },
});

it('the message of a time-out is kept and claims nothing, whatever it says', async () => {
  const customer = await newCustomer(platform, { provider: 'mpesa', digits: '023' });
  await leaseIn('awaiting_deposit', customer, staff, { market: 'KE' });
  const prompt = await eventually('a prompt', async () => {
    const { data } = await world.get('/prompts', { query: { payer: customer.phone } });
    const [{ callbackUrl, reference } = { callbackUrl: null, reference: null }] = data;
    return callbackUrl === null || reference === null ? undefined : { callbackUrl, reference };
  });
  const path = `${new URL(prompt.callbackUrl).pathname}/timeout`;
  for (const method of ['POST', 'PUT']) {
    for (const body of [JSON.stringify(timedOut('AG_1')), 'no JSON', ''])
      expect((await fetch(platform.url + path, { method, body })).status).toBe(200);
  }
  const { db } = platform.database;
  const kept = await db.select().from(callbacks).where(eq(callbacks.attemptId, prompt.reference));
  expect(kept.map(({ claim }) => claim)).toEqual(Array.from({ length: 6 }, () => null));
  const [attempt] = await db.select().from(attempts).where(eq(attempts.id, prompt.reference));
  expect(attempt?.status).toBe('pending');
  expect(attempt?.providerRequestId).not.toBe('AG_1');
  const { data: letters } = await staff.agent.get('/v1/dead-letters', { query: { kind: 'callback' } });
  const own = letters.filter(({ detail }) => detail['paymentId'] === prompt.reference);
  expect(own).toHaveLength(6);
  expect(own.map(({ payload }) => payload)).toContain('no JSON, 7 characters');
  expect(JSON.stringify(own)).not.toContain('MONEY');
  const press = () => staff.agent.post('/v1/dead-letters/{id}/redrive', { path: { id: own[0]?.id ?? '' }, body: {} });
  expect(await Promise.all([press(), press()])).toMatchObject([{ redrivable: true }, { redrivable: true }]);
  const wrong = path.replace(/[^/]+\/timeout$/, `${'w'.repeat(43)}/timeout`);
  expect((await fetch(platform.url + wrong, { method: 'POST', body: '{}' })).status).toBe(404);
});

it('a refund whose time-out comes before its result, and whose result comes twice, is made once', async () => {
  const customer = await newCustomer(platform, { provider: 'mpesa' });
  const { id } = await leaseIn('awaiting_handover', customer, staff, { market: 'KE' });
  await world.post('/faults', { body: { queueTimeOuts: 1, duplicateCallbacks: 1, providers: ['mpesa'] } });
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  await hoursLater(platform, id, 3 * 24);
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  await fetch(`${platform.simulators}/faults`, { method: 'DELETE' });
  const lease = await customer.client.get('/v1/leases/{id}', { path: { id } });
  expect(lease.credit.amount).toBe(0);
  expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(0);
  const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
  expect(data.filter(({ kind }) => kind === 'refund')).toHaveLength(1);
});

it('a refund that waits for the receipt of its charge is sent once a late callback names it', async () => {
  const customer = await newCustomer(platform, { provider: 'mpesa', digits: '002' });
  const { id, deposit } = await leaseIn('awaiting_deposit', customer, staff, { market: 'KE' });
  await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
  const { db } = platform.database;
  // As a query confirms it that names no receipt.
  const nameless = { providerReference: null };
  const [charge] = await db.update(attempts).set(nameless).where(eq(attempts.leaseId, id)).returning();
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  const payments = async () => (await customer.client.get('/v1/payments', { query: { leaseId: id } })).data;
  await hoursLater(platform, id, 3 * 24);
  expect(await payments()).toMatchObject([{ kind: 'deposit', providerReference: null }]);

  const { data } = await world.get('/transactions', { query: { payer: customer.phone } });
  const Item = [
    { Name: 'Amount', Value: deposit.amount / 100 },
    { Name: 'MpesaReceiptNumber', Value: data[0]?.id },
    { Name: 'TransactionDate', Value: 20260105100000 },
    { Name: 'PhoneNumber', Value: Number(customer.phone.slice(1)) },
  ];
  const ids = { MerchantRequestID: 'M1', CheckoutRequestID: charge?.providerRequestId };
  const Body = { stkCallback: { ...ids, ResultCode: 0, ResultDesc: 'paid', CallbackMetadata: { Item } } };
  const secret = callbackSecret(platform.encryption, charge?.id ?? '');
  const url = `${platform.url}/v1/callbacks/mpesa/${secret}`;
  for (const _ of [1, 2])
    expect((await fetch(url, { method: 'POST', body: JSON.stringify({ Body }) })).status).toBe(200);
  const refunds = await eventually('the refund', async () => {
    const some = (await payments()).filter(({ kind }) => kind === 'refund');
    return some.some(({ status }) => status === 'succeeded') ? some : undefined;
  });
  expect(refunds).toHaveLength(1);
  expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(0);
});
