import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { money } from '#domain/money';
import { outcomeOf, startTestServer, type Reply, type TestServer } from '../test-server.ts';
import { testAirtel, testMpesa, testMtn } from './test-adapters.ts';

/** What people met with these providers in production, by public reports, with changed numbers. */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function answering(reply: Reply): string {
  server.reply = ({ path }) =>
    /token|oauth/.test(path) ? { status: 200, body: { access_token: 't', expires_in: '3599' } } : reply;
  return server.url;
}

const attemptId = '6f1d4c1e-58a4-4c52-9a10-6a0d1b5f7c11';
const callbackUrl = 'http://127.0.0.1:9/secret';
const ugx = { attemptId, payer: '+256772000555', amount: money(25_000, 'UGX'), market: 'UG', callbackUrl } as const;
const kes = { attemptId, payer: '+254712000555', amount: money(250_00, 'KES'), market: 'KE', callbackUrl } as const;
const asked = { providerRequestId: 'ws_CO_1' };

describe('callbacks and announcements', () => {
  const items = (amount: unknown) => ({
    Body: {
      stkCallback: {
        MerchantRequestID: '6618-964399-1',
        CheckoutRequestID: 'ws_CO_1',
        ResultCode: 0,
        ResultDesc: 'The service request is processed successfully.',
        CallbackMetadata: {
          Item: [
            { Name: 'Amount', Value: amount },
            { Name: 'MpesaReceiptNumber', Value: 'MAO0DO9B99' },
            { Name: 'Balance' },
            { Name: 'TransactionDate', Value: 20261124144754 },
            { Name: 'PhoneNumber', Value: 254712000555 },
          ],
        },
      },
    },
  });
  const mpesa = testMpesa('http://127.0.0.1:9');

  it.each([
    ['safaricom/mpesa-php-sdk#5: an item has no Value', 250],
    ['Byte-Barn/mpesakit#2: numbers come as strings', '250.00'],
    ['the same, with one decimal', '250.0'],
  ])('M-Pesa, %s', (_, amount) => {
    expect(mpesa.parseCallback(JSON.stringify(items(amount)), new Headers(), 'KE')).toMatchObject({
      state: 'succeeded',
      receipt: 'MAO0DO9B99',
      amount: 250_00,
    });
  });

  it('M-Pesa, Byte-Barn/mpesakit#103: the number of the payer is a hash, which names nobody', () => {
    const notice = {
      TransactionType: 'Pay Bill',
      TransID: 'TK60708B99',
      TransTime: '20261106230212',
      TransAmount: '1.00',
      BusinessShortCode: '174379',
      BillRefNumber: 'UM001',
      OrgAccountBalance: '41880264.80',
      MSISDN: '94c392c311d522da950619227b3361752a42042db7e1e699b26e628305c68a99',
      FirstName: 'SIMULATED',
    };
    const payment = mpesa.parseInbound(JSON.stringify(notice));
    expect(payment).toMatchObject({ account: 'UM001', amount: money(1_00, 'KES') });
    expect([payment.payer, payment.payerMasked]).toEqual([undefined, undefined]);
  });

  it('MTN, global-121/121-platform#8060: a callback leaves out what its reader wanted', () => {
    const claim = testMtn('http://127.0.0.1:9').parseCallback('{"status":"SUCCESSFUL"}', new Headers(), 'UG');
    expect(claim).toMatchObject({ state: 'succeeded', receipt: null, amount: null });
  });

  it('Airtel, no hash where callback authentication is off; an id that is the word null', () => {
    const body = { transaction: { id: 'BBZMiscxy', status_code: 'TS', airtel_money_id: 'null', message: 'Paid In' } };
    const claim = testAirtel('http://127.0.0.1:9').parseCallback(JSON.stringify(body), new Headers(), 'UG');
    expect(claim).toMatchObject({ state: 'succeeded', receipt: null, authentic: true });
  });
});

describe('answers to a charge', () => {
  it.each([
    [
      'lepresk/momo-api#20: a refusal with HTTP 200',
      { status: { success: false, response_code: 'DP00800001007' } },
      'refused no_funds',
    ],
    [
      'the sample of the portal: id is false',
      {
        data: { transaction: { id: false, status: 'SUCCESS' } },
        status: { result_code: 'ESB000010', response_code: 'DP00800001006', success: true },
      },
      'accepted',
    ],
  ])('Airtel, %s', async (_, body, outcome) => {
    const said = await outcomeOf(testAirtel(answering({ status: 200, body })).charge({ ...ugx, reference: 'A1' }));
    expect(typeof said === 'string' ? said : 'accepted').toBe(outcome);
  });

  it.each([
    ['MoMoOpenAPI/MoMoOpenAPI_SandBox#4: 503 without a word', { status: 503, text: '' }, 'unknown'],
    [
      'mtvbrianking/laravel-mtn-momo#50 and #80: 400 without a word',
      { status: 400, text: '' },
      'refused provider_error',
    ],
    ['an address that is not on the list', { status: 403, body: { code: 'FORBIDDEN_IP' } }, 'refused provider_error'],
  ])('MTN, %s', async (_, reply, outcome) => {
    const provider = testMtn(answering(reply));
    expect(await outcomeOf(provider.charge({ ...ugx, reference: 'A1' }))).toBe(outcome);
    // mtvbrianking/laravel-mtn-momo#69: an empty message or note is answered with a server error.
    const sent: unknown = JSON.parse(server.asked.at(-1)?.body ?? '');
    expect(sent).toMatchObject({ payerMessage: 'Lease A1', payeeNote: 'A1' });
  });

  it.each([
    [
      'neshoj/safaricom-daraja-nodejs#5: the prompt is on the phone, the answer unreadable',
      { status: 200, body: { status: '01' } },
      'unknown',
    ],
    [
      'osenco/osen-wc-mpesa#65: a number that M-Pesa does not take',
      {
        status: 400,
        body: { requestId: '9458-1', errorCode: '400.002.02', errorMessage: 'Bad Request - Invalid PhoneNumber' },
      },
      'refused provider_error',
    ],
  ])('M-Pesa, %s', async (_, reply, outcome) => {
    expect(await outcomeOf(testMpesa(answering(reply)).charge({ ...kes, reference: 'A1' }))).toBe(outcome);
  });

  it('M-Pesa, safaricom/mpesa-php-sdk#16: accepted without a ResponseCode is not known to be', async () => {
    const body = { OriginatorCoversationID: '12362-1', ConversationID: 'AG_1', ResponseDescription: 'Accepted' };
    const refund = { ...kes, refundId: attemptId, receipt: 'R1', charged: kes.amount };
    expect(await outcomeOf(testMpesa(answering({ status: 200, body })).refund(refund))).toBe('unknown');
  });

  it('M-Pesa, bnjunge/MPESA-API-Tutorial#3: a SOAP fault in JSON registers nothing', async () => {
    const body = { Envelope: { Body: { Fault: { faultstring: 'ServiceCallout failed. ResponseCode 409' } } } };
    const urls = { confirmation: 'https://x.example/a', validation: 'https://x.example/b' };
    expect(await outcomeOf(testMpesa(answering({ status: 500, body })).registerPayBill(urls))).toBe('unknown');
  });
});

describe('statuses', () => {
  it('M-Pesa, safaricom/LNMOnlineAndroidSample#13: in process is an error of the server', async () => {
    const body = {
      requestId: 'ws_CO_1',
      errorCode: '500.001.1001',
      errorMessage: 'The transaction is being processed',
    };
    const provider = testMpesa(answering({ status: 500, body }));
    expect(await provider.status({ ...kes, ...asked })).toEqual({ state: 'pending' });
  });

  it('MTN, comfortchambeshi/Wit-MTN-MOMO-API-Python-SDK#1: 404 after 202', async () => {
    const body = { message: 'Requested resource was not found.', code: 'RESOURCE_NOT_FOUND' };
    expect(await testMtn(answering({ status: 404, body })).status({ ...ugx, ...asked })).toEqual({
      state: 'not_found',
    });
  });

  it('MTN, sparkplug/momoapi-node#85 and others: amounts with decimals, a reason in either form', async () => {
    const provider = testMtn(
      answering({
        status: 200,
        body: { status: 'SUCCESSFUL', amount: '25000.0', currency: 'UGX', financialTransactionId: 192_726_499 },
      }),
    );
    expect(await provider.status({ ...ugx, ...asked })).toEqual({
      state: 'succeeded',
      receipt: '192726499',
      amount: ugx.amount,
    });
  });

  it('Airtel, lepresk/momo-api#20: TI is in progress', async () => {
    const body = { data: { transaction: { id: 'x', status: 'TI' } }, status: { response_code: 'DP00800001006' } };
    expect(await testAirtel(answering({ status: 200, body })).status({ ...ugx, ...asked })).toEqual({
      state: 'pending',
    });
  });
});
