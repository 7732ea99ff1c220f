import { randomUUID } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { eventually } from '#dev/client';
import { localDateAt } from '#domain/calendar';
import { leaseThat, type Customer } from '#dev/journey';
import { answersLate } from '#test/late-charge';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ COLLECT_POLLS: '4' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const WEEK = 7 * 24;
/** Hours to ten in the morning of the first due date. */
const toDueMorning = () => WEEK + 10 - ((Date.now() / 3_600_000 + 3) % 24);

async function numbers({ client }: Customer, ...digits: string[]) {
  const ids: string[] = [];
  for (const ending of digits) {
    const { phone } = await newCustomer(platform, { digits: ending, verified: false });
    ids.push((await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } })).id);
  }
  return ids;
}
const collects = ({ client }: Customer, id: string, paymentMethodIds: string[], quietHours: Hours | null = null) =>
  client.post('/v1/leases/{id}/collection', { path: { id }, body: { paymentMethodIds, quietHours } });
type Hours = { from: number; until: number };

/** What the lease has asked for of a line by itself, the first first. */
async function promptsFor(id: string, line: number) {
  const { db } = platform.database;
  const rows = await db.select().from(attempts).where(eq(attempts.leaseId, id)).orderBy(asc(attempts.createdAt));
  return rows.filter(({ due }) => due === `instalment-${line}` || due.startsWith(`instalment-${line}.`));
}

// Each lives a week or two of a lease, side by side.
describe.concurrent('after a prompt that brought nothing', () => {
  it('neither a part that is paid nor a wish for quiet rings before the day that its text said', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const unwilling = await numbers(customer, '012');
    await collects(customer, id, unwilling);
    await hoursLater(platform, id, toDueMorning());
    expect(await promptsFor(id, 1)).toHaveLength(1);
    await collects(customer, id, unwilling, { from: 19, until: 8 });
    await hoursLater(platform, id, 1);
    expect(await promptsFor(id, 1)).toHaveLength(1);
    const before = await customer.client.get('/v1/leases/{id}', { path: { id } });
    const cash = { leaseId: id, amount: { amount: 20_000, currency: 'UGX' }, receiptNumber: randomUUID() } as const;
    await staff.agent.post('/v1/payments/cash', { body: cash });
    await leaseThat(customer.client, id, 'paid in part', ({ paid }) => paid.amount > before.paid.amount);
    await hoursLater(platform, id, 1);
    expect(await promptsFor(id, 1)).toHaveLength(1);
    await hoursLater(platform, id, 24);
    const [declined, ...later] = await promptsFor(id, 1);
    expect(later).toMatchObject([{ attempt: 2, amount: (declined?.amount ?? 0) - 20_000 }]);
  });

  it('nor does a part of which a provider tells late', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const [unwilling = '', silent = ''] = await numbers(customer, '012', '023');
    await collects(customer, id, [unwilling]);
    await hoursLater(platform, id, toDueMorning());
    const amount = { amount: 20_000, currency: 'UGX' } as const;
    const own = await customer.client.post('/v1/leases/{id}/pay', {
      path: { id },
      body: { amount, paymentMethodId: silent },
    });
    const path = { id: own.id };
    await eventually('a payment in doubt', async () => {
      const { status } = await customer.client.get('/v1/payments/{id}', { path });
      return status === 'unknown' || undefined;
    });
    const before = await customer.client.get('/v1/leases/{id}', { path: { id } });
    await answersLate(platform, id, own.id);
    await leaseThat(customer.client, id, 'paid in part', ({ paid }) => paid.amount > before.paid.amount);
    await hoursLater(platform, id, 1);
    expect(await promptsFor(id, 1)).toHaveLength(1);
    await hoursLater(platform, id, 24);
    const [declined, ...later] = await promptsFor(id, 1);
    expect(later).toMatchObject([{ amount: (declined?.amount ?? 0) - 20_000 }]);
  });

  it('what is declined of late fees alone puts no line off', async () => {
    const customer = await newCustomer(platform);
    const terms = { graceDays: 1, lateFee: { amount: 5_000, cap: 20_000 } };
    const { id } = await leaseIn('active', customer, staff, { terms });
    await collects(customer, id, await numbers(customer, '012'));
    await hoursLater(platform, id, 48 + toDueMorning());
    const body = { instalments: 60, reason: 'was ill' };
    await staff.agent.post('/v1/leases/{id}/restructure', { path: { id }, body });
    const { nextDue } = await customer.client.get('/v1/leases/{id}', { path: { id } });
    await hoursLater(platform, id, WEEK);
    const asked = (await promptsFor(id, 1)).map(({ requestedAt }) => localDateAt(requestedAt.getTime(), 'UG'));
    expect(asked.at(-1)).toBe(nextDue?.on);
  });

  it('another number that is charged first is asked at once', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await collects(customer, id, await numbers(customer, '012'));
    await hoursLater(platform, id, toDueMorning());
    await collects(customer, id, [customer.paymentMethodId]);
    await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  });
});

it('a prompt that failed and is paid all the same puts no later line off', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff, { terms: { frequency: 'daily' } });
  await collects(customer, id, await numbers(customer, '013'));
  await hoursLater(platform, id, 24 + 10 - ((Date.now() / 3_600_000 + 3) % 24));
  const [failed] = await promptsFor(id, 1);
  expect(failed).toMatchObject({ status: 'failed', reason: 'no_subscriber' });
  await answersLate(platform, id, failed?.id ?? '');
  await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  await hoursLater(platform, id, 24);
  expect(await promptsFor(id, 2)).toHaveLength(1);
});

it('after a late answer of the second number the next line is asked of the first one', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const [poor = '', silent = ''] = await numbers(customer, '010', '023');
  await collects(customer, id, [poor, silent]);
  await hoursLater(platform, id, toDueMorning());
  const doubted = await eventually('a payment in doubt', async () =>
    (await promptsFor(id, 1)).find(({ status }) => status === 'unknown'),
  );
  expect(doubted.paymentMethodId).toBe(silent);
  await answersLate(platform, id, doubted.id);
  await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
  await hoursLater(platform, id, WEEK);
  expect((await promptsFor(id, 2))[0]?.paymentMethodId).toBe(poor);
});
