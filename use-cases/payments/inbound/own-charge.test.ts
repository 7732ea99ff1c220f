import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { attempts, cases, inbound } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { inboundPath } from './inbound-secret.ts';

/** A number that announces pay-bill payments announces the charges that we prompt for as well. */
let platform: TestPlatform;
let staff: Cast;
let world: SimulatorClient;
beforeAll(async () => {
  // Nobody asks by himself within a test: what is learnt is learnt from a callback or an announcement.
  platform = await startTestPlatform({ COLLECT_POLL_SECONDS: '60', COLLECT_POLLS: '3' });
  staff = await cast(platform);
  world = new SimulatorClient(platform.simulators);
});
afterAll(() => platform.close());

const transaction = z.object({
  id: z.string(),
  reference: z.string().nullable(),
  amount: z.number(),
  currency: z.string(),
  chargedAt: z.string(),
});
type Transaction = z.infer<typeof transaction>;
type Provider = 'mtn' | 'airtel' | 'mpesa';

const nairobi = (iso: string) =>
  new Date(Date.parse(iso) + 3 * 3_600_000).toISOString().replaceAll(/[^\d]/g, '').slice(0, 14);
const notices: Record<Provider, (paid: Transaction, account: string, phone: string) => object> = {
  mtn: ({ id, reference, amount, currency, chargedAt }, _account, phone) => ({
    type: 'PAYBILL',
    status: 'SUCCESSFUL',
    financialTransactionId: id,
    externalId: reference,
    amount: String(amount),
    currency,
    payer: { partyIdType: 'MSISDN', partyId: phone.slice(1) },
    paidAt: chargedAt,
  }),
  airtel: ({ id, amount, currency, chargedAt }, account, phone) => ({
    transaction: {
      type: 'PAYBILL',
      status_code: 'TS',
      airtel_money_id: id,
      reference: account,
      amount,
      currency,
      msisdn: phone.slice(4),
      country: 'UG',
      paid_at: chargedAt,
    },
  }),
  mpesa: ({ id, amount, chargedAt }, account) => ({
    TransactionType: 'Pay Bill',
    TransID: id,
    TransTime: nairobi(chargedAt),
    TransAmount: (amount / 100).toFixed(2),
    BusinessShortCode: '174379',
    BillRefNumber: account,
    MSISDN: '2547 ***** 126',
  }),
};

const chargesOf = async ({ phone }: Customer) => (await world.get('/transactions', { query: { payer: phone } })).data;
const charged = (customer: Customer) => eventually('the charge', async () => (await chargesOf(customer)).at(0), 30_000);

async function announce(provider: Provider, notice: object): Promise<void> {
  const body = JSON.stringify(notice);
  const answer = await fetch(platform.url + inboundPath(platform.encryption, provider), { method: 'POST', body });
  expect(answer.status).toBe(200);
}

const market = (provider: Provider) => (provider === 'mpesa' ? { market: 'KE' as const } : {});

/** A lease whose deposit is charged at the provider, and the announcement of that charge. */
async function depositCharged(provider: Provider, digits: string) {
  const customer = await newCustomer(platform, { provider, digits });
  const lease = await leaseIn('awaiting_deposit', customer, staff, market(provider));
  const paid = await charged(customer);
  return { customer, lease, paid, notice: notices[provider](paid, lease.reference, customer.phone) };
}

/** The charge was credited once, and nobody is suspected of anything. */
async function isCreditedOnce({ customer, lease, paid }: Awaited<ReturnType<typeof depositCharged>>): Promise<void> {
  const after = await leaseThat(
    customer.client,
    lease.id,
    'paid',
    ({ status }) => status === 'awaiting_handover',
    60_000,
  );
  expect(after.paid.amount).toBe(paid.amount);
  expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(paid.amount);
  const { data } = await customer.client.get('/v1/payments', { query: { leaseId: lease.id } });
  expect(data).toMatchObject([{ status: 'succeeded', providerReference: paid.id }]);
  // Not `expect.poll`: beside other tests it does not know which one it is in.
  await vi.waitFor(async () => expect(await rowsOf(paid.id)).toEqual([]), { timeout: 30_000 });
  const { db } = platform.database;
  const forged = await db.select().from(cases).where(eq(cases.kind, 'forged_announcement'));
  expect(forged.filter(({ detail }) => detail['receipt'] === paid.id)).toEqual([]);
}

/** Inbound payments with a receipt that are anything else than a charge of ours. */
async function rowsOf(receipt: string) {
  const rows = await platform.database.db
    .select()
    .from(inbound)
    .where(and(eq(inbound.receipt, receipt)));
  return rows.filter(({ status }) => status !== 'charge');
}

describe.concurrent.each(['mtn', 'airtel', 'mpesa'] as const)('a charge of ours that %s announces', (provider) => {
  it('after its callback is no payment beside it', async () => {
    const one = await depositCharged(provider, '100');
    await leaseThat(one.customer.client, one.lease.id, 'paid', ({ status }) => status === 'awaiting_handover');
    await announce(provider, one.notice);
    await announce(provider, one.notice);
    await isCreditedOnce(one);
  });

  it('while its callback is lost is asked about at once', async () => {
    const one = await depositCharged(provider, '002');
    await announce(provider, one.notice);
    await isCreditedOnce(one);
  });

  it('before and while its callback comes is credited once', async () => {
    const one = await depositCharged(provider, '001');
    await Promise.all([announce(provider, one.notice), announce(provider, one.notice)]);
    await isCreditedOnce(one);
  });

  it('although its answer was lost is settled with the statement', async () => {
    const one = await depositCharged(provider, '020');
    await announce(provider, one.notice);
    await isCreditedOnce(one);
  });
});

/** He pays by pay-bill as well what a prompt has asked him for, by the phone that was prompted. */
async function paysBeside(provider: Provider, { phone }: Customer, account: string, amount: number) {
  const currency = provider === 'mpesa' ? 'KES' : 'UGX';
  return world.post('/pay-bill', { body: { provider, payer: phone, account, amount, currency } });
}

/** All that was really charged, of two payments, is credited, and nothing else. */
async function isCreditedBoth(customer: Customer, leaseId: string): Promise<void> {
  const both = await eventually('both are charged', async () => {
    const moved = await chargesOf(customer);
    return moved.length === 2 ? moved : undefined;
  });
  const total = both.reduce((sum, { amount }) => sum + amount, 0);
  await leaseThat(
    customer.client,
    leaseId,
    'credited',
    ({ paid, credit }) => paid.amount + credit.amount === total,
    30_000,
  );
}

describe.concurrent.each(['mtn', 'airtel', 'mpesa'] as const)(
  'a payment by himself of the same sum by %s',
  (provider) => {
    it('beside a prompt that is still on the phone is credited beside it', async () => {
      const customer = await newCustomer(platform, { provider, digits: '024' });
      const lease = await leaseIn('awaiting_deposit', customer, staff, market(provider));
      const prompt = await eventually('the prompt', async () => {
        const { data } = await world.get('/prompts', { query: { payer: customer.phone } });
        return data.at(0);
      });
      await paysBeside(provider, customer, lease.reference, prompt.amount);
      await isCreditedBoth(customer, lease.id);
    });

    it('after a charge that was confirmed without its receipt is credited beside it', async () => {
      const { customer, lease, paid } = await depositCharged(provider, '101');
      await leaseThat(customer.client, lease.id, 'paid', ({ status }) => status === 'awaiting_handover');
      // As a query that names no receipt confirms it, whose callback was lost.
      const { db } = platform.database;
      await db.update(attempts).set({ providerReference: null }).where(eq(attempts.leaseId, lease.id));
      await paysBeside(provider, customer, lease.reference, paid.amount);
      await isCreditedBoth(customer, lease.id);
      await announce(provider, notices[provider](paid, lease.reference, customer.phone));
      await eventually('the receipt', async () => {
        const { data } = await customer.client.get('/v1/payments', { query: { leaseId: lease.id } });
        return data.find(({ providerReference, kind }) => kind === 'deposit' && providerReference === paid.id);
      });
    });
  },
);

it('a payment by himself beside a charge of the same sum is credited beside it', async () => {
  const one = await depositCharged('mpesa', '002');
  const { customer, lease, paid } = one;
  const payBill = { provider: 'mpesa', payer: customer.phone, account: lease.reference, amount: paid.amount } as const;
  await world.post('/pay-bill', { body: { ...payBill, currency: 'KES' } });
  await announce('mpesa', one.notice);
  const total = (await chargesOf(customer)).reduce((sum, { amount }) => sum + amount, 0);
  expect(total).toBe(2 * paid.amount);
  const { paid: credited, credit } = await leaseThat(
    customer.client,
    lease.id,
    'credited twice',
    (after) => after.paid.amount + after.credit.amount >= total,
    30_000,
  );
  expect(credited.amount + credit.amount).toBe(total);
});
