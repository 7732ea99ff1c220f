import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { enteredBy } from './entered.ts';

/** The whole of two walks, over HTTP: every file of the product that is entered meanwhile, whatever for. */
let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
}, 120_000);
afterAll(() => platform.close());

const isProduct = (path: string) =>
  /^(?:activities|api|db|domain|platform|providers|steering|use-cases|workers)\//.test(path);

async function expectAtMost(what: string, work: () => Promise<unknown>): Promise<void> {
  const entered = (await enteredBy(work)).filter(isProduct);
  const page = readFileSync(join(import.meta.dirname, '../../docs/architecture.md'), 'utf8');
  const [, most] = new RegExp(`${what} at most (\\d+)`).exec(page) ?? [];
  expect(entered.length, entered.join('\n')).toBeLessThanOrEqual(Number(most));
}

it('a payment in cash, and one by a prompt, enter no more files than the page says', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const amount = { amount: 1_000, currency: 'UGX' } as const;
  await expectAtMost('A payment from the route to the books', () =>
    staff.agent.post('/v1/payments/cash', { body: { leaseId: id, amount, receiptNumber: randomUUID() } }),
  );
  await expectAtMost('A prompt from the route to the provider', async () => {
    const payment = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount } });
    await eventually('the payment to be booked', async () => {
      const { status } = await customer.client.get('/v1/payments/{id}', { path: { id: payment.id } });
      return status === 'succeeded' ? status : undefined;
    });
  });
}, 120_000);
