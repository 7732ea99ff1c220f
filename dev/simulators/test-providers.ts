import { at, call, newId, phoneOf, post, type Said, type TestProvider } from './test-support.ts';

const words = (code: unknown) => (typeof code === 'object' && code !== null && 'code' in code ? code.code : code);

/** A client of simulated MTN, with a token. */
export async function mtnClient(base: string): Promise<TestProvider & { headers: Record<string, string> }> {
  const url = `${base}/mtn`;
  const common = { 'ocp-apim-subscription-key': 'any', 'x-target-environment': 'mtnuganda' };
  const { json } = await call(`${url}/collection/token/`, {
    method: 'POST',
    headers: { ...common, authorization: `Basic ${btoa('user:key')}` },
  });
  const headers = { ...common, authorization: `Bearer ${String(json['access_token'])}` };
  const said = (body: unknown): Said => ({
    state:
      ({ PENDING: 'pending', SUCCESSFUL: 'paid', FAILED: 'failed' } as const)[String(at(body, 'status'))] ?? 'unknown',
    code: words(at(body, 'reason')),
    amount: Number(at(body, 'amount')),
    receipt: at(body, 'financialTransactionId'),
  });
  return {
    name: 'mtn',
    headers,
    phone: phoneOf('256'),
    async charge({ payer, amount = 1_000, callbackUrl, id = newId(), account = 'ABC123' }) {
      const body = {
        amount: String(amount),
        currency: 'UGX',
        externalId: account,
        payer: { partyIdType: 'MSISDN', partyId: payer },
      };
      const callback = callbackUrl === undefined ? {} : { 'x-callback-url': callbackUrl };
      return {
        id,
        ...(await post(`${url}/collection/v1_0/requesttopay`, body, { ...headers, 'x-reference-id': id, ...callback })),
      };
    },
    status: async (id) => said((await call(`${url}/collection/v1_0/requesttopay/${id}`, { headers })).json),
    claim: said,
  };
}

/** A client of simulated Airtel, with a token. */
export async function airtelClient(base: string): Promise<TestProvider & { headers: Record<string, string> }> {
  const url = `${base}/airtel`;
  const login = { client_id: 'any', client_secret: 'any', grant_type: 'client_credentials' };
  const { json } = await post(`${url}/auth/oauth2/token`, login);
  const headers = { authorization: `Bearer ${String(json['access_token'])}`, 'x-country': 'UG', 'x-currency': 'UGX' };
  const states: Record<string, Said['state']> = { TS: 'paid', TF: 'failed', TE: 'failed', TIP: 'pending' };
  return {
    name: 'airtel',
    headers,
    phone: phoneOf('256'),
    async charge({ payer, amount = 1_000, callbackUrl, id = newId(), account = 'ABC123' }) {
      const body = {
        reference: account,
        subscriber: { country: 'UG', currency: 'UGX', msisdn: payer.slice(3) },
        transaction: { amount, country: 'UG', currency: 'UGX', id },
      };
      const callback = callbackUrl === undefined ? {} : { 'x-callback-url': callbackUrl };
      return { id, ...(await post(`${url}/merchant/v1/payments/`, body, { ...headers, ...callback })) };
    },
    async status(id) {
      const { json: body } = await call(`${url}/standard/v1/payments/${id}`, { headers });
      const transaction = at(body, 'data', 'transaction');
      return {
        state: states[String(at(transaction, 'status'))] ?? 'unknown',
        code: at(body, 'status', 'response_code'),
        amount: Number(at(transaction, 'amount')),
        receipt: at(transaction, 'airtel_money_id'),
      };
    },
    claim(body) {
      const transaction = at(body, 'transaction');
      return {
        state: states[String(at(transaction, 'status_code'))] ?? 'unknown',
        code: at(transaction, 'code'),
        amount: Number(at(transaction, 'amount')),
        receipt: at(transaction, 'airtel_money_id'),
      };
    },
  };
}

/** The fields that sign a request to Daraja. */
export function mpesaSignature(passkey = 'any', shortcode = '174379') {
  const timestamp = '20261123120000';
  return { BusinessShortCode: shortcode, Timestamp: timestamp, Password: btoa(shortcode + passkey + timestamp) };
}

/** A client of simulated M-Pesa, with a token. Amounts in minor units here, too. */
export async function mpesaClient(base: string): Promise<TestProvider & { headers: Record<string, string> }> {
  const url = `${base}/mpesa`;
  const basic = { headers: { authorization: `Basic ${btoa('key:secret')}` } };
  const { json } = await call(`${url}/oauth/v1/generate?grant_type=client_credentials`, basic);
  const headers = { authorization: `Bearer ${String(json['access_token'])}` };
  const item = (metadata: unknown, name: string) =>
    ((at(metadata, 'Item') ?? []) as { Name: string; Value: unknown }[]).find(({ Name }) => Name === name)?.Value;
  const said = (body: unknown): Said => ({
    state: Number(at(body, 'ResultCode')) === 0 ? 'paid' : 'failed',
    code: at(body, 'ResultCode'),
    amount: Number(item(at(body, 'CallbackMetadata'), 'Amount')) * 100,
    receipt: item(at(body, 'CallbackMetadata'), 'MpesaReceiptNumber'),
  });
  return {
    name: 'mpesa',
    headers,
    phone: phoneOf('254'),
    async charge({ payer, amount = 100_000, callbackUrl = 'http://127.0.0.1:9/nowhere', account = 'ABC123' }) {
      const answer = await post(
        `${url}/mpesa/stkpush/v1/processrequest`,
        {
          ...mpesaSignature(),
          TransactionType: 'CustomerPayBillOnline',
          Amount: amount / 100,
          PartyA: payer,
          PartyB: '174379',
          PhoneNumber: payer,
          CallBackURL: callbackUrl,
          AccountReference: account,
          TransactionDesc: 'instalment',
        },
        headers,
      );
      return { id: String(answer.json['CheckoutRequestID']), ...answer };
    },
    async status(id) {
      const body = { ...mpesaSignature(), CheckoutRequestID: id };
      const answer = await post(`${url}/mpesa/stkpushquery/v1/query`, body, headers);
      if (answer.status === 500 && /being processed/.test(answer.text)) return { state: 'pending' };
      return answer.status === 200 ? said(answer.json) : { state: 'unknown' };
    },
    claim: (body) => said(at(body, 'Body', 'stkCallback')),
  };
}
