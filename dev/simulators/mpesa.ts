import type { Context } from 'hono';
import { z } from 'zod';
import { toMinor } from './amounts.ts';
import { takeCharge } from './charges.ts';
import { wallTime } from './clock.ts';
import { struckBy } from './faults.ts';
import {
  authorisedForMpesa,
  badMpesaField,
  merchantReference,
  mpesaBody,
  mpesaError,
  spikeArrest,
} from './mpesa-answers.ts';
import { registerC2b } from './mpesa-c2b.ts';
import { reversalRoutes } from './mpesa-reversal.ts';
import { mpesaMetadata, mpesaResult, NAIROBI } from './mpesa-wire.ts';
import { toE164, withoutPlus } from './phones.ts';
import { receiptOf } from './receipts.ts';
import { truthOf, type Charge } from './records.ts';
import { routes, type Environment, type Simulator } from './simulator.ts';
import { statementOf } from './statement.ts';
import { basicCredentials, fits, issueToken } from './tokens.ts';

const TOKEN_SECONDS = 3_599;
/** Shillings that M-Pesa takes in one prompt. */
const MAXIMUM = 250_000;

const shortcode = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d{5,7}$/));
const msisdn = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^254\d{9}$/));
const timestamp = z.string().regex(/^\d{14}$/);
const signature = { BusinessShortCode: shortcode, Password: z.string(), Timestamp: timestamp };

const pushBody = z.object({
  ...signature,
  TransactionType: z.enum(['CustomerPayBillOnline', 'CustomerBuyGoodsOnline']),
  Amount: z.union([z.number(), z.string()]),
  PartyA: msisdn,
  PartyB: shortcode,
  PhoneNumber: msisdn,
  CallBackURL: z.url({ protocol: /^https?$/ }),
  AccountReference: z.string().min(1).max(12),
  TransactionDesc: z.string().min(1).max(13),
});
const queryBody = z.object({ ...signature, CheckoutRequestID: z.string().min(1) });

/** M-Pesa by Daraja: prompts, their query, pay-bill URLs, reversals. Every request is a prompt of its own. */
export function mpesaRoutes(simulator: Simulator) {
  const app = routes();
  app.use(
    struckBy(simulator.faults, 'mpesa', (status) =>
      status === 429 ? mpesaError(429, '500.003.03', 'Error Occurred: Quota Violation') : spikeArrest(503),
    ),
  );
  app.get('/oauth/v1/generate', (c) => token(c, simulator));
  const api = routes();
  api.use(authorisedForMpesa(simulator));
  api.post('/stkpush/v1/processrequest', (c) => push(c, simulator));
  api.post('/stkpushquery/v1/query', (c) => query(c, simulator));
  registerC2b(api, simulator);
  reversalRoutes(api, simulator);
  api.get('/statement/v1', async (c) => c.json(await statementOf(simulator, 'mpesa', c.req.query('date'))));
  // Daraja's own paths begin with /mpesa after its host; both ways of joining a base URL with them work.
  app.route('/mpesa', api);
  app.route('/', api);
  return app;
}

function token(c: Context, { settings, tokenKey }: Simulator): Response {
  if (c.req.query('grant_type') !== 'client_credentials')
    return mpesaError(400, '400.008.02', 'Invalid grant type passed');
  const given = basicCredentials(c.req.header('authorization'));
  const known =
    given && fits(settings.MPESA_CONSUMER_KEY, given.user) && fits(settings.MPESA_CONSUMER_SECRET, given.password);
  if (!known) return mpesaError(401, '400.008.01', 'Invalid Authentication passed');
  const accessToken = issueToken(tokenKey, 'mpesa', Date.now() + TOKEN_SECONDS * 1_000);
  return Response.json({ access_token: accessToken, expires_in: String(TOKEN_SECONDS) });
}

function isSigned(
  { settings }: Simulator,
  body: { BusinessShortCode: string; Password: string; Timestamp: string },
): boolean {
  const { BusinessShortCode: code, Password: password, Timestamp: time } = body;
  const signed = Buffer.from(password, 'base64').toString();
  const isFramed = signed.startsWith(code) && signed.endsWith(time);
  const passkey = signed.slice(code.length, -time.length);
  return isFramed && fits(settings.MPESA_SHORTCODE, code) && fits(settings.MPESA_PASSKEY, passkey);
}

const wrongCredentials = () => mpesaError(500, '500.001.1001', 'Wrong credentials');

async function push(c: Context<Environment>, simulator: Simulator): Promise<Response> {
  const body = await mpesaBody(c, pushBody);
  if (body instanceof Response) return body;
  if (!isSigned(simulator, body)) return wrongCredentials();
  const shillings = Number(body.Amount);
  const amount = toMinor(body.Amount, 'KES');
  if (amount === undefined || !Number.isInteger(shillings) || shillings > MAXIMUM) return badMpesaField('Amount');
  const payer = toE164(body.PhoneNumber);
  if (payer === undefined) return badMpesaField('PhoneNumber');
  const { random, store } = simulator;
  const ordinal = store.chargeCount(payer);
  const now = wallTime(Date.now(), NAIROBI).stamp;
  const key = `ws_CO_${now}${withoutPlus(payer).slice(-9)}${random.digits(6, 'checkout', payer, ordinal)}`;
  const url = body.CallBackURL;
  return takeCharge(
    c,
    simulator,
    {
      provider: 'mpesa',
      key,
      reference: merchantReference(url) ?? body.AccountReference,
      receipt: receiptOf(random, 'mpesa', payer, ordinal),
      payer,
      amount,
      currency: 'KES',
      account: body.AccountReference,
      callbackUrl: url,
      details: { merchantRequestId: `${random.digits(5, 'merchant', key)}-${random.digits(8, 'merchant', key)}-1` },
    },
    { accepted, duplicate: accepted, refused: () => spikeArrest(), failed: () => new Response(null, { status: 500 }) },
  );
}

function accepted(charge: Charge): Response {
  return Response.json({
    MerchantRequestID: charge.details['merchantRequestId'],
    CheckoutRequestID: charge.key,
    ResponseCode: '0',
    ResponseDescription: 'Success. Request accepted for processing',
    CustomerMessage: 'Success. Request accepted for processing',
  });
}

async function query(c: Context, simulator: Simulator): Promise<Response> {
  const body = await mpesaBody(c, queryBody);
  if (body instanceof Response) return body;
  if (!isSigned(simulator, body)) return wrongCredentials();
  const charge = simulator.store.charge('mpesa', body.CheckoutRequestID);
  await simulator.store.settled();
  if (charge?.kind !== 'request') return badMpesaField('CheckoutRequestID');
  const truth = truthOf(charge, Date.now());
  const result = mpesaResult(truth);
  if (!result) return mpesaError(500, '500.001.1001', 'The transaction is being processed');
  return c.json({
    ResponseCode: '0',
    ResponseDescription: 'The service request has been accepted successsfully',
    MerchantRequestID: charge.details['merchantRequestId'],
    CheckoutRequestID: charge.key,
    ResultCode: String(result.code),
    ResultDesc: result.text,
    // Beyond what Daraja answers: without them a lost callback would leave the receipt to the statement.
    ...(truth.state === 'paid' && {
      MpesaReceiptNumber: charge.receipt,
      Amount: charge.amount / 100,
      CallbackMetadata: mpesaMetadata(charge, truth.amount),
    }),
  });
}
