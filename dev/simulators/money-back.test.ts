import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { airtelClient, mpesaClient, mtnClient } from './test-providers.ts';
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

let simulators: Awaited<ReturnType<typeof startTestSimulators>>;
let merchant: Merchant;
beforeAll(async () => {
  simulators = await startTestSimulators();
  merchant = await startMerchant();
});
afterAll(async () => {
  await simulators.remove();
  await merchant.close();
});

const transaction = async (payer: string) => (await list(`${simulators.url}/transactions?payer=${payer}`))[0] ?? {};
const today = (timeZone: string) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(Date.now());

describe('MTN refunds', () => {
  async function paid() {
    const client = await mtnClient(simulators.url);
    const { json } = await call(`${simulators.url}/mtn/disbursement/token/`, {
      method: 'POST',
      headers: { 'ocp-apim-subscription-key': 'any', authorization: `Basic ${btoa('user:key')}` },
    });
    const headers = { ...client.headers, authorization: `Bearer ${String(json['access_token'])}` };
    const payer = client.phone('555');
    const { id } = await client.charge({ payer });
    const url = `${simulators.url}/mtn/disbursement/v1_0/refund`;
    const refund = (amount: number, refundId = newId(), referenceIdToRefund = id) =>
      post(
        url,
        {
          amount: String(amount),
          currency: 'UGX',
          externalId: 'R1',
          payerMessage: '',
          payeeNote: '',
          referenceIdToRefund,
        },
        { ...headers, 'x-reference-id': refundId, 'x-callback-url': `${merchant.url}/refund/${refundId}` },
      );
    const product = `${simulators.url}/mtn/disbursement/v1_0`;
    const transfer = (amount: number, id: string) => {
      const said = { amount: String(amount), currency: 'UGX', externalId: 'R1', payerMessage: '', payeeNote: '' };
      const payee = { partyIdType: 'MSISDN', partyId: payer };
      return post(`${product}/transfer`, { ...said, payee }, { ...headers, 'x-reference-id': id });
    };
    const status = async (refundId: string, resource = 'refund') =>
      (await call(`${product}/${resource}/${refundId}`, { headers })).json;
    return { client, payer, refund, transfer, status };
  }

  it('give back in parts, never more than was charged', async () => {
    const { payer, refund, status } = await paid();
    const [first, second, third] = [newId(), newId(), newId()];
    for (const [amount, id] of [
      [500, first],
      [700, second],
      [500, third],
    ] as const) {
      expect((await refund(amount, id)).status).toBe(202);
    }
    expect(await status(first)).toMatchObject({ status: 'SUCCESSFUL', amount: '500' });
    expect(await status(second)).toMatchObject({ status: 'FAILED' });
    expect(await status(third)).toMatchObject({ status: 'SUCCESSFUL' });
    expect(await transaction(payer)).toMatchObject({ status: 'reversed', refunded: 1_000, amount: 1_000 });
    await until(() => merchant.at(`/refund/${second}`).length === 1);
    expect(merchant.at(`/refund/${second}`)[0]?.body).toMatchObject({ status: 'FAILED' });
  });

  it('are idempotent, and know what they refund', async () => {
    const { client, payer, refund, status } = await paid();
    const id = newId();
    expect((await refund(500, id)).status).toBe(202);
    expect((await refund(500, id)).json['code']).toBe('RESOURCE_ALREADY_EXIST');
    expect((await refund(500, newId(), newId())).status).toBe(404);
    expect(await transaction(payer)).toMatchObject({ status: 'charged', refunded: 500 });
    const uncharged = await client.charge({ payer: client.phone('010') });
    const never = newId();
    await refund(500, never, uncharged.id);
    expect(await status(never)).toMatchObject({ status: 'FAILED' });
  });

  it('move nothing below 500 in Uganda, by a refund or by a transfer', async () => {
    const { payer, refund, transfer, status } = await paid();
    const [few, enough, out] = [newId(), newId(), newId()];
    expect((await refund(499, few)).status).toBe(202);
    expect((await transfer(499, out)).status).toBe(202);
    const reason = { code: 'NOT_ALLOWED', message: 'belowMinimum' };
    expect(await status(few)).toMatchObject({ status: 'FAILED', reason });
    expect(await status(out, 'transfer')).toMatchObject({ status: 'FAILED', reason });
    await refund(500, enough);
    expect(await transaction(payer)).toMatchObject({ refunded: 500 });
  });

  it('need a token of disbursements', async () => {
    const client = await mtnClient(simulators.url);
    expect((await post(`${simulators.url}/mtn/disbursement/v1_0/refund`, {}, client.headers)).status).toBe(401);
  });
});

describe('Airtel refunds', () => {
  it('give back all of a charge, whatever else is asked for, and once', async () => {
    const client = await airtelClient(simulators.url);
    const payer = client.phone('555');
    await client.charge({ payer });
    const { id: airtelMoneyId } = await transaction(payer);
    const url = `${simulators.url}/airtel/standard/v1/payments/refund`;
    const refund = (rest: object) =>
      post(url, { transaction: { airtel_money_id: airtelMoneyId, ...rest } }, client.headers);
    expect((await refund({ id: newId(), amount: 300 })).json).toMatchObject({
      data: { transaction: { status: 'SUCCESS' } },
      status: { success: false, result_code: 'ESB000010' },
    });
    expect(await transaction(payer)).toMatchObject({ refunded: 1_000, status: 'reversed' });
    expect((await refund({})).json).toMatchObject({ status: { success: false, result_code: 'ESB000011' } });
    expect(await transaction(payer)).toMatchObject({ refunded: 1_000 });
  });
});

describe('Airtel of less than 500 in Uganda', () => {
  const below = { status: { success: false, result_code: 'ESB000011' } };

  it('gives no charge back, and pays nothing out', async () => {
    const client = await airtelClient(simulators.url);
    const payer = client.phone('555');
    await client.charge({ payer, amount: 499 });
    const { id: receipt } = await transaction(payer);
    const base = `${simulators.url}/airtel`;
    const back = { transaction: { airtel_money_id: receipt } };
    const refused = await post(`${base}/standard/v1/payments/refund`, back, client.headers);
    expect(refused.json).toMatchObject({ status: { ...below.status, response_code: 'DP00800001004' } });
    const { json } = await call(`${base}/v1/rsa/encryption-keys`, { headers: client.headers });
    const key = createPublicKey({
      key: Buffer.from(String(at(json, 'data', 'key')), 'base64'),
      format: 'der',
      type: 'spki',
    });
    const pin = publicEncrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      Buffer.from('1234'),
    );
    const disburse = (amount: number) => {
      const order = { amount, id: newId(), type: 'B2C' };
      const body = {
        payee: { msisdn: payer.slice(3) },
        reference: 'REFUND',
        pin: pin.toString('base64'),
        transaction: order,
      };
      return post(`${base}/standard/v2/disbursements/`, body, client.headers);
    };
    expect((await disburse(499)).json).toMatchObject({ status: { ...below.status, response_code: 'DP00900001004' } });
    expect(await transaction(payer)).toMatchObject({ refunded: 0 });
    expect((await disburse(500)).json).toMatchObject({ data: { transaction: { status: 'TS' } } });
  });
});

describe('M-Pesa reversals', () => {
  const request = (receipt: unknown, amount: number, resultUrl: string) => ({
    Initiator: 'any',
    SecurityCredential: 'any',
    CommandID: 'TransactionReversal',
    TransactionID: receipt,
    Amount: amount,
    ReceiverParty: '174379',
    RecieverIdentifierType: '11',
    ResultURL: resultUrl,
    QueueTimeOutURL: resultUrl,
    Remarks: 'refund',
  });

  it('tell the ResultURL, and refuse a second one', async () => {
    const client = await mpesaClient(simulators.url);
    const payer = client.phone('555');
    await client.charge({ payer });
    const { id: receipt } = await transaction(payer);
    const reverse = (path: string) =>
      post(
        `${simulators.url}/mpesa/mpesa/reversal/v1/request`,
        request(receipt, 1_000, `${merchant.url}${path}`),
        client.headers,
      );
    const answer = await reverse('/reversed');
    expect(answer.json).toMatchObject({ ResponseCode: '0' });
    await until(() => merchant.at('/reversed').length === 1);
    expect(merchant.at('/reversed')[0]?.body).toMatchObject({
      Result: { ResultCode: 0, ConversationID: answer.json['ConversationID'] },
    });
    await reverse('/again');
    await until(() => merchant.at('/again').length === 1);
    expect(at(merchant.at('/again')[0]?.body, 'Result', 'ResultCode')).toBe('R000001');
    expect(await transaction(payer)).toMatchObject({ status: 'reversed', refunded: 100_000 });
    const url = `${simulators.url}/mpesa/mpesa/reversal/v1/request/${String(answer.json['ConversationID'])}`;
    expect((await call(url, { headers: client.headers })).json).toMatchObject({ Result: { ResultCode: 0 } });
  });

  it('are of the whole', async () => {
    const client = await mpesaClient(simulators.url);
    const payer = client.phone('555');
    await client.charge({ payer });
    const { id: receipt } = await transaction(payer);
    const url = `${simulators.url}/mpesa/mpesa/reversal/v1/request`;
    const part = await post(url, request(receipt, 300, merchant.url), client.headers);
    expect([part.status, part.json['errorCode']]).toEqual([400, '400.002.02']);
    expect(await transaction(payer)).toMatchObject({ status: 'charged', refunded: 0 });
  });

  it('are not what pays a customer: that is told at its ResultURL, once for an id', async () => {
    const client = await mpesaClient(simulators.url);
    const payer = client.phone('555');
    await client.charge({ payer });
    const id = newId();
    const body = {
      OriginatorConversationID: id,
      InitiatorName: 'any',
      SecurityCredential: 'any',
      CommandID: 'BusinessPayment',
      Amount: 300,
      PartyA: '600000',
      PartyB: payer,
      Remarks: 'refund',
      QueueTimeOutURL: merchant.url,
      ResultURL: `${merchant.url}/paid-out`,
      Occassion: '',
    };
    const url = `${simulators.url}/mpesa/mpesa/b2c/v3/paymentrequest`;
    const answer = await post(url, body, client.headers);
    expect(answer.json).toMatchObject({ ResponseCode: '0', OriginatorConversationID: id });
    expect((await post(url, body, client.headers)).status).toBe(500);
    await until(() => merchant.at('/paid-out').length === 1);
    expect(merchant.at('/paid-out')[0]?.body).toMatchObject({
      Result: { ResultCode: 0, OriginatorConversationID: id, ConversationID: answer.json['ConversationID'] },
    });
    expect(JSON.stringify(merchant.at('/paid-out')[0]?.body)).toContain('{"Key":"TransactionAmount","Value":300}');
    expect(await transaction(payer)).toMatchObject({ status: 'charged', refunded: 30_000 });
  });

  it('and transactions have a status', async () => {
    const client = await mpesaClient(simulators.url);
    const payer = client.phone('555');
    await client.charge({ payer });
    const { id: receipt } = await transaction(payer);
    const { Amount: _amount, ...rest } = request(receipt, 1, `${merchant.url}/status`);
    const body = { ...rest, CommandID: 'TransactionStatusQuery', PartyA: '174379', IdentifierType: '4' };
    expect((await post(`${simulators.url}/mpesa/mpesa/transactionstatus/v1/query`, body, client.headers)).status).toBe(
      200,
    );
    await until(() => merchant.at('/status').length === 1);
    expect(merchant.at('/status')[0]?.body).toMatchObject({ Result: { ResultCode: 0, TransactionID: receipt } });
  });
});

describe('statements', () => {
  it.each([
    ['mtn', mtnClient, '/mtn/collection/v1_0/statement', 'Africa/Kampala'],
    ['airtel', airtelClient, '/airtel/standard/v1/statement', 'Africa/Kampala'],
    ['mpesa', mpesaClient, '/mpesa/mpesa/statement/v1', 'Africa/Nairobi'],
  ] as const)('%s lists what moved on a local date', async (provider, make, path, zone) => {
    const client = await make(simulators.url);
    const [payer, poor] = [client.phone('002'), client.phone('010')];
    await client.charge({ payer, account: 'STATED' });
    await client.charge({ payer: poor });
    const lines = async (date: string) => {
      const { json } = await call(`${simulators.url}${path}?date=${date}`, { headers: client.headers });
      return (json['data'] as Record<string, unknown>[]).filter(
        (line) => line['payer'] === `+${payer}` || line['payer'] === `+${poor}`,
      );
    };
    const moved = await transaction(payer);
    expect(await lines(today(zone))).toMatchObject([
      { type: 'charge', receipt: moved['id'], amount: moved['amount'], account: 'STATED' },
    ]);
    expect(await lines('2020-01-01')).toEqual([]);
    expect((await call(`${simulators.url}${path}?date=${today(zone)}`)).status).toBe(401);
    const bad = await call(`${simulators.url}${path}?date=yesterday`, { headers: client.headers });
    expect(bad).toMatchObject({ status: 400, json: { errors: [{ path: 'date' }] } });
    expect(provider).toBe(client.name);
  });
});
