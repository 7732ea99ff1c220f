import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { markets, marketRules } from '#domain/markets';
import { toMinor } from './amounts.ts';
import { takeCharge } from './charges.ts';
import { struckBy } from './faults.ts';
import { mtnRefundStatus, mtnStatus } from './mtn-wire.ts';
import { toE164 } from './phones.ts';
import { jsonOrUndefined } from './problem.ts';
import { receiptOf } from './receipts.ts';
import { truthOf } from './records.ts';
import { takeRefund } from './refunds.ts';
import { routes, type Environment, type Simulator } from './simulator.ts';
import { statementOf } from './statement.ts';
import { acceptsToken, basicCredentials, fits, issueToken } from './tokens.ts';

const TOKEN_SECONDS = 3_600;
const uuidV4 = z.uuidv4();

const text = z.string().max(160).default('');
const amount = z.string();
const currency = z.enum(['UGX', 'RWF', 'EUR']);
const chargeBody = z.object({
  amount,
  currency,
  externalId: z.string().min(1).max(100),
  payer: z.object({ partyIdType: z.literal('MSISDN'), partyId: z.string().regex(/^\d{8,15}$/) }),
  payerMessage: text,
  payeeNote: text,
});
const refundBody = z.object({
  amount,
  currency,
  externalId: z.string().min(1).max(100),
  payerMessage: text,
  payeeNote: text,
  referenceIdToRefund: uuidV4,
});

const transferBody = refundBody
  .omit({ referenceIdToRefund: true })
  .extend({ payee: z.object({ partyIdType: z.literal('MSISDN'), partyId: z.string().regex(/^\d{8,15}$/) }) });

const fail = (status: number, code: string, message: string) => Response.json({ code, message }, { status });
const badRequest = (message: string) => fail(400, 'BAD_REQUEST', message);
const accepted = () => new Response(null, { status: 202 });
const duplicate = () => fail(409, 'RESOURCE_ALREADY_EXIST', 'Duplicated reference id. Creation of resource failed.');
const internal = () => fail(500, 'INTERNAL_PROCESSING_ERROR', 'An internal error occurred while processing.');
const notFound = () => fail(404, 'RESOURCE_NOT_FOUND', 'Requested resource was not found.');
const denied = (message: string) => Response.json({ statusCode: 401, message }, { status: 401 });

/** MTN MoMo: collections, refunds by disbursements, and the sandbox's provisioning of users. */
export function mtnRoutes(simulator: Simulator) {
  const app = routes();
  app.use(
    struckBy(simulator.faults, 'mtn', (status) =>
      status === 429
        ? denied429()
        : fail(503, 'SERVICE_UNAVAILABLE', 'Service temporarily unavailable, try again later.'),
    ),
  );
  for (const product of products) {
    app.post(`/${product}/token`, (c) => token(c, simulator, product));
    app.use(`/${product}/v1_0/*`, authorised(simulator, product));
  }
  app.post('/collection/v1_0/requesttopay', (c) => charge(c, simulator));
  app.get('/collection/v1_0/requesttopay/:id', async (c) => {
    const found = simulator.store.charge('mtn', c.req.param('id'));
    await simulator.store.settled();
    return found ? c.json(mtnStatus(found, truthOf(found, Date.now()))) : notFound();
  });
  app.get('/collection/v1_0/statement', async (c) => {
    const environment = c.req.header('x-target-environment');
    const market = markets.find((one) => environment === `mtn${marketRules(one).name.toLowerCase()}`);
    return c.json(await statementOf(simulator, 'mtn', c.req.query('date'), market));
  });
  app.post('/disbursement/v1_0/refund', (c) => refund(c, simulator));
  app.post('/disbursement/v1_0/transfer', (c) => transfer(c, simulator));
  for (const [resource, isDisbursement] of [
    ['refund', false],
    ['transfer', true],
  ] as const)
    app.get(`/disbursement/v1_0/${resource}/:id`, async (c) => {
      const found = simulator.store.refund('mtn', c.req.param('id'));
      const refunded = found && simulator.store.charge('mtn', found.chargeKey);
      await simulator.store.settled();
      const isIt = (found?.isDisbursement ?? false) === isDisbursement;
      return found && refunded && isIt ? c.json(mtnRefundStatus(found, refunded)) : notFound();
    });
  provision(app, simulator);
  return app;
}

const denied429 = () =>
  Response.json({ statusCode: 429, message: 'Rate limit is exceeded. Try again in 1 seconds.' }, { status: 429 });

const products = ['collection', 'disbursement'] as const;
type Product = (typeof products)[number];

/** What MTN gives out for each product apart: one is not taken for the other. */
function secretsOf({ settings }: Simulator, product: Product) {
  return product === 'collection'
    ? { user: settings.MTN_API_USER, key: settings.MTN_API_KEY, subscription: settings.MTN_SUBSCRIPTION_KEY }
    : {
        user: settings.MTN_DISBURSEMENT_API_USER,
        key: settings.MTN_DISBURSEMENT_API_KEY,
        subscription: settings.MTN_DISBURSEMENT_SUBSCRIPTION_KEY,
      };
}

function hasSubscription(c: Context, simulator: Simulator, product: Product): boolean {
  return fits(secretsOf(simulator, product).subscription, c.req.header('ocp-apim-subscription-key'));
}

function token(c: Context, simulator: Simulator, product: Product): Response {
  if (!hasSubscription(c, simulator, product)) return denied('Access denied due to invalid subscription key.');
  const { store, tokenKey } = simulator;
  const given = basicCredentials(c.req.header('authorization'));
  // A user made by provisioning has a key of its own; all others have the configured one.
  const provisioned = given && store.apiUser(given.user)?.apiKey;
  const { user, key } = secretsOf(simulator, product);
  const isConfigured = (one: { user: string; password: string }) => fits(user, one.user) && fits(key, one.password);
  const known = given && (provisioned ? fits(provisioned, given.password) : isConfigured(given));
  if (!known) return Response.json({ error: 'login_failed' }, { status: 401 });
  const expiresAt = Date.now() + TOKEN_SECONDS * 1_000;
  const accessToken = issueToken(tokenKey, `mtn ${product}`, expiresAt);
  return Response.json({ access_token: accessToken, token_type: 'access_token', expires_in: TOKEN_SECONDS });
}

function authorised(simulator: Simulator, product: Product) {
  return createMiddleware<Environment>(async (c, next) => {
    if (!hasSubscription(c, simulator, product)) return denied('Access denied due to invalid subscription key.');
    const header = c.req.header('authorization');
    if (!acceptsToken(simulator.tokenKey, `mtn ${product}`, header, Date.now()))
      return denied('Unauthorized. Access token is invalid or expired.');
    if (!/^(sandbox|mtn[a-z]+)$/.test(c.req.header('x-target-environment') ?? '')) {
      return fail(400, 'NOT_ALLOWED_TARGET_ENVIRONMENT', 'X-Target-Environment is missing or not allowed.');
    }
    return next();
  });
}

/** X-Reference-Id and the body of a charge or a refund, or what is wrong with them. */
async function understood<Schema extends typeof chargeBody | typeof refundBody | typeof transferBody>(
  c: Context,
  schema: Schema,
) {
  const id = uuidV4.safeParse(c.req.header('x-reference-id'));
  if (!id.success) return badRequest('X-Reference-Id must be a UUID version 4.');
  const callbackUrl = c.req.header('x-callback-url') ?? null;
  if (callbackUrl !== null && !URL.canParse(callbackUrl)) return badRequest('X-Callback-Url is not a URL.');
  const body = schema.safeParse(await jsonOrUndefined(c));
  if (!body.success) {
    const [issue] = body.error.issues;
    if (issue?.path[0] === 'currency') return invalidCurrency();
    return badRequest(`${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'is wrong'}`);
  }
  if (body.data.currency === 'EUR' && c.req.header('x-target-environment') !== 'sandbox') return invalidCurrency();
  const minor = toMinor(body.data.amount, body.data.currency);
  if (minor === undefined) return badRequest('amount: is not an amount of this currency');
  return { key: id.data, callbackUrl, minor, body: body.data as z.output<Schema> };
}

const invalidCurrency = () => fail(400, 'INVALID_CURRENCY', 'Currency not supported.');

async function charge(c: Context<Environment>, simulator: Simulator): Promise<Response> {
  const asked = await understood(c, chargeBody);
  if (asked instanceof Response) return asked;
  const { key, callbackUrl, minor, body } = asked;
  const payer = toE164(body.payer.partyId);
  if (payer === undefined) return badRequest('payer.partyId: is no MSISDN');
  return takeCharge(
    c,
    simulator,
    {
      provider: 'mtn',
      key,
      reference: key,
      receipt: receiptOf(simulator.random, 'mtn', key),
      payer,
      amount: minor,
      currency: body.currency,
      account: body.externalId,
      callbackUrl,
      details: { payerMessage: body.payerMessage, payeeNote: body.payeeNote },
    },
    { accepted, duplicate, refused: internal, failed: internal },
  );
}

async function refund(c: Context, simulator: Simulator): Promise<Response> {
  const asked = await understood(c, refundBody);
  if (asked instanceof Response) return asked;
  const { key, callbackUrl, minor, body } = asked;
  if (simulator.store.refund('mtn', key)) return duplicate();
  const charged = simulator.store.charge('mtn', body.referenceIdToRefund);
  if (!charged) return notFound();
  if (charged.currency !== body.currency) return invalidCurrency();
  const { externalId, payerMessage, payeeNote } = body;
  await takeRefund(simulator, charged, {
    key,
    reference: key,
    amount: minor,
    callbackUrl,
    details: { externalId, payerMessage, payeeNote },
  });
  return accepted();
}

/**
 * Pays out to a wallet. What is paid out counts as given back of the payment whose receipt is the note to the payee,
 * else of the payee's newest payment; who never paid has no wallet.
 */
async function transfer(c: Context, simulator: Simulator): Promise<Response> {
  const asked = await understood(c, transferBody);
  if (asked instanceof Response) return asked;
  const { key, callbackUrl, minor, body } = asked;
  if (simulator.store.refund('mtn', key)) return duplicate();
  const phone = toE164(body.payee.partyId);
  const now = Date.now();
  const paid = [...simulator.store.charges(phone)].filter(
    (one) => one.provider === 'mtn' && one.currency === body.currency && truthOf(one, now).state === 'paid',
  );
  const { externalId, payerMessage, payeeNote } = body;
  const charged = paid.find(({ receipt }) => receipt === payeeNote) ?? paid.at(-1);
  if (phone === undefined || charged === undefined) return fail(404, 'PAYEE_NOT_FOUND', 'Payee does not exist');
  await takeRefund(simulator, charged, {
    key,
    reference: key,
    amount: minor,
    callbackUrl,
    isDisbursement: true,
    details: { externalId, payerMessage, payeeNote },
  });
  return accepted();
}

function provision(app: ReturnType<typeof routes>, simulator: Simulator): void {
  const { store, random } = simulator;
  const isSubscribed = (c: Context) => products.some((product) => hasSubscription(c, simulator, product));
  app.post('/v1_0/apiuser', async (c) => {
    if (!isSubscribed(c)) return denied('Access denied due to invalid subscription key.');
    const id = uuidV4.safeParse(c.req.header('x-reference-id'));
    const body = z.object({ providerCallbackHost: z.string().min(1) }).safeParse(await jsonOrUndefined(c));
    if (!id.success || !body.success) return badRequest('X-Reference-Id and providerCallbackHost are needed.');
    if (store.apiUser(id.data)) return duplicate();
    await store.add({ type: 'apiUser', id: id.data, callbackHost: body.data.providerCallbackHost, apiKey: null });
    return new Response(null, { status: 201 });
  });
  app.get('/v1_0/apiuser/:id', (c) => {
    const user = store.apiUser(c.req.param('id'));
    return user ? c.json({ providerCallbackHost: user.callbackHost, targetEnvironment: 'sandbox' }) : notFound();
  });
  app.post('/v1_0/apiuser/:id/apikey', async (c) => {
    if (!isSubscribed(c)) return denied('Access denied due to invalid subscription key.');
    const user = store.apiUser(c.req.param('id'));
    if (!user) return notFound();
    const apiKey = random.text(32, '0123456789abcdef', 'api key', user.id);
    await store.add({ ...user, apiKey });
    return c.json({ apiKey }, 201);
  });
}
