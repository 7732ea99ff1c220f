import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { eventually } from '#dev/client';
import { DECLINES_A_DAY, FAILURES_A_DAY, UNANSWERED_A_DAY } from '#domain/payments/own-payments';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ COLLECT_POLLS: '4' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const pay = (token: string, leaseId: string, amount: number) =>
  fetch(`${platform.url}/v1/leases/${leaseId}/pay`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ amount: { amount, currency: 'UGX' } }),
  });

describe.concurrent('what a customer may start', () => {
  it('at once: what is owed and one more, then 409', async () => {
    const customer = await newCustomer(platform);
    const lease = await leaseIn('active', customer, staff);
    const slow = await newCustomer(platform, { digits: '024', verified: false });
    const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: slow.phone } });
    await customer.client.post('/v1/leases/{id}/payment-method', {
      path: { id: lease.id },
      body: { paymentMethodId: method.id },
    });
    const answers = await Promise.all([1, 2, 3, 4].map(() => pay(customer.token, lease.id, lease.totalPrice.amount)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({
      code: 'payments_under_way',
      detail: 'payments that cover what is owed are under way: wait for them',
    });
  });

  it('at once: ten small ones, then 409, which does not say that they cover what is owed', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const slow = await newCustomer(platform, { digits: '024', verified: false });
    const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: slow.phone } });
    await customer.client.post('/v1/leases/{id}/payment-method', {
      path: { id },
      body: { paymentMethodId: method.id },
    });
    const answers = await Promise.all(Array.from({ length: 11 }, () => pay(customer.token, id, 1_000)));
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(1);
    expect(await refused[0]?.json()).toMatchObject({
      code: 'payments_under_way',
      detail: '10 payments of the lease are under way: wait for one of them',
    });
  });

  it('of a number that declines: three a day, whichever lease asks, then 409 until tomorrow', async () => {
    const unwilling = await newCustomer(platform, { digits: '012', verified: false });
    const statuses: number[] = [];
    for (const times of [2, 2]) {
      const customer = await newCustomer(platform);
      const { id } = await leaseIn('active', customer, staff);
      const method = { provider: 'mtn', phone: unwilling.phone } as const;
      const { id: paymentMethodId } = await customer.client.post('/v1/payment-methods', { body: method });
      await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
      for (let count = 1; count <= times; count += 1) {
        const answer = await pay(customer.token, id, 1_000);
        statuses.push(answer.status);
        if (answer.status === 409) expect(await answer.json()).toMatchObject({ code: 'phone_declined' });
        await eventually('the decline', async () => {
          const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id, limit: 100 } });
          return data.some(({ status }) => status === 'pending') ? undefined : true;
        });
      }
    }
    expect(statuses).toEqual([202, 202, 202, 409]);
  });

  it.each([
    ['declined', DECLINES_A_DAY],
    ['expired', UNANSWERED_A_DAY],
  ] as const)('of a number that is not one’s own: until %s %i times a day; its owner may pay', async (reason, most) => {
    const [owner, stranger] = await Promise.all([newCustomer(platform), newCustomer(platform)]);
    const { id } = await leaseIn('active', owner, staff);
    const other = await leaseIn('active', stranger, staff);
    const method = await stranger.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: owner.phone } });
    const path = { id: other.id };
    await stranger.client.post('/v1/leases/{id}/payment-method', { path, body: { paymentMethodId: method.id } });
    await failed(other.id, method.id, reason, most - 1);
    expect((await pay(stranger.token, other.id, 1_000)).status).toBe(202);
    await failed(other.id, method.id, reason, 1);
    expect((await pay(stranger.token, other.id, 1_000)).status).toBe(409);
    // Who does not answer his own prompts is asked again; who declines them is not, whoever asks.
    if (reason === 'expired') await failed(id, owner.paymentMethodId, reason, most);
    expect((await pay(owner.token, id, 1_000)).status).toBe(202);
  });

  it('of one’s own number: what he has declined of what the lease asked for by itself keeps nobody from paying', async () => {
    const owner = await newCustomer(platform);
    const { id } = await leaseIn('active', owner, staff);
    await failed(id, owner.paymentMethodId, 'declined', DECLINES_A_DAY, 'instalment-1');
    expect((await pay(owner.token, id, 1_000)).status).toBe(202);
    await failed(id, owner.paymentMethodId, 'declined', DECLINES_A_DAY);
    expect((await pay(owner.token, id, 1_000)).status).toBe(409);
  });

  /** So many prompts that people asked for today, or that the lease did, like one that was paid. */
  async function failed(
    leaseId: string,
    paymentMethodId: string,
    reason: 'declined' | 'expired',
    count: number,
    due?: string,
  ) {
    const { db } = platform.database;
    const [paid] = await db.select().from(attempts).where(eq(attempts.leaseId, leaseId)).limit(1);
    if (paid === undefined) throw new Error('nothing is paid');
    const unpaid = { status: 'failed', callbackHash: null, providerReference: null, transferId: null } as const;
    const asked = { ...paid, ...unpaid, kind: 'instalment', paymentMethodId, reason, requestedAt: new Date() } as const;
    await db.insert(attempts).values(
      Array.from({ length: count }, (_, i) => ({
        ...asked,
        id: randomUUID(),
        due: due ?? `pay-${randomUUID()}`,
        attempt: i + 1,
      })),
    );
  }

  it('that fails: so many a day, then 429 until tomorrow', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const broke = await newCustomer(platform, { digits: '010', verified: false });
    const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: broke.phone } });
    await customer.client.post('/v1/leases/{id}/payment-method', {
      path: { id },
      body: { paymentMethodId: method.id },
    });
    for (let count = 1; count <= FAILURES_A_DAY; count += 1) {
      expect((await pay(customer.token, id, 1_000)).status).toBe(202);
      await eventually('the decline', async () => {
        const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id, limit: 100 } });
        return data.some(({ status }) => status === 'pending') ? undefined : true;
      });
    }
    const refused = await pay(customer.token, id, 1_000);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
  });
});
