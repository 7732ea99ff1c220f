import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { markets, marketRules } from '#domain/markets';
import { disbursementRoutes } from './airtel-disbursement.ts';
import { airtelAnswer, airtelState, airtelStatus } from './airtel-wire.ts';
import { toMinor } from './amounts.ts';
import { takeCharge } from './charges.ts';
import { struckBy } from './faults.ts';
import { toE164 } from './phones.ts';
import { jsonOrUndefined } from './problem.ts';
import { receiptOf } from './receipts.ts';
import { truthOf, type Charge } from './records.ts';
import { takeRefund } from './refunds.ts';
import { routes, type Environment, type Simulator } from './simulator.ts';
import { statementOf } from './statement.ts';
import { acceptsToken, fits, issueToken } from './tokens.ts';

const TOKEN_SECONDS = 180;

const tokenBody = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  grant_type: z.literal('client_credentials'),
});
const id = z.string().min(1).max(80);
const country = z.enum(markets);
const chargeBody = z.object({
  reference: z.string().min(1).max(64),
  subscriber: z.object({
    country,
    currency: z.string(),
    msisdn: z.union([z.string(), z.number().int()]).transform(String),
  }),
  transaction: z.object({ amount: z.number(), country, currency: z.string(), id }),
  callback_url: z.url({ protocol: /^https?$/ }).optional(),
});
/** Only the receipt: what else is asked for is not looked at. */
const refundBody = z.object({ transaction: z.object({ airtel_money_id: z.string().min(1) }) });

const answer = airtelAnswer;
const invalid = (message: string) => answer(400, message, 'ESB000008', '');
const notFound = () => answer(404, 'Transaction not found', 'ESB000045', 'DP00800001025');
const internal = () => answer(500, 'Internal server error', '', '');
/** Airtel says so with HTTP 200: only the result code tells. */
const duplicate = () =>
  Response.json({ status: airtelStatus('200', 'Duplicate transaction id', 'ESB000041', '', false) });

/** Airtel Money: payments v1 and v2 (whose encryption is not checked), refunds, disbursements. */
export function airtelRoutes(simulator: Simulator) {
  const { store, faults } = simulator;
  const app = routes();
  app.use(
    struckBy(faults, 'airtel', (status) =>
      answer(status, status === 429 ? 'Too many requests' : 'Service unavailable', '', ''),
    ),
  );
  app.post('/auth/oauth2/token', (c) => token(c, simulator));
  app.use('/merchant/*', authorised(simulator));
  app.use('/standard/*', authorised(simulator));
  app.use('/v1/*', authorised(simulator));
  app.post('/merchant/v1/payments', (c) => charge(c, simulator));
  app.post('/merchant/v2/payments', (c) => charge(c, simulator));
  app.get('/standard/v1/payments/:id', async (c) => {
    const found = store.charge('airtel', c.req.param('id'));
    await store.settled();
    return found ? c.json(airtelState(found, truthOf(found, Date.now()))) : notFound();
  });
  app.post('/standard/v1/payments/refund', (c) => refund(c, simulator));
  disbursementRoutes(app, simulator);
  app.get('/standard/v1/statement', async (c) => {
    const market = country.safeParse(c.req.header('x-country')).data;
    return c.json(await statementOf(simulator, 'airtel', c.req.query('date'), market));
  });
  return app;
}

async function token(c: Context, { settings, tokenKey }: Simulator): Promise<Response> {
  const body = tokenBody.safeParse(await jsonOrUndefined(c));
  const known =
    body.success &&
    fits(settings.AIRTEL_CLIENT_ID, body.data.client_id) &&
    fits(settings.AIRTEL_CLIENT_SECRET, body.data.client_secret);
  if (!known)
    return Response.json(
      { error: 'invalid_client', error_description: 'Invalid client authentication' },
      { status: 401 },
    );
  const accessToken = issueToken(tokenKey, 'airtel', Date.now() + TOKEN_SECONDS * 1_000);
  // A string, as Airtel sends it.
  return Response.json({ access_token: accessToken, expires_in: String(TOKEN_SECONDS), token_type: 'bearer' });
}

function authorised({ tokenKey }: Simulator) {
  return createMiddleware<Environment>(async (c, next) => {
    if (acceptsToken(tokenKey, 'airtel', c.req.header('authorization'), Date.now())) return next();
    return Response.json(
      { error: 'invalid_token', error_description: 'The access token is invalid or expired' },
      { status: 401 },
    );
  });
}

async function charge(c: Context<Environment>, simulator: Simulator): Promise<Response> {
  const parsed = chargeBody.safeParse(await jsonOrUndefined(c));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return invalid(`${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'is wrong'}`);
  }
  const { reference, subscriber, transaction, callback_url: fromBody } = parsed.data;
  const rules = marketRules(transaction.country);
  if (c.req.header('x-country') !== transaction.country || subscriber.country !== transaction.country)
    return invalid('X-Country: does not fit');
  const named = [c.req.header('x-currency'), subscriber.currency, transaction.currency];
  if (named.some((currency) => currency !== rules.currency)) return invalid('X-Currency: does not fit');
  if (!/^[1-9]\d{8}$/.test(subscriber.msisdn))
    return invalid('subscriber.msisdn: nine digits, without the country code');
  const payer = toE164(rules.callingCode + subscriber.msisdn);
  const amount = toMinor(transaction.amount, rules.currency);
  if (payer === undefined || amount === undefined)
    return invalid('transaction.amount: is not an amount of this currency');
  const callbackUrl =
    c.req.header('x-callback-url') ?? fromBody ?? simulator.settings.SIMULATOR_CALLBACK_URL_AIRTEL ?? null;
  if (callbackUrl !== null && !URL.canParse(callbackUrl)) return invalid('X-Callback-Url: is not a URL');
  return takeCharge(
    c,
    simulator,
    {
      provider: 'airtel',
      key: transaction.id,
      reference: transaction.id,
      receipt: receiptOf(simulator.random, 'airtel', transaction.id),
      payer,
      amount,
      currency: rules.currency,
      account: reference,
      callbackUrl,
      details: { country: transaction.country },
    },
    { accepted, duplicate, refused: internal, failed: internal },
  );
}

function accepted({ key }: Charge): Response {
  const data = { transaction: { id: key, status: 'SUCCESS' } };
  return Response.json({ data, status: airtelStatus('200', 'SUCCESS', 'ESB000010', 'DP00800001006', true) });
}

/** Gives the whole of a charge back. */
async function refund(c: Context, simulator: Simulator): Promise<Response> {
  const parsed = refundBody.safeParse(await jsonOrUndefined(c));
  if (!parsed.success) return invalid('transaction.airtel_money_id: is needed');
  const { airtel_money_id: receipt } = parsed.data.transaction;
  const { store } = simulator;
  const charged = store.chargeByReceipt('airtel', receipt);
  if (!charged) return notFound();
  const made = await takeRefund(simulator, charged, {
    key: `${receipt}.R${store.refundCount(charged) + 1}`,
    reference: null,
    amount: charged.amount,
    callbackUrl: null,
    details: {},
  });
  if (made.refused !== null) {
    const code = made.refused === 'belowMinimum' ? 'DP00800001004' : 'DP00800001009';
    return answer(200, made.refused, 'ESB000011', code);
  }
  // `success` as the portal's own sample has it.
  const data = { transaction: { airtel_money_id: made.receipt, status: 'SUCCESS' } };
  return Response.json({ data, status: { code: '200', message: 'SUCCESS', result_code: 'ESB000010', success: false } });
}
