import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { inbound } from '#db/schema/index';
import { eventually, MarketplaceClient } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient, type SimulatorCalls } from '#dev/simulator-client';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
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

const payBill = (body: SimulatorCalls['post']['/pay-bill']['input']['body']) => world.post('/pay-bill', { body });
const paymentsOf = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/payments', { query: { leaseId: id, limit: 100 } })).data;
const inSuspense = (account: string) =>
  eventually(`${account} in suspense`, async () => {
    const { data } = await staff.agent.get('/v1/suspense', { query: { limit: 100 } });
    return data.find((one) => one.account === account);
  });

/** The first two neighbours that differ, swapped: swapping two that are the same is no slip. */
const slipped = (reference: string) => reference.replace(/(.)(?!\1)(.)/, '$2$1');

async function booksBalance(): Promise<void> {
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
}

describe.concurrent('a payment that a customer makes by himself', () => {
  it.each([
    ['mtn', 'UGX', 12_000],
    ['airtel', 'UGX', 12_000],
    ['mpesa', 'KES', 150_000],
  ] as const)('at %s is credited to the lease whose reference was typed, once', async (provider, currency, amount) => {
    const customer = await newCustomer(platform, { provider });
    const market = currency === 'KES' ? ('KE' as const) : ('UG' as const);
    const before = await leaseIn('active', customer, staff, { market });
    const typed = ` ${before.reference.slice(0, 4).toLowerCase()} ${before.reference.slice(4)}`;
    const { id } = await payBill({ provider, payer: customer.phone, account: typed, amount, currency });
    const after = await leaseThat(
      customer.client,
      before.id,
      'credited',
      ({ paid }) => paid.amount > before.paid.amount,
    );
    expect(after.paid.amount - before.paid.amount).toBe(amount);
    const payment = (await paymentsOf(customer, before.id)).find(({ kind }) => kind === 'inbound');
    expect(payment).toMatchObject({ status: 'succeeded', providerReference: id, amount: { amount, currency } });
    await booksBalance();
  });

  it('pays the deposit as well', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id, reference, deposit } = await leaseIn('awaiting_deposit', customer, staff);
    await payBill({ provider: 'mtn', payer: customer.phone, account: reference, ...deposit });
    await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
  });

  it('goes into suspense when it names nobody, with suggestions, and is resolved once', async () => {
    const customer = await newCustomer(platform);
    const before = await leaseIn('active', customer, staff);
    const account = slipped(before.reference);
    await payBill({ provider: 'mtn', payer: customer.phone, account, amount: 9_000, currency: 'UGX' });
    const waiting = await inSuspense(account);
    expect(waiting.suggestions[0]).toEqual({
      leaseId: before.id,
      why: "the reference is one slip away; the phone is the customer's",
    });
    await expect(customer.client.get('/v1/suspense')).rejects.toMatchObject({ status: 403 });
    const resolve = (client: MarketplaceClient) =>
      client.post('/v1/suspense/{id}/resolve', { path: { id: waiting.id }, body: { leaseId: before.id } });
    const results = await Promise.allSettled([resolve(staff.agent), resolve(staff.admin)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(resolve(staff.agent)).rejects.toMatchObject({ status: 409 });
    const after = await customer.client.get('/v1/leases/{id}', { path: { id: before.id } });
    expect(after.paid.amount - before.paid.amount).toBe(9_000);
    await booksBalance();
  });

  it('goes into suspense with its lease as the first suggestion when the reference stands among other words', async () => {
    const customer = await newCustomer(platform);
    const { id, reference, paid } = await leaseIn('active', customer, staff);
    const wide = reference.replaceAll(/./g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
    for (const account of [`REF ${reference}`, `${reference} JOHN`, wide]) {
      await payBill({ provider: 'mtn', payer: '+256772000100', account, amount: 7_000, currency: 'UGX' });
      const { suggestions } = await inSuspense(account);
      expect(suggestions[0]).toEqual({
        leaseId: id,
        why: 'its reference is within what was typed; the lease is active',
      });
    }
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).paid).toEqual(paid);
  });

  it('stays in suspense when the lease that is named does not fit', async () => {
    const customer = await newCustomer(platform);
    const offered = await leaseIn('offered', customer, staff);
    const account = `NOBODY-${randomUUID().slice(0, 8)}`;
    await payBill({ provider: 'mtn', payer: customer.phone, account, amount: 500, currency: 'UGX' });
    const { id } = await inSuspense(account);
    const resolve = (leaseId: string) =>
      staff.agent.post('/v1/suspense/{id}/resolve', { path: { id }, body: { leaseId } });
    await expect(resolve(offered.id)).rejects.toMatchObject({ status: 409 });
    await expect(resolve(randomUUID())).rejects.toMatchObject({ status: 422 });
    const kenyan = await newCustomer(platform, { provider: 'mpesa' });
    const elsewhere = await leaseIn('active', kenyan, staff, { market: 'KE' });
    await expect(resolve(elsewhere.id)).rejects.toMatchObject({ status: 422 });
    expect((await inSuspense(account)).status).toBe('suspense');
    await booksBalance();
  });
});

describe('an announcement', () => {
  const raw = (provider: 'mtn' | 'mpesa', body: string, path = inboundPath(platform.encryption, provider)) =>
    fetch(platform.url + path, { method: 'POST', body });
  const announce = (provider: 'mtn' | 'mpesa', body: unknown, path?: string) =>
    raw(provider, JSON.stringify(body), path);
  const notice = (account: string, transId: string) => ({
    type: 'PAYBILL',
    status: 'SUCCESSFUL',
    financialTransactionId: transId,
    externalId: account,
    amount: '5000',
    currency: 'UGX',
    payer: { partyIdType: 'MSISDN', partyId: '256772000100' },
    paidAt: new Date().toISOString(),
  });

  it('with a wrong secret is 404', async () => {
    const answer = await announce('mtn', notice('X', '1'), `/v1/callbacks/inbound/${'0'.repeat(43)}`);
    expect(answer.status).toBe(404);
  });

  it('that cannot be read is kept as a dead letter, and acknowledged as its provider wants it', async () => {
    const bodies = [
      ['mtn', '{"hello":"world"}', 'fields'],
      ['mpesa', '{"TransID":"TLA', 'body'],
      ['mpesa', JSON.stringify(c2b('TLA1', { TransAmount: 'a thousand' })), 'amount'],
      ['mpesa', JSON.stringify(c2b('TLA1', { TransTime: 'at noon' })), 'paidAt'],
    ] as const;
    for (const [provider, body, unread] of bodies) {
      const answer = await raw(provider, body);
      const acknowledged = provider === 'mpesa' ? { ResultCode: '0', ResultDesc: 'Accepted' } : {};
      expect([answer.status, await answer.json()]).toEqual([200, acknowledged]);
      const { data } = await staff.agent.get('/v1/dead-letters', { query: { kind: 'callback', limit: 1 } });
      const detail = { sender: `inbound/${provider}`, unread };
      expect(data).toMatchObject([{ reason: 'unreadable', redrivable: false, detail }]);
    }
    const strange = `/v1/callbacks/inbound/${'0'.repeat(43)}`;
    expect((await raw('mpesa', 'rubbish', strange)).status).toBe(404);
  });

  it.each([
    ['an escape that there is none of', (body: string) => body.replace('"NICHOLAS"', String.raw`"O\'BRIEN \u12"`)],
    ['raw control characters', (body: string) => body.replace('"NICHOLAS"', '"O\n\tBRIEN"')],
    ['a NUL behind it', (body: string) => `${body}\0`],
    ['a mark before it', (body: string) => `\uFEFF${body}\r\n`],
    ['parted thousands', (body: string) => body.replace('"1250.50"', '"1,250.50"')],
  ])('with %s is read as it was meant', async (_, written) => {
    const transId = `W${randomUUID().slice(0, 8).toUpperCase()}`;
    const answer = await raw('mpesa', written(JSON.stringify(c2b(transId, { FirstName: 'NICHOLAS' }))));
    expect(answer.status).toBe(200);
    const kept = await platform.database.db.select().from(inbound).where(eq(inbound.receipt, transId));
    expect(kept).toMatchObject([{ amount: 125_050, account: 'NOBODY' }]);
  });

  const c2b = (TransID: string, differs: object) => ({
    TransactionType: 'Pay Bill',
    TransID,
    TransTime: '20261123023005',
    TransAmount: '1250.50',
    BusinessShortCode: '174379',
    BillRefNumber: 'NOBODY',
    MSISDN: '2547 ***** 126',
    ...differs,
  });
  it.each([
    ['no number', { MSISDN: null }],
    ['no account', { BillRefNumber: null, MSISDN: '254712000555' }],
    ['neither', { BillRefNumber: '', MSISDN: 'null' }],
    ['an account that no database keeps', { BillRefNumber: 'A\u0000B\ud800' }],
    [
      'keys in other letters, an amount as a number, a field that is new',
      { Msisdn: '254712000555', TransAmount: 10, X: [] },
    ],
  ])('with %s is taken and kept: nobody says it again after a 4xx', async (_, differs) => {
    const transId = `C${randomUUID().slice(0, 8).toUpperCase()}`;
    for (let n = 0; n < 2; n++) expect((await announce('mpesa', c2b(transId, differs))).status).toBe(200);
    const kept = await platform.database.db.select().from(inbound).where(eq(inbound.receipt, transId));
    expect(kept).toHaveLength(1);
  });

  it('of money that nobody paid is asked about, not believed', async () => {
    const customer = await newCustomer(platform);
    const before = await leaseIn('active', customer, staff);
    const transId = `F${Date.now()}`;
    expect((await announce('mtn', notice(before.reference, transId))).status).toBe(200);
    await platform.temporal.workflow
      .getHandle(`${platform.config.TASK_QUEUE_PREFIX}inbound-mtn-UG-${transId}`)
      .describe();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const after = await customer.client.get('/v1/leases/{id}', { path: { id: before.id } });
    expect(after.paid).toEqual(before.paid);
  });

  it('that comes many times, in any order, is booked once', async () => {
    const customer = await newCustomer(platform);
    const before = await leaseIn('active', customer, staff);
    const faults = { duplicateCallbacks: 1, shuffleCallbacks: true };
    await world.post('/faults', { body: faults });
    const pay = { provider: 'mtn', payer: customer.phone, account: before.reference, currency: 'UGX' } as const;
    await Promise.all([1_000, 2_000, 3_000].map((amount) => payBill({ ...pay, amount })));
    await leaseThat(customer.client, before.id, 'credited', ({ paid }) => paid.amount === before.paid.amount + 6_000);
    await fetch(`${platform.simulators}/faults`, { method: 'DELETE' });
    expect((await paymentsOf(customer, before.id)).filter(({ kind }) => kind === 'inbound')).toHaveLength(3);
  });

  it('is validated for M-Pesa: a lease that is over wants no money', async () => {
    const customer = await newCustomer(platform, { provider: 'mpesa' });
    const { id, reference } = await leaseIn('reserved', customer, staff, { market: 'KE' });
    await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    const pay = {
      provider: 'mpesa',
      payer: customer.phone,
      account: reference,
      amount: 10_000,
      currency: 'KES',
    } as const;
    await expect(payBill(pay)).rejects.toMatchObject({ status: 422 });
    const elsewhere = await leaseIn('active', await newCustomer(platform), staff);
    await expect(payBill({ ...pay, account: elsewhere.reference })).rejects.toMatchObject({ status: 422 });
  });

  it.each([
    ['names no lease is taken', {}, '0'],
    ['is no money is refused', { TransAmount: '0.00' }, 'C2B00013'],
    ['is less than nothing is refused', { TransAmount: '-5' }, 'C2B00013'],
    ['has cents is refused', { TransAmount: '10.50' }, 'C2B00013'],
    ["goes to somebody else's pay-bill is refused", { BusinessShortCode: '600638' }, 'C2B00015'],
    ['names no account is taken, as it is when it is announced', { BillRefNumber: undefined }, '0'],
    ['says null for its account is taken', { BillRefNumber: null }, '0'],
    ['has an empty account is taken', { BillRefNumber: '' }, '0'],
    ['tells no sum is refused', { TransAmount: undefined }, 'C2B00016'],
  ])('whose payment %s, when M-Pesa asks', async (_, changes, code) => {
    const question = { TransAmount: '10.00', BusinessShortCode: '174379', BillRefNumber: 'NOBODY', ...changes };
    const path = `${inboundPath(platform.encryption, 'mpesa')}/validation`;
    const answer = await announce('mpesa', question, path);
    expect(await answer.json()).toMatchObject({ ResultCode: code });
    expect((await announce('mtn', question, `${inboundPath(platform.encryption, 'mtn')}/validation`)).status).toBe(404);
  });
});

describe('cash', () => {
  const cash = (client: MarketplaceClient, leaseId: string, amount: number, receiptNumber: string) =>
    client.post('/v1/payments/cash', { body: { leaseId, amount: { amount, currency: 'UGX' }, receiptNumber } });

  it('is credited at once; a receipt number is good once', async () => {
    const customer = await newCustomer(platform);
    const before = await leaseIn('active', customer, staff);
    const number = `R-${randomUUID()}`;
    const first = await cash(staff.agent, before.id, 4_000, number);
    expect(first).toMatchObject({ kind: 'cash', status: 'succeeded', amount: { amount: 4_000 } });
    expect(await cash(staff.agent, before.id, 4_000, number)).toEqual(first);
    await expect(cash(staff.agent, before.id, 5_000, number)).rejects.toMatchObject({ code: 'receipt_conflict' });
    await expect(cash(customer.client, before.id, 5_000, number)).rejects.toMatchObject({ status: 403 });
    const after = await customer.client.get('/v1/leases/{id}', { path: { id: before.id } });
    expect(after.paid.amount - before.paid.amount).toBe(4_000);
    await booksBalance();
  });

  it('has a ceiling that two at once cannot pass, and is handed over in two steps', async () => {
    const agent = await newAgent();
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const other = await leaseIn('active', await newCustomer(platform), staff);
    const limit = platform.config.AGENT_FLOAT_LIMIT_UGX;
    const half = Math.ceil(limit / 2) + 1;
    const both = await Promise.allSettled([
      cash(agent.client, id, half, randomUUID()),
      cash(agent.client, other.id, half, randomUUID()),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const ugx = async () =>
      (await agent.client.get('/v1/agents/{id}/float', { path: { id: agent.id } })).balances.find(
        ({ balance }) => balance.currency === 'UGX',
      );
    expect(await ugx()).toMatchObject({ balance: { amount: half }, declared: { amount: 0 } });

    const declare = (sum: number, reference: string) =>
      agent.client.post('/v1/agents/{id}/remittances', {
        path: { id: agent.id },
        body: { amount: { amount: sum, currency: 'UGX' }, reference },
      });
    await expect(declare(half + 1, 'SLIP 6')).rejects.toMatchObject({ status: 422 });
    const declared = await declare(half, 'SLIP 7');
    await expect(declare(half, 'SLIP 8')).rejects.toMatchObject({ status: 422 });
    const path = { id: agent.id, remittanceId: declared.id };
    const confirm = (by: MarketplaceClient) => by.post('/v1/agents/{id}/remittances/{remittanceId}/confirm', { path });
    await expect(confirm(agent.client)).rejects.toMatchObject({ status: 403 });
    expect(await ugx()).toMatchObject({ balance: { amount: half }, declared: { amount: half } });
    expect((await confirm(staff.admin)).status).toBe('confirmed');
    const late = { path, body: { reason: 'late' } };
    await expect(staff.admin.post('/v1/agents/{id}/remittances/{remittanceId}/reject', late)).rejects.toMatchObject({
      status: 409,
    });
    expect(await ugx()).toMatchObject({ balance: { amount: 0 }, declared: { amount: 0 } });
    await expect(staff.agent.get('/v1/agents/{id}/float', { path: { id: agent.id } })).rejects.toMatchObject({
      status: 404,
    });
    await booksBalance();
  });

  async function newAgent() {
    const email = `agent-${randomUUID().slice(0, 8)}@example.com`;
    const password = `correct horse ${randomUUID()}`;
    const body = { email, password, name: 'Second Agent', role: 'agent' } as const;
    const { id } = await staff.admin.post('/v1/users', { body });
    const visitor = new MarketplaceClient(platform.url);
    const { accessToken } = await visitor.post('/v1/auth/login', { body: { email, password } });
    return { id, client: visitor.as(accessToken) };
  }
});
