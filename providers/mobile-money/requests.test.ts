import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { money, type Money } from '#domain/money';
import type { Market } from '#domain/markets';
import { outcomeOf, patient, startTestServer, type TestServer } from '../test-server.ts';
import { createMtn } from './mtn.ts';
import { testAirtel, testMpesa, testMtn } from './test-adapters.ts';

/** What leaves the house, in the providers' formats. */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  server.reply = ({ path }) =>
    /token|oauth/.test(path)
      ? { status: 200, body: { access_token: 'the-token', expires_in: '180' } }
      : { status: 400, body: { errorCode: '400.002.02' } };
});
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
});

const attemptId = '6f1d4c1e-58a4-4c52-9a10-6a0d1b5f7c11';
const callbackUrl = 'https://pay.example.com/v1/callbacks/x/secret';
const chargeOf = (payer: string, amount: Money, market: Market) => ({
  attemptId,
  payer,
  amount,
  market,
  reference: 'LEASE7',
  callbackUrl,
});
const refundOf = (payer: string, amount: Money, market: Market) => ({
  attemptId,
  payer,
  amount,
  market,
  callbackUrl,
  receipt: 'R1',
  charged: amount,
  refundId: '0b51c9d2-5d6f-4c3e-8f3e-0d9d9f0b3a01',
});
/** The last request that is not for a token. */
async function sentBy(work: Promise<unknown>) {
  await outcomeOf(work);
  const last = server.asked.at(-1);
  if (last === undefined) throw new Error('nothing was sent');
  return { ...last, body: last.body === '' ? null : (JSON.parse(last.body) as unknown) };
}

describe('mtn', () => {
  it('charges', async () => {
    const sent = await sentBy(testMtn(server.url).charge(chargeOf('+256772000555', money(1_250_000, 'UGX'), 'UG')));
    expect(sent).toMatchObject({ method: 'POST', path: '/collection/v1_0/requesttopay' });
    expect(sent.headers).toMatchObject({
      authorization: 'Bearer the-token',
      'x-reference-id': attemptId,
      'x-target-environment': 'mtnuganda',
      'ocp-apim-subscription-key': 'subscription',
      'x-callback-url': callbackUrl,
      'content-type': 'application/json',
    });
    expect(sent.body).toEqual({
      amount: '1250000',
      currency: 'UGX',
      externalId: attemptId,
      payer: { partyIdType: 'MSISDN', partyId: '256772000555' },
      payerMessage: 'Lease LEASE7',
      payeeNote: 'LEASE7',
    });
  });

  it('asks for its token', async () => {
    await testMtn(server.url).ping();
    expect(server.asked).toMatchObject([
      {
        method: 'POST',
        path: '/collection/token/',
        headers: { authorization: `Basic ${btoa('user:key')}`, 'ocp-apim-subscription-key': 'subscription' },
      },
    ]);
  });

  it('names Rwanda, and the sandbox with its euro', async () => {
    const inRwanda = await sentBy(testMtn(server.url).charge(chargeOf('+250788000555', money(500, 'RWF'), 'RW')));
    expect(inRwanda.headers['x-target-environment']).toBe('mtnrwanda');
    const collection = { apiUser: 'u', apiKey: 'k', subscriptionKey: 's' };
    const sandbox = createMtn({
      baseUrl: server.url,
      isSandbox: true,
      collection,
      disbursement: null,
      limits: patient,
    });
    const sent = await sentBy(sandbox.charge(chargeOf('+256772000555', money(500, 'UGX'), 'UG')));
    expect(sent.headers['x-target-environment']).toBe('sandbox');
    expect(sent.body).toMatchObject({ amount: '500', currency: 'EUR' });
  });

  it('refunds with the credentials of its own product', async () => {
    const mtn = testMtn(server.url);
    await sentBy(mtn.refund({ ...refundOf('+256772000555', money(500, 'UGX'), 'UG'), receipt: null }));
    const keys = server.asked.map(({ path, headers }) => [path, headers['ocp-apim-subscription-key']]);
    expect(keys).toEqual([
      ['/disbursement/token/', 'payer-subscription'],
      ['/disbursement/v1_0/refund', 'payer-subscription'],
    ]);
    expect(server.asked[0]?.headers['authorization']).toBe(`Basic ${btoa('payer:payer-key')}`);
    expect([mtn.refunds, mtn.needsReceipt]).toEqual(['any', false]);
  });

  it('gives nothing back without them, and says so before anything is sent', async () => {
    const collection = { apiUser: 'u', apiKey: 'k', subscriptionKey: 's' };
    const mtn = createMtn({ baseUrl: server.url, isSandbox: false, collection, disbursement: null, limits: patient });
    expect(mtn.refunds).toBe('none');
    const refund = mtn.refund(refundOf('+256772000555', money(500, 'UGX'), 'UG'));
    await expect(refund).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('MTN_DISBURSEMENT_SUBSCRIPTION_KEY') as string,
    });
    expect(server.asked).toEqual([]);
  });

  it('refunds by the id of the charge', async () => {
    const sent = await sentBy(testMtn(server.url).refund(refundOf('+256772000555', money(500, 'UGX'), 'UG')));
    expect(sent.path).toBe('/disbursement/v1_0/refund');
    expect(sent.body).toMatchObject({ amount: '500', referenceIdToRefund: attemptId });
  });
});

it('what a customer paid by himself goes to his number by MTN, and is asked about there', async () => {
  const mtn = testMtn(server.url);
  const order = { ...refundOf('+256772000555', money(500, 'UGX'), 'UG'), of: 'payBill' } as const;
  const sent = await sentBy(mtn.refund(order));
  expect(sent).toMatchObject({ path: '/disbursement/v1_0/transfer', headers: { 'x-reference-id': order.refundId } });
  expect(sent.body).toMatchObject({
    amount: '500',
    currency: 'UGX',
    payee: { partyIdType: 'MSISDN', partyId: '256772000555' },
    payeeNote: 'R1',
  });
  const asked = await sentBy(mtn.refundStatus({ ...order, attemptId: order.refundId, providerRequestId: null }));
  expect(asked.path).toBe(`/disbursement/v1_0/transfer/${order.refundId}`);
  const hidden = mtn.refund({ ...order, payer: null });
  await expect(hidden).rejects.toMatchObject({ kind: 'refused' });
});

describe('airtel', () => {
  it('charges a number without its country code, an amount that is a number', async () => {
    const sent = await sentBy(testAirtel(server.url).charge(chargeOf('+256701000555', money(1_250_000, 'UGX'), 'UG')));
    expect(sent).toMatchObject({ method: 'POST', path: '/merchant/v1/payments/' });
    expect(sent.headers).toMatchObject({ authorization: 'Bearer the-token', 'x-country': 'UG', 'x-currency': 'UGX' });
    expect(sent.body).toEqual({
      reference: 'LEASE7',
      subscriber: { country: 'UG', currency: 'UGX', msisdn: '701000555' },
      transaction: { amount: 1_250_000, country: 'UG', currency: 'UGX', id: attemptId },
    });
  });

  it('asks for its token', async () => {
    await testAirtel(server.url).ping();
    const [asked] = server.asked;
    expect(asked?.path).toBe('/auth/oauth2/token');
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      client_id: 'client',
      client_secret: 'secret',
      grant_type: 'client_credentials',
    });
  });

  it('refunds the whole by the receipt, which takes no amount', async () => {
    const sent = await sentBy(testAirtel(server.url).refund(refundOf('+250721000555', money(500, 'RWF'), 'RW')));
    expect(sent.path).toBe('/standard/v1/payments/refund');
    expect(sent.headers['x-country']).toBe('RW');
    expect(sent.body).toEqual({ transaction: { airtel_money_id: 'R1' } });
  });

  const keys = { old: 1_024, new: 2_048 } as const;
  const part = {
    ...refundOf('+256701000555', money(500, 'UGX'), 'UG'),
    charged: money(2_000, 'UGX'),
    receipt: 'MP26.1.A9',
  };

  it.each(Object.entries(keys))(
    'refunds a part by a disbursement, the PIN under the %s key',
    async (_, modulusLength) => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
      const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
      const reply = server.reply;
      server.reply = (asked) =>
        asked.path === '/v1/rsa/encryption-keys' ? { status: 200, body: { data: { key } } } : reply(asked);
      const airtel = testAirtel(server.url);
      const sent = await sentBy(airtel.refund(part));
      expect(sent.path).toBe('/standard/v2/disbursements/');
      const body = z.object({ pin: z.string() }).loose().parse(sent.body);
      expect(body).toMatchObject({
        payee: { msisdn: '701000555', currency: 'UGX' },
        reference: 'MP261A9',
        transaction: { amount: 500, id: part.refundId, type: 'B2C' },
      });
      // Node decrypts PKCS#1 v1.5 no more, so that its padding is looked at as it is.
      const padding =
        modulusLength === 1_024
          ? { padding: constants.RSA_NO_PADDING }
          : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
      const plain = privateDecrypt({ key: privateKey, ...padding }, Buffer.from(body.pin, 'base64')).toString('latin1');
      expect(plain.split('\0').at(-1)).toBe('4321');
      expect(plain).toHaveLength(modulusLength === 1_024 ? 128 : 4);
      const status = await sentBy(airtel.refundStatus({ ...part, attemptId: part.refundId, providerRequestId: null }));
      expect(status.path).toBe(`/standard/v2/disbursements/${part.refundId}?transactionType=B2C`);
      server.reply = reply;
    },
  );

  it('pays out what a customer paid by himself, the whole too, to a number of the market alone', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const airtel = testAirtel(server.url, patient, { pin: '4321', publicKey: key });
    const whole = { ...part, charged: part.amount, of: 'payBill' } as const;
    const sent = await sentBy(airtel.refund(whole));
    expect(sent.path).toBe('/standard/v2/disbursements/');
    expect(sent.body).toMatchObject({
      payee: { msisdn: '701000555' },
      transaction: { amount: 500, id: part.refundId },
    });
    const status = await sentBy(airtel.refundStatus({ ...whole, attemptId: part.refundId, providerRequestId: null }));
    expect(status.path).toBe(`/standard/v2/disbursements/${part.refundId}?transactionType=B2C`);
    server.asked.length = 0;
    for (const payer of [null, '+250721000555'])
      await expect(airtel.refund({ ...whole, payer })).rejects.toMatchObject({ kind: 'refused' });
    expect(server.asked.filter(({ path }) => path.includes('disb'))).toEqual([]);
    expect([airtel, testAirtel(server.url, patient, null)].map((one) => one.payBillRefunds)).toEqual([['payer'], []]);
  });

  it('asks for another key once Airtel cannot read the PIN, and for none where one is configured', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const reply = server.reply;
    server.reply = (asked) => {
      if (asked.path === '/v1/rsa/encryption-keys') return { status: 200, body: { data: { key } } };
      return asked.path.includes('disb') ? { status: 400, body: { status: { code: 'ROUTER116' } } } : reply(asked);
    };
    const airtel = testAirtel(server.url);
    for (let n = 0; n < 2; n++) expect(await outcomeOf(airtel.refund(part))).toBe('not_taken');
    expect(server.asked.filter(({ path }) => path.includes('rsa'))).toHaveLength(2);
    server.asked.length = 0;
    await outcomeOf(testAirtel(server.url, patient, { pin: '4321', publicKey: key }).refund(part));
    expect(server.asked.filter(({ path }) => path.includes('rsa'))).toEqual([]);
    server.reply = reply;
  });

  it('gives no part back without a PIN, and says so before anything is sent', async () => {
    const airtel = testAirtel(server.url, patient, null);
    expect([airtel.refunds, testAirtel(server.url).refunds]).toEqual(['whole', 'any']);
    await expect(airtel.refund(part)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('AIRTEL_DISBURSEMENT_PIN') as string,
    });
    expect(server.asked).toEqual([]);
  });
});

describe('mpesa', () => {
  const charge = (amount: Money) => testMpesa(server.url).charge(chargeOf('+254712000555', amount, 'KE'));

  it('charges whole shillings, signed with the time in Nairobi', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-23T21:30:05Z') });
    const sent = await sentBy(charge(money(1_250_00, 'KES')));
    vi.useRealTimers();
    expect(sent).toMatchObject({ method: 'POST', path: '/mpesa/stkpush/v1/processrequest' });
    expect(sent.body).toEqual({
      BusinessShortCode: '174379',
      Password: btoa('174379passkey20261124003005'),
      Timestamp: '20261124003005',
      TransactionType: 'CustomerPayBillOnline',
      Amount: 1_250,
      PartyA: '254712000555',
      PartyB: '174379',
      PhoneNumber: '254712000555',
      CallBackURL: `${callbackUrl}?reference=${attemptId}`,
      AccountReference: 'LEASE7',
      TransactionDesc: 'Lease payment',
    });
  });

  it.each([
    ['one shilling', 1_00, 'refused provider_error', 1],
    ['250,000 shillings', 250_000_00, 'refused provider_error', 250_000],
    ['no shilling', 0, 'refused provider_error', null],
    ['a shilling and a half', 1_50, 'refused provider_error', null],
    ['250,001 shillings', 250_001_00, 'refused over_limit', null],
  ])('takes %s as it can', async (_, cents, outcome, sent) => {
    expect(await outcomeOf(charge(money(cents, 'KES')))).toBe(outcome);
    const prompts = server.asked.filter(({ path }) => path.includes('stkpush'));
    const amounts = prompts.map(({ body }) => JSON.parse(body) as unknown);
    expect(amounts).toMatchObject(sent === null ? [] : [{ Amount: sent }]);
  });

  it('takes no other currency', async () => {
    expect(await outcomeOf(charge(money(100, 'UGX')))).toBe('refused provider_error');
    expect(testMpesa(server.url).mostAtOnce.KE).toBe(250_000_00);
  });

  it('asks for its token', async () => {
    await testMpesa(server.url).ping();
    expect(server.asked).toMatchObject([
      {
        method: 'GET',
        path: '/oauth/v1/generate?grant_type=client_credentials',
        headers: { authorization: `Basic ${btoa('consumer:secret')}` },
      },
    ]);
  });

  it('asks for a status by the id of the request, and not at all without one', async () => {
    const mpesa = testMpesa(server.url);
    await expect(mpesa.status({ attemptId, providerRequestId: null, market: 'KE' })).resolves.toEqual({
      state: 'cannot_tell',
    });
    expect(server.asked).toEqual([]);
    const sent = await sentBy(mpesa.status({ attemptId, providerRequestId: 'ws_CO_1', market: 'KE' }));
    expect(sent.path).toBe('/mpesa/stkpushquery/v1/query');
    expect(sent.body).toMatchObject({ BusinessShortCode: '174379', CheckoutRequestID: 'ws_CO_1' });
  });

  it('refunds by reversal', async () => {
    const sent = await sentBy(testMpesa(server.url).refund(refundOf('+254712000555', money(50_00, 'KES'), 'KE')));
    const query = '?reference=0b51c9d2-5d6f-4c3e-8f3e-0d9d9f0b3a01';
    expect(sent.path).toBe('/mpesa/reversal/v1/request');
    expect(sent.body).toEqual({
      Initiator: 'initiator',
      SecurityCredential: 'credential',
      CommandID: 'TransactionReversal',
      TransactionID: 'R1',
      Amount: 50,
      ReceiverParty: '174379',
      RecieverIdentifierType: '11',
      ResultURL: callbackUrl + query,
      QueueTimeOutURL: `${callbackUrl}/timeout${query}`,
      Remarks: 'Refund',
    });
  });
});

describe('mpesa, a part of a payment', () => {
  const whole = refundOf('+254712000555', money(300_00, 'KES'), 'KE');
  const part = { ...whole, charged: money(1_030_00, 'KES') };
  const query = `?reference=${part.refundId}`;

  it('is paid out to its payer, under our id', async () => {
    for (const order of [part, { ...part, of: 'payBill' } as const, { ...whole, of: 'elsewhere' } as const]) {
      const sent = await sentBy(testMpesa(server.url).refund(order));
      expect(sent.path).toBe('/mpesa/b2c/v3/paymentrequest');
      expect(sent.body).toEqual({
        OriginatorConversationID: part.refundId,
        InitiatorName: 'payer',
        SecurityCredential: 'payer-credential',
        CommandID: 'BusinessPayment',
        Amount: 300,
        PartyA: '600000',
        PartyB: '254712000555',
        Remarks: 'Refund',
        QueueTimeOutURL: `${callbackUrl}/timeout${query}`,
        ResultURL: callbackUrl + query,
        Occassion: 'R1',
      });
    }
    expect((await sentBy(testMpesa(server.url).refund({ ...whole, of: 'payBill' }))).path).toContain('reversal');
  });

  it('is never a reversal: without a short code of its own, or a payer, nothing is sent', async () => {
    const mpesa = testMpesa(server.url, patient, null);
    expect([mpesa.refunds, mpesa.payBillRefunds]).toEqual(['whole', ['receipt']]);
    expect([testMpesa(server.url).refunds, testMpesa(server.url).payBillRefunds]).toEqual([
      'any',
      ['receipt', 'payer'],
    ]);
    await expect(mpesa.refund(part)).rejects.toMatchObject({ kind: 'refused' });
    for (const payer of [null, '+256772000555'])
      await expect(testMpesa(server.url).refund({ ...part, payer })).rejects.toMatchObject({ kind: 'refused' });
    expect(server.asked).toEqual([]);
  });

  it('is asked about by our id, and the answer goes to a URL of its own', async () => {
    const asked = { ...part, attemptId: part.refundId, providerRequestId: 'AG_1' };
    const sent = await sentBy(testMpesa(server.url).refundStatus(asked));
    expect(sent.path).toBe('/mpesa/transactionstatus/v1/query');
    expect(sent.body).toMatchObject({
      Initiator: 'payer',
      CommandID: 'TransactionStatusQuery',
      OriginalConversationID: part.refundId,
      PartyA: '600000',
      ResultURL: `${callbackUrl}/status${query}`,
    });
    const result = (code: number, parameters: object) =>
      JSON.stringify({
        Result: {
          ResultType: 0,
          ResultCode: code,
          ConversationID: 'AG_question',
          ResultParameters: {
            ResultParameter: Object.entries(parameters).map(([Key, Value]) => ({ Key, Value: Value as unknown })),
          },
        },
      });
    const said = { ConversationID: 'AG_1', ReceiptNo: 'TLC1', Amount: 300 };
    const read = (body: string) => testMpesa(server.url).parseStatus?.(body);
    const claim = { providerRequestId: 'AG_1', amount: 300_00 };
    expect(read(result(0, { ...said, TransactionStatus: 'Completed' }))).toMatchObject({
      ...claim,
      state: 'succeeded',
      receipt: 'TLC1',
    });
    expect(read(result(0, { ...said, TransactionStatus: 'Failed' }))).toMatchObject({ ...claim, state: 'failed' });
    expect(read(result(0, { ...said, TransactionStatus: 'Pending' }))).toBeNull();
    expect(read(result(2032, {}))).toBeNull();
  });

  it('an id that was used before, and a server that says it failed, leave it open', async () => {
    const reply = server.reply;
    for (const errorCode of ['500.002.1001', '500.001.1001', '500.003.1001']) {
      server.reply = (asked) => (asked.path.includes('b2c') ? { status: 500, body: { errorCode } } : reply(asked));
      expect(await outcomeOf(testMpesa(server.url).refund(part))).toMatch(/^unknown/);
    }
    server.reply = reply;
  });
});

describe('mpesa, where Daraja says less than the gateway in front of it', () => {
  const claim = {
    state: 'succeeded',
    reason: null,
    receipt: 'NLJ7RT61SV',
    amount: 5_00,
    authentic: true,
    providerRequestId: 'ws_CO_1',
  } as const;
  const asked = { attemptId, providerRequestId: 'ws_CO_1', market: 'KE' } as const;
  const answering = (status: number, body: object) => {
    server.reply = ({ path }) =>
      path.includes('oauth') ? { status: 200, body: { access_token: 't', expires_in: '3599' } } : { status, body };
  };

  it('the receipt is what the callback claims, the amount what was asked', async () => {
    answering(200, { ResultCode: '0', ResultDesc: 'ok' });
    const amount = money(1_250_00, 'KES');
    const mpesa = testMpesa(server.url);
    await expect(mpesa.status({ ...asked, amount, claim })).resolves.toEqual({
      state: 'succeeded',
      receipt: 'NLJ7RT61SV',
      amount,
    });
    await expect(mpesa.status({ ...asked, amount })).resolves.toEqual({ state: 'succeeded', receipt: null, amount });
    await expect(mpesa.status({ ...asked, claim })).rejects.toMatchObject({ kind: 'unknown' });
  });

  it('a claim never makes a payment that the query denies', async () => {
    answering(200, { ResultCode: '1032', ResultDesc: 'cancelled' });
    const said = testMpesa(server.url).status({ ...asked, amount: money(100, 'KES'), claim });
    await expect(said).resolves.toEqual({ state: 'failed', reason: 'declined', detail: '1032' });
  });

  it('the result of a reversal is what was told to its ResultURL', async () => {
    answering(404, { errorCode: '404.001.01', errorMessage: 'Resource not found' });
    const mpesa = testMpesa(server.url);
    await expect(mpesa.refundStatus({ ...asked, claim })).resolves.toEqual({
      state: 'succeeded',
      receipt: 'NLJ7RT61SV',
      amount: money(5_00, 'KES'),
    });
    await expect(mpesa.refundStatus({ ...asked, claim: null })).resolves.toEqual({ state: 'cannot_tell' });
    const ofAnother = mpesa.refundStatus({ ...asked, claim: { ...claim, providerRequestId: 'AG_2' } });
    await expect(ofAnother).resolves.toEqual({ state: 'cannot_tell' });
    const timedOut = mpesa.refundStatus({ ...asked, claim: { ...claim, state: 'unclear' } });
    await expect(timedOut).resolves.toEqual({ state: 'cannot_tell' });
    const failed = mpesa.refundStatus({ ...asked, claim: { ...claim, state: 'failed', reason: 'provider_error' } });
    await expect(failed).resolves.toMatchObject({ state: 'failed', reason: 'provider_error' });
  });

  it('a pending query opens no circuit', async () => {
    const limits = { ...patient, breaker: { failures: 2, halfOpenAfter: 10_000 } };
    answering(500, { errorCode: '500.001.1001', errorMessage: 'The transaction is being processed' });
    const mpesa = testMpesa(server.url, limits);
    for (let n = 0; n < 5; n++) await expect(mpesa.status(asked)).resolves.toEqual({ state: 'pending' });
    expect(mpesa.circuit()).toBe('closed');
    answering(500, { errorCode: '500.003.02', errorMessage: 'Spike Arrest Violation' });
    for (let n = 0; n < 2; n++) await outcomeOf(mpesa.status(asked));
    expect(mpesa.circuit()).toBe('open');
  });
});
