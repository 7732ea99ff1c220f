import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { answersLate } from '#test/late-charge';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ COLLECT_POLLS: '80' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const REQUEST = 100_000;

async function order(token: string, path: string, body: object) {
  const answer = await fetch(`${platform.url}/v1/leases/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });
  const said: unknown = await answer.json();
  return { status: answer.status, said };
}
const pay = ({ token }: Customer, id: string, amount: number, paymentMethodId?: string) =>
  order(token, `${id}/pay`, { amount: { amount, currency: 'UGX' }, paymentMethodId });

/** A lease whose own request is on the phone since a moment ago, and was sent so many minutes before, as one that was paid. */
async function requested(
  customer: Customer,
  { minutesAgo = 0, status = 'pending' }: { minutesAgo?: number; status?: 'pending' | 'unknown' | 'succeeded' } = {},
) {
  const lease = await leaseIn('active', customer, staff);
  const { db } = platform.database;
  const [paid] = await db.select().from(attempts).where(eq(attempts.leaseId, lease.id)).limit(1);
  if (paid === undefined) throw new Error('nothing is paid');
  const unheard = { callbackHash: null, providerReference: null, transferId: null, settledAt: null, allocation: [] };
  const now = new Date(Date.now() - minutesAgo * 60_000);
  const request = { kind: 'instalment', due: 'instalment-1', amount: REQUEST, status } as const;
  const sent = { sent: true, sentAt: now, createdAt: now, requestedAt: now };
  const id = randomUUID();
  await db
    .insert(attempts)
    .values({ ...paid, ...unheard, ...request, ...sent, id, paymentMethodId: customer.paymentMethodId });
  return { ...lease, requestId: id };
}

describe.concurrent('while the request of the lease itself is on the phone', () => {
  it('whoever orders that sum is told of that request, and of no other', async () => {
    const customer = await newCustomer(platform);
    const { id, requestId } = await requested(customer);
    const answer = await pay(customer, id, REQUEST);
    expect(answer).toMatchObject({ status: 202, said: { id: requestId, status: 'pending' } });
    const isOwn = and(eq(attempts.leaseId, id), eq(attempts.status, 'pending'));
    expect(await platform.database.db.$count(attempts, isOwn)).toBe(1);
  });

  it('less, a little more, or so much more that both would be more than is owed, is not asked for beside it; nor is a quote', async () => {
    const customer = await newCustomer(platform);
    const { id, outstanding } = await requested(customer);
    const refused = { status: 409, said: { code: 'request_on_phone' } };
    expect(await pay(customer, id, REQUEST - 1_000)).toMatchObject(refused);
    expect(await pay(customer, id, REQUEST + 500)).toMatchObject(refused);
    expect(await pay(customer, id, outstanding.amount)).toMatchObject(refused);
    const quote = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    expect(await order(customer.token, `${id}/settle`, { quoteId: quote.id })).toMatchObject(refused);
  });

  it('what is paid ahead of it is taken', async () => {
    const customer = await newCustomer(platform);
    const { id } = await requested(customer);
    expect(await pay(customer, id, 2 * REQUEST)).toMatchObject({ status: 202, said: { kind: 'instalment' } });
  });

  it('another number is asked, and so is this one once nobody can answer the request any more', async () => {
    const customer = await newCustomer(platform);
    const { id } = await requested(customer);
    const { phone } = await newCustomer(platform, { verified: false });
    const other = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    expect((await pay(customer, id, REQUEST, other.id)).status).toBe(202);
    const [patient, doubtful] = await Promise.all([newCustomer(platform), newCustomer(platform)]);
    const old = await requested(patient, { minutesAgo: 6 });
    expect((await pay(patient, old.id, REQUEST)).status).toBe(202);
    const unknown = await requested(doubtful, { status: 'unknown' });
    expect((await pay(doubtful, unknown.id, REQUEST)).status).toBe(202);
  });

  it('one that was confirmed and is not booked yet is that request still', async () => {
    const customer = await newCustomer(platform);
    const { id, requestId } = await requested(customer, { status: 'succeeded' });
    expect(await pay(customer, id, REQUEST)).toMatchObject({ status: 202, said: { id: requestId } });
  });

  // Of what was booked long ago the hour is not kept.
  it.each([
    ['minutes ago', () => new Date(Date.now() - 3 * 60_000)],
    ['long ago', () => null],
  ])('whoever writes PAY is told that it is there, and that it was paid, but not %s', async (_, before) => {
    const customer = await newCustomer(platform);
    const { requestId } = await requested(customer);
    const world = new SimulatorClient(platform.simulators);
    const says = async (amount: number, expected: string) => {
      const text = { from: customer.phone, to: '7368', text: `PAY ${amount}`, date: new Date().toISOString() };
      const body = new URLSearchParams({ id: randomUUID(), ...text });
      await fetch(`${platform.url}/v1/callbacks/sms/the-secret-of-callbacks`, { method: 'POST', body });
      await eventually(expected, async () => {
        const { data } = await world.get('/sms', { query: { to: customer.phone } });
        return data.some((one) => one.body.includes(expected)) ? true : undefined;
      });
    };
    await says(REQUEST, 'The request for 100,000 UGX');
    await says(1_000, 'A request to pay is on your phone');
    const { db } = platform.database;
    const becomes = (booked: Partial<typeof attempts.$inferInsert>) =>
      db.update(attempts).set(booked).where(eq(attempts.id, requestId));
    await becomes({ status: 'succeeded', transferId: randomUUID(), bookedAt: new Date() });
    await says(REQUEST, 'was paid just now');
    await becomes({ bookedAt: before() });
    await says(REQUEST, 'Confirm 100,000 UGX');
  });
});

it('who has signed and writes PAY for his deposit is asked for it once', async () => {
  const customer = await newCustomer(platform, { digits: '024' });
  const { id, deposit } = await leaseIn('awaiting_deposit', customer, staff);
  const payments = async () => (await customer.client.get('/v1/payments', { query: { leaseId: id } })).data;
  const request = await eventually('the prompt of the lease', async () =>
    (await payments()).find(({ status }) => status === 'pending'),
  );
  expect(await pay(customer, id, deposit.amount)).toMatchObject({ status: 202, said: { id: request.id } });
  expect(await payments()).toHaveLength(1);
});

it('who pays by another way while a request is on his phone reads nothing of it once it has failed, and is asked for the next line on its day', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff, { terms: { frequency: 'daily' } });
  const { phone } = await newCustomer(platform, { digits: '023', verified: false });
  const silent = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  const collection = { paymentMethodIds: [silent.id], quietHours: null };
  await customer.client.post('/v1/leases/{id}/collection', { path: { id }, body: collection });
  const morning = hoursLater(platform, id, 24 + 10 - ((Date.now() / 3_600_000 + 3) % 24));
  const prompts = async () =>
    (await customer.client.get('/v1/payments', { query: { leaseId: id } })).data
      .filter(({ paymentMethodId }) => paymentMethodId === silent.id)
      .toReversed();
  const prompt = (number: number) => eventually('a prompt of the lease', async () => (await prompts())[number - 1]);
  const request = await prompt(1);
  const cash = { leaseId: id, amount: request.amount, receiptNumber: randomUUID() };
  await staff.agent.post('/v1/payments/cash', { body: cash });
  await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  const failed = { state: 'failed', reason: 'no_subscriber', detail: 'the number was ported' } as const;
  await answersLate(platform, id, request.id, failed);
  await morning;
  const nextMorning = hoursLater(platform, id, 24);
  await answersLate(platform, id, (await prompt(2)).id, failed);
  await nextMorning;
  expect(await prompts()).toMatchObject([{ reason: 'no_subscriber' }, { reason: 'no_subscriber' }]);
  const { data } = await new SimulatorClient(platform.simulators).get('/sms', { query: { to: customer.phone } });
  // Of the second one alone.
  expect(data.filter(({ body }) => body.includes('another payment method'))).toHaveLength(1);
});
