import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { attempts, callbacks } from '#db/schema/index';
import { eventually, listOf, MarketplaceClient, shapes } from '#dev/client';
import { reallyCharged } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
let world: MarketplaceClient;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  world = new MarketplaceClient(platform.simulators);
});
afterAll(() => platform.close());

/** What a queue says of a request that waited too long, in the form of a result that failed. */
const timedOut = (ConversationID: string) => ({
  Result: { ResultType: 0, ResultCode: 1, ResultDesc: 'timed out', ConversationID, TransactionID: 'MONEY' },
});

it('the message of a time-out is kept and claims nothing, whatever it says', async () => {
  const customer = await newCustomer(platform, { provider: 'mpesa', digits: '023' });
  await leaseIn('awaiting_deposit', customer, staff, { market: 'KE' });
  const prompts = z.object({ data: z.array(z.object({ reference: z.string(), callbackUrl: z.string() })) });
  const prompt = await eventually('a prompt', async () => {
    const { data } = await world.get(`/prompts?payer=${encodeURIComponent(customer.phone)}`, prompts);
    return data[0];
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
  const wrong = path.replace(/[^/]+\/timeout$/, `${'w'.repeat(43)}/timeout`);
  expect((await fetch(platform.url + wrong, { method: 'POST', body: '{}' })).status).toBe(404);
});

it('a refund whose time-out comes before its result, and whose result comes twice, is made once', async () => {
  const customer = await newCustomer(platform, { provider: 'mpesa' });
  const { id } = await leaseIn('awaiting_handover', customer, staff, { market: 'KE' });
  await world.post('/faults', { queueTimeOuts: 1, duplicateCallbacks: 1, providers: ['mpesa'] }, z.unknown());
  await customer.client.post(`/v1/leases/${id}/withdraw`, {}, shapes.lease);
  await hoursLater(platform, id, 3 * 24);
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  await fetch(`${platform.simulators}/faults`, { method: 'DELETE' });
  const lease = await customer.client.get(`/v1/leases/${id}`, shapes.lease);
  expect(lease.credit.amount).toBe(0);
  expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(0);
  const { data } = await customer.client.get(`/v1/payments?leaseId=${id}`, listOf(shapes.payment));
  expect(data.filter(({ kind }) => kind === 'refund')).toHaveLength(1);
});
