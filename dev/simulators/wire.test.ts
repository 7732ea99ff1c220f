import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { airtelClient, mpesaClient, mpesaSignature, mtnClient } from './test-providers.ts';
import {
  at,
  call,
  list,
  newId,
  post,
  startMerchant,
  startTestSimulators,
  until,
  type Merchant,
} from './test-support.ts';
import { acceptsToken, issueToken } from './tokens.ts';

const secrets = {
  MTN_API_USER: 'user',
  MTN_API_KEY: 'key',
  AIRTEL_CLIENT_ID: 'any',
  AIRTEL_CLIENT_SECRET: 'any',
  AIRTEL_HASH_KEY: 'hash-key',
  MPESA_CONSUMER_KEY: 'key',
  MPESA_CONSUMER_SECRET: 'secret',
  MPESA_SHORTCODE: '174379',
  MPESA_PASSKEY: 'any',
};
let simulators: Awaited<ReturnType<typeof startTestSimulators>>;
let merchant: Merchant;
beforeAll(async () => {
  simulators = await startTestSimulators({ environment: secrets });
  merchant = await startMerchant();
});
afterAll(async () => {
  await simulators.remove();
  await merchant.close();
});

describe('tokens', () => {
  it('expire, and are for one audience', () => {
    const key = Buffer.from('key');
    const token = `Bearer ${issueToken(key, 'airtel', 1_000)}`;
    expect(acceptsToken(key, 'airtel', token, 999)).toBe(true);
    expect(acceptsToken(key, 'airtel', token, 1_000)).toBe(false);
    expect(acceptsToken(key, 'mpesa', token, 999)).toBe(false);
    expect(acceptsToken(Buffer.from('other'), 'airtel', token, 999)).toBe(false);
    expect(acceptsToken(key, 'airtel', undefined, 999)).toBe(false);
  });

  it('are refused to who does not know the secret', async () => {
    const { url } = simulators;
    const basic = { authorization: `Basic ${btoa('user:wrong')}`, 'ocp-apim-subscription-key': 'any' };
    expect((await call(`${url}/mtn/collection/token/`, { method: 'POST', headers: basic })).status).toBe(401);
    const login = { client_id: 'any', client_secret: 'wrong', grant_type: 'client_credentials' };
    expect((await post(`${url}/airtel/auth/oauth2/token`, login)).status).toBe(401);
    const mpesa = await call(`${url}/mpesa/oauth/v1/generate?grant_type=client_credentials`, { headers: basic });
    expect(mpesa).toMatchObject({ status: 401, json: { errorCode: '400.008.01' } });
  });
});

describe('MTN', () => {
  it.each([
    ['no token', { authorization: 'Bearer a.b' }, {}, 401, undefined],
    ['no subscription key', { 'ocp-apim-subscription-key': '' }, {}, 401, undefined],
    ['no UUID', { 'x-reference-id': '123' }, {}, 400, 'BAD_REQUEST'],
    ['UUID of another version', { 'x-reference-id': '6ba7b810-9dad-11d1-80b4-00c04fd430c8' }, {}, 400, 'BAD_REQUEST'],
    ['no environment', { 'x-target-environment': '' }, {}, 400, 'NOT_ALLOWED_TARGET_ENVIRONMENT'],
    ['a number as amount', {}, { amount: 100 }, 400, 'BAD_REQUEST'],
    ['a fraction of a shilling', {}, { amount: '1.5' }, 400, 'BAD_REQUEST'],
    ['nothing', {}, { amount: '0' }, 400, 'BAD_REQUEST'],
    ['a currency of elsewhere', {}, { currency: 'KES' }, 400, 'INVALID_CURRENCY'],
    ['EUR outside the sandbox', {}, { currency: 'EUR' }, 400, 'INVALID_CURRENCY'],
  ])('refuses a charge with %s', async (_what, headers, body, status, code) => {
    const { headers: right } = await mtnClient(simulators.url);
    const charge = {
      amount: '100',
      currency: 'UGX',
      externalId: 'A',
      payer: { partyIdType: 'MSISDN', partyId: '256700000009' },
      ...body,
    };
    const answer = await post(`${simulators.url}/mtn/collection/v1_0/requesttopay`, charge, {
      ...right,
      'x-reference-id': newId(),
      ...headers,
    });
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.json['code']).toBe(code);
    expect(await list(`${simulators.url}/prompts?payer=256700000009`)).toEqual([]);
  });

  it('answers 202 without a body, 409 to the same id and 404 to an unknown one', async () => {
    const client = await mtnClient(simulators.url);
    const [payer, id] = [client.phone('555'), newId()];
    expect(await client.charge({ payer, id })).toMatchObject({ status: 202, text: '' });
    expect((await client.charge({ payer, id })).json['code']).toBe('RESOURCE_ALREADY_EXIST');
    const unknown = await call(`${simulators.url}/mtn/collection/v1_0/requesttopay/${newId()}`, {
      headers: client.headers,
    });
    expect(unknown).toMatchObject({ status: 404, json: { code: 'RESOURCE_NOT_FOUND' } });
  });

  it('calls back by POST and PUT in turn, and gives a reason as a word and as an object in turn', async () => {
    const client = await mtnClient(simulators.url);
    const payer = client.phone('012');
    for (const n of [0, 1]) await client.charge({ payer, callbackUrl: `${merchant.url}/turn/${n}` });
    await until(() => merchant.at('/turn').length === 2);
    const [first, second] = [merchant.at('/turn/0')[0], merchant.at('/turn/1')[0]];
    expect([first?.method, second?.method]).toEqual(['POST', 'PUT']);
    expect(at(first?.body, 'reason')).toBe('APPROVAL_REJECTED');
    expect(at(second?.body, 'reason', 'code')).toBe('APPROVAL_REJECTED');
  });

  it('takes EUR in the sandbox, with the payers that MTN documents', async () => {
    const { headers } = await mtnClient(simulators.url);
    const sandbox = { ...headers, 'x-target-environment': 'sandbox' };
    const url = `${simulators.url}/mtn/collection/v1_0/requesttopay`;
    const said = async (partyId: string) => {
      const id = newId();
      const body = { amount: '12.50', currency: 'EUR', externalId: 'A', payer: { partyIdType: 'MSISDN', partyId } };
      expect((await post(url, body, { ...sandbox, 'x-reference-id': id })).status).toBe(202);
      return (await call(`${url}/${id}`, { headers: sandbox })).json;
    };
    expect(await said('46733123451')).toMatchObject({ status: 'FAILED', reason: 'APPROVAL_REJECTED' });
    expect(await said('46733123453')).toMatchObject({ status: 'PENDING' });
    expect(await said('46733123499')).toMatchObject({ status: 'SUCCESSFUL', amount: '12.50' });
    expect(await list(`${simulators.url}/transactions?payer=46733123499`)).toMatchObject([
      { amount: 1_250, currency: 'EUR' },
    ]);
  });

  it('provisions users of its API', async () => {
    const url = `${simulators.url}/mtn/v1_0/apiuser`;
    const headers = { 'x-reference-id': newId(), 'ocp-apim-subscription-key': 'any' };
    expect((await post(url, { providerCallbackHost: 'example.com' }, headers)).status).toBe(201);
    const { json } = await post(`${url}/${headers['x-reference-id']}/apikey`, {}, headers);
    const authorization = `Basic ${btoa(`${headers['x-reference-id']}:${String(json['apiKey'])}`)}`;
    const token = await call(`${simulators.url}/mtn/collection/token/`, {
      method: 'POST',
      headers: { ...headers, authorization },
    });
    expect(token).toMatchObject({ status: 200, json: { expires_in: 3600 } });
  });
});

describe('Airtel', () => {
  it('gives a token for three minutes, as a string', async () => {
    const login = { client_id: 'any', client_secret: 'any', grant_type: 'client_credentials' };
    expect((await post(`${simulators.url}/airtel/auth/oauth2/token`, login)).json['expires_in']).toBe('180');
  });

  it('acknowledges a prompt, not a payment, and signs its callback', async () => {
    const client = await airtelClient(simulators.url);
    const answer = await client.charge({ payer: client.phone('555'), callbackUrl: `${merchant.url}/signed` });
    expect(answer.json).toMatchObject({
      status: { result_code: 'ESB000010', response_code: 'DP00800001006', success: true },
    });
    await until(() => merchant.at('/signed').length === 1);
    const body = merchant.at('/signed')[0]?.body;
    const expected = createHmac('sha256', 'hash-key')
      .update(JSON.stringify(at(body, 'transaction')))
      .digest('base64');
    expect(at(body, 'hash')).toBe(expected);
  });

  it('refuses a phone with its country code', async () => {
    const client = await airtelClient(simulators.url);
    const body = {
      reference: 'A',
      subscriber: { country: 'UG', currency: 'UGX', msisdn: '256700000001' },
      transaction: { amount: 1_000, country: 'UG', currency: 'UGX', id: newId() },
    };
    const answer = await post(`${simulators.url}/airtel/merchant/v1/payments/`, body, client.headers);
    expect(answer).toMatchObject({ status: 400, json: { status: { result_code: 'ESB000008', success: false } } });
  });

  it('takes Rwandan francs and says that it does not know an id', async () => {
    const client = await airtelClient(simulators.url);
    const body = {
      reference: 'A',
      subscriber: { country: 'RW', currency: 'RWF', msisdn: '730000555' },
      transaction: { amount: 700, country: 'RW', currency: 'RWF', id: newId() },
    };
    const headers = { ...client.headers, 'x-country': 'RW', 'x-currency': 'RWF' };
    expect((await post(`${simulators.url}/airtel/merchant/v1/payments/`, body, headers)).status).toBe(200);
    expect(await list(`${simulators.url}/transactions?payer=%2B250730000555`)).toMatchObject([
      { amount: 700, currency: 'RWF' },
    ]);
    const unknown = await call(`${simulators.url}/airtel/standard/v1/payments/nothing`, { headers });
    expect(unknown.json).toMatchObject({ status: { result_code: 'ESB000045', success: false } });
  });
});

describe('M-Pesa', () => {
  const push = (changes: object) => ({
    ...mpesaSignature(),
    TransactionType: 'CustomerPayBillOnline',
    Amount: 10,
    PartyA: '254700000009',
    PartyB: '174379',
    PhoneNumber: '254700000009',
    CallBackURL: 'http://127.0.0.1:9/',
    AccountReference: 'ABC123',
    TransactionDesc: 'instalment',
    ...changes,
  });

  it.each([
    [{ Amount: 10.5 }, 400, 'Amount'],
    [{ Amount: 0 }, 400, 'Amount'],
    [{ Amount: 250_001 }, 400, 'Amount'],
    [{ PhoneNumber: '+254700000009' }, 400, 'PhoneNumber'],
    [{ AccountReference: 'THIRTEENCHARS' }, 400, 'AccountReference'],
    [{ TransactionDesc: 'fourteen chars' }, 400, 'TransactionDesc'],
    [{ CallBackURL: 'nowhere' }, 400, 'CallBackURL'],
    [mpesaSignature('wrong'), 500, 'Wrong credentials'],
  ])('refuses %o', async (changes, status, message) => {
    const { headers } = await mpesaClient(simulators.url);
    const answer = await post(`${simulators.url}/mpesa/mpesa/stkpush/v1/processrequest`, push(changes), headers);
    expect(answer.status).toBe(status);
    expect(String(answer.json['errorMessage'])).toContain(message);
    expect(await list(`${simulators.url}/prompts?payer=254700000009`)).toEqual([]);
  });

  it('answers a bad token, an unknown request and a pending one with errors', async () => {
    const client = await mpesaClient(simulators.url);
    const bad = await post(`${simulators.url}/mpesa/mpesa/stkpush/v1/processrequest`, push({}), {
      authorization: 'Bearer a.b',
    });
    expect(bad).toMatchObject({ status: 401, json: { errorCode: '404.001.03' } });
    const query = `${simulators.url}/mpesa/mpesa/stkpushquery/v1/query`;
    const unknown = await post(query, { ...mpesaSignature(), CheckoutRequestID: 'ws_CO_1' }, client.headers);
    expect(unknown.json).toMatchObject({ errorCode: '400.002.02' });
    const { id } = await client.charge({ payer: client.phone('023') });
    const pending = await post(query, { ...mpesaSignature(), CheckoutRequestID: id }, client.headers);
    expect(pending).toMatchObject({ status: 500, json: { errorMessage: 'The transaction is being processed' } });
    const { id: done } = await client.charge({ payer: client.phone('012') });
    expect(
      (await post(query, { ...mpesaSignature(), CheckoutRequestID: done }, client.headers)).json['ResultCode'],
    ).toBe('1032');
  });

  it('finds the payment id in the callback URL, else uses the account', async () => {
    const client = await mpesaClient(simulators.url);
    const payer = client.phone('555');
    const id = newId();
    for (const path of [`${id}/secret`, `secret?reference=ours`, 'secret'])
      await client.charge({ payer, callbackUrl: `${merchant.url}/${path}` });
    const references = (await list(`${simulators.url}/transactions?payer=${payer}`)).map(({ reference }) => reference);
    expect(references).toEqual([id, 'ours', 'ABC123']);
  });

  it('takes paths with and without the mpesa of its host', async () => {
    const client = await mpesaClient(simulators.url);
    expect(
      (
        await post(
          `${simulators.url}/mpesa/stkpush/v1/processrequest`,
          push({ PhoneNumber: '254711000555' }),
          client.headers,
        )
      ).status,
    ).toBe(200);
  });
});

describe('the page', () => {
  it('lists everything for people', async () => {
    const { text, headers } = await call(simulators.url);
    expect(headers.get('content-type')).toContain('text/html');
    for (const word of ['/mtn', '/airtel', '/mpesa', '/smileid', '/faults', 'stays pending for ever'])
      expect(text).toContain(word);
  });

  it('answers what is not there as problem details', async () => {
    const answer = await call(`${simulators.url}/nothing`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});
