import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { airtelClient, mpesaClient, mtnClient } from './test-providers.ts';
import {
  at,
  call,
  list,
  pause,
  post,
  startMerchant,
  startTestSimulators,
  until,
  type Merchant,
} from './test-support.ts';

let simulators: Awaited<ReturnType<typeof startTestSimulators>>;
let merchant: Merchant;
beforeAll(async () => {
  simulators = await startTestSimulators({ environment: { AIRTEL_HASH_KEY: 'hash-key' } });
  merchant = await startMerchant();
});
afterEach(() => call(`${simulators.url}/faults`, { method: 'DELETE' }));
afterAll(async () => {
  await simulators.remove();
  await merchant.close();
});

const fault = (faults: object) => post(`${simulators.url}/faults`, faults);

describe('faults', () => {
  it.each([
    [{ errorRate: 1.1 }, 'errorRate'],
    [{ down: 'yes' }, 'down'],
    [{ latencyMs: -1 }, 'latencyMs'],
    [{ lostCallbacks: 1 }, 'lostCallbacks'],
  ])('refuse %o and name the field', async (faults, path) => {
    const answer = await fault(faults);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_input', errors: [{ path }] } });
  });

  it('take providers down, and nothing else', async () => {
    const client = await mtnClient(simulators.url);
    const payer = client.phone('555');
    await fault({ down: true });
    expect((await client.charge({ payer })).status).toBe(503);
    expect((await call(`${simulators.url}/mpesa/oauth/v1/generate`)).json['errorCode']).toBe('500.003.02');
    expect((await call(`${simulators.url}/smileid/v3/token`, { method: 'POST' })).status).toBe(503);
    expect(await list(`${simulators.url}/transactions?payer=${payer}`)).toEqual([]);
    expect(await list(`${simulators.url}/sms?to=${payer}`)).toEqual([]);
    expect((await call(`${simulators.url}/faults`, { method: 'DELETE' })).status).toBe(204);
    expect((await client.charge({ payer })).status).toBe(202);
  });

  it('strike a share of requests, and only the providers that are named', async () => {
    const [mtn, airtel] = [await mtnClient(simulators.url), await airtelClient(simulators.url)];
    await fault({ errorRate: 0.5, providers: ['mtn'] });
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => (await mtn.charge({ payer: mtn.phone('555') })).status),
    );
    const errors = statuses.filter((status) => status === 503).length;
    expect(errors).toBeGreaterThan(10);
    expect(errors).toBeLessThan(50);
    expect((await airtel.charge({ payer: airtel.phone('555') })).status).toBe(200);
    await fault({ rateLimited: 1 });
    const limited = await mtn.charge({ payer: mtn.phone('555') });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
  });

  it('let so many prompts through in a second, of each provider, and count the others', async () => {
    const [mtn, airtel] = [await mtnClient(simulators.url), await airtelClient(simulators.url)];
    await fault({ promptsPerSecond: 3 });
    const all = [mtn, mtn, mtn, mtn, mtn, airtel].map((one) => one.charge({ payer: one.phone('555') }));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect(statuses.at(-1)).toBe(200);
    const { json } = await call(`${simulators.url}/faults`);
    expect(json).toMatchObject({ promptsPerSecond: 3, promptsRefused: 2 });
  });

  it('make requests slow', async () => {
    const client = await mtnClient(simulators.url);
    await fault({ latencyMs: 150 });
    const began = Date.now();
    await client.charge({ payer: client.phone('555') });
    expect(Date.now() - began).toBeGreaterThanOrEqual(149);
  });

  it('lose, repeat and shuffle callbacks, and spoil signatures', async () => {
    const client = await airtelClient(simulators.url);
    const charge = (path: string) =>
      client.charge({ payer: client.phone('555'), callbackUrl: `${merchant.url}${path}` });
    await fault({ loseCallbacks: 1 });
    await charge('/lost');
    await pause(150);
    await fault({ duplicateCallbacks: 1 });
    await charge('/double');
    await until(() => merchant.at('/double').length === 2);
    await fault({ shuffleCallbacks: true });
    for (let n = 0; n < 20; n++) await charge(`/shuffled/${String(n).padStart(2, '0')}`);
    await until(() => merchant.at('/shuffled').length === 20);
    const order = merchant.at('/shuffled').map(({ path }) => path);
    expect(order).not.toEqual(order.toSorted());
    await fault({ tamperedSignatures: 1 });
    await charge('/tampered');
    await fault({});
    await charge('/honest');
    await until(() => merchant.at('/tampered').length === 1 && merchant.at('/honest').length === 1);
    expect(merchant.at('/lost')).toEqual([]);
  });
});

describe('pay-bill', () => {
  const pay = (body: object) =>
    post(`${simulators.url}/pay-bill`, { account: 'ABC123', amount: 5_000, currency: 'UGX', ...body });

  it.each([
    [{ provider: 'visa', payer: '256700000001' }, 'provider'],
    [{ provider: 'mtn', payer: 'me' }, 'payer'],
    [{ provider: 'mtn', payer: '256700000001', amount: 1.5 }, 'amount'],
    [{ provider: 'mtn', payer: '256700000001', amount: 0 }, 'amount'],
    [{ provider: 'mtn', payer: '256700000001', currency: 'KES' }, 'currency'],
    [{ provider: 'mtn', payer: '256700000001', account: '' }, 'account'],
    [{ provider: 'mtn', payer: '256700000001', tip: 1 }, 'tip'],
  ])('refuses %o and names the field', async (body, path) => {
    const answer = await pay(body);
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ path }] } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it.each([
    [
      'mtn',
      mtnClient,
      { type: 'PAYBILL', externalId: 'ABC123', amount: '5000', currency: 'UGX', status: 'SUCCESSFUL' },
    ],
    [
      'airtel',
      airtelClient,
      { transaction: { type: 'PAYBILL', reference: 'ABC123', amount: 5_000, status_code: 'TS' } },
    ],
  ] as const)('%s tells the inbound URL until it is taken', async (provider, make, body) => {
    const payer = (await make(simulators.url)).phone('010');
    // The money is taken before anybody said where to tell.
    const answer = await pay({ provider, payer: `+${payer}` });
    expect(answer).toMatchObject({
      status: 201,
      json: { provider, reference: null, payer: `+${payer}`, amount: 5_000, status: 'charged' },
    });
    expect(await list(`${simulators.url}/transactions?payer=${payer}`)).toEqual([answer.json]);
    expect(await list(`${simulators.url}/prompts?payer=${payer}`)).toEqual([]);
    let tries = 0;
    merchant.answer = () => ({ status: ++tries < 3 ? 500 : 204 });
    await post(`${simulators.url}/inbound-urls`, { provider, url: `${merchant.url}/inbound/${provider}` });
    await until(() => merchant.at(`/inbound/${provider}`).length === 3);
    await pause(200);
    expect(merchant.at(`/inbound/${provider}`)).toHaveLength(3);
    expect(merchant.at(`/inbound/${provider}`)[2]?.body).toMatchObject(body);
  });

  it('M-Pesa asks the validation URL, then tells the confirmation URL', async () => {
    const client = await mpesaClient(simulators.url);
    const register = (url: string) =>
      post(
        `${simulators.url}/mpesa/mpesa/c2b/v2/registerurl`,
        {
          ShortCode: '174379',
          ResponseType: 'Cancelled',
          ConfirmationURL: `${url}/confirm`,
          ValidationURL: `${url}/validate`,
        },
        client.headers,
      );
    expect((await register(`${merchant.url}/callbacks/mpesa`)).json['errorCode']).toBe('400.002.02');
    expect((await register(`${merchant.url}/c2b`)).json['ResponseCode']).toBe('0');

    const [welcome, unwelcome] = [client.phone('555'), client.phone('555')];
    merchant.answer = () => ({ status: 200, body: { ResultCode: 'C2B00012', ResultDesc: 'Rejected' } });
    const refused = await pay({ provider: 'mpesa', payer: unwelcome, currency: 'KES' });
    expect(refused).toMatchObject({ status: 422, json: { code: 'not_accepted' } });
    expect(await list(`${simulators.url}/transactions?payer=${unwelcome}`)).toEqual([]);

    merchant.answer = () => ({ status: 200, body: { ResultCode: '0', ResultDesc: 'Accepted' } });
    expect((await pay({ provider: 'mpesa', payer: welcome, currency: 'KES', amount: 125_050 })).status).toBe(201);
    await until(() => merchant.at('/c2b/confirm').length === 1);
    const [transaction] = await list(`${simulators.url}/transactions?payer=${welcome}`);
    const body = merchant.at('/c2b/confirm')[0]?.body;
    expect(body).toMatchObject({ TransID: transaction?.['id'], TransAmount: '1250.50', BillRefNumber: 'ABC123' });
    expect(String(at(body, 'MSISDN'))).toContain('*');
    expect(merchant.at('/c2b/validate')).toHaveLength(2);
  });
});

describe('what people ask for', () => {
  it('matches a phone with %2B, with a plus and without', async () => {
    const client = await mtnClient(simulators.url);
    const payer = client.phone('555');
    await client.charge({ payer });
    for (const asked of [`%2B${payer}`, `+${payer}`, payer])
      expect(await list(`${simulators.url}/transactions?payer=${asked}`)).toHaveLength(1);
    expect(await call(`${simulators.url}/prompts?payer=nobody`)).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'payer' }] },
    });
  });
});
