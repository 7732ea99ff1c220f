import { z } from 'zod';
import { marketRules, type Market } from '#domain/markets';
import type { Money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import type { Config } from '#platform/config';
import { storableJson } from '#domain/text';
import { ProviderHttp, type Answer, type HttpLimits } from '../http.ts';
import { configured } from '../settings.ts';
import { fromMajor, toMajor } from './amounts.ts';
import { parseInbound } from './inbound.ts';
import { basic, oauthTokens } from './oauth.ts';
import {
  ProviderFailure,
  type CallbackClaim,
  type ChargeAccepted,
  type MobileMoneyProvider,
  type ProviderStatus,
} from './provider.ts';
import { readStatement, statementQuery } from './statement.ts';
import { orNull, text } from './wire.ts';

const variables = z.object({
  MTN_BASE_URL: z.string(),
  MTN_API_USER: z.string(),
  MTN_API_KEY: z.string(),
  MTN_SUBSCRIPTION_KEY: z.string(),
});
type Product = 'collection' | 'disbursement';

/** Bare word or `{code, message}`: MTN sends either. */
const reason = z.union([z.string(), z.object({ code: z.string() }).transform(({ code }) => code)]);
const statusAnswer = z.object({
  status: z.string(),
  amount: orNull(text),
  currency: orNull(z.string()),
  financialTransactionId: orNull(text),
  reason: orNull(reason),
});
type StatusAnswer = z.infer<typeof statusAnswer>;

const reasons: ReadonlyMap<string, DeclineReason> = new Map(
  Object.entries<DeclineReason>({
    NOT_ENOUGH_FUNDS: 'no_funds',
    LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED: 'no_funds',
    // Often means the same, says the reference.
    INTERNAL_PROCESSING_ERROR: 'no_funds',
    APPROVAL_REJECTED: 'declined',
    PAYMENT_NOT_APPROVED: 'declined',
    TRANSACTION_CANCELED: 'declined',
    EXPIRED: 'expired',
    // Not approved within five minutes.
    COULD_NOT_PERFORM_TRANSACTION: 'expired',
    PAYER_NOT_FOUND: 'no_subscriber',
    PAYEE_NOT_FOUND: 'no_subscriber',
    PAYER_LIMIT_REACHED: 'over_limit',
    NOT_ALLOWED: 'blocked',
  }),
);

/** MTN MoMo by the configuration; null when it has none of MTN. @throws ConfigurationError */
export function mtnFromConfig(config: Config): MobileMoneyProvider | null {
  const given = configured(config, variables);
  if (given === null) return null;
  return createMtn({
    baseUrl: given.MTN_BASE_URL,
    apiUser: given.MTN_API_USER,
    apiKey: given.MTN_API_KEY,
    subscriptionKey: given.MTN_SUBSCRIPTION_KEY,
    isSandbox: config.MTN_TARGET_ENVIRONMENT === 'sandbox',
  });
}

export interface MtnSettings {
  readonly baseUrl: string;
  readonly apiUser: string;
  readonly apiKey: string;
  readonly subscriptionKey: string;
  /** MTN's own sandbox, whose only currency is the euro. */
  readonly isSandbox: boolean;
  readonly limits?: HttpLimits;
}

/** MTN MoMo Collections, with refunds by Disbursements. The X-Reference-Id is the idempotency key. */
export function createMtn(settings: MtnSettings): MobileMoneyProvider {
  const mtn = client(settings);
  return {
    name: 'mtn',
    maximumCharge: null,
    refunds: 'any',
    needsReceipt: false,
    charge: ({ attemptId: id, payer, amount, market, reference, callbackUrl }) =>
      mtn.order('collection', 'requesttopay', {
        id,
        market,
        callbackUrl,
        amount,
        fields: {
          payer: { partyIdType: 'MSISDN', partyId: payer.slice(1) },
          payerMessage: `Lease ${reference}`,
          payeeNote: reference,
        },
      }),
    status: ({ attemptId, market }) => mtn.statusOf('collection', 'requesttopay', attemptId, market),
    refund: ({ refundId: id, attemptId, amount, market, callbackUrl }) =>
      mtn.order('disbursement', 'refund', {
        id,
        market,
        callbackUrl,
        amount,
        fields: { payerMessage: 'Refund', payeeNote: 'Refund', referenceIdToRefund: attemptId },
      }),
    refundStatus: ({ attemptId, market }) => mtn.statusOf('disbursement', 'refund', attemptId, market),
    statement: async (date, market) => {
      const answer = await mtn.ask('collection', `/collection/v1_0/statement${statementQuery(date)}`, market);
      return readStatement('mtn', answer, { date, market, isSandbox: settings.isSandbox });
    },
    parseCallback: (body, _headers, market) => toClaim(body, market),
    parseInbound: (body) => parseInbound('mtn', body, null),
    ready: async () => {
      await mtn.tokens.collection.ready();
    },
    ping: async () => {
      await mtn.tokens.collection.renew();
    },
    circuit: () => mtn.http.circuit,
  };
}

/** An order of money to move, from a customer or back to him. */
interface Order {
  readonly id: string;
  readonly market: Market;
  readonly callbackUrl: string;
  readonly amount: Money;
  readonly fields: object;
}

/** MTN's two products, each with tokens of its own. */
function client({ baseUrl, isSandbox, limits, subscriptionKey, apiUser, apiKey }: MtnSettings) {
  const http = new ProviderHttp({ name: 'mtn', base: baseUrl, ...(limits && { limits }) });
  const subscription = { 'ocp-apim-subscription-key': subscriptionKey };
  const login = { ...subscription, authorization: basic(apiUser, apiKey) };
  const tokensOf = (product: Product) =>
    oauthTokens('mtn', () => http.send(`/${product}/token/`, { method: 'POST', headers: login }));
  const tokens = { collection: tokensOf('collection'), disbursement: tokensOf('disbursement') };
  const headersFor = (market: Market, token: string) => ({
    ...subscription,
    authorization: `Bearer ${token}`,
    // `mtnuganda`, `mtnrwanda`.
    'x-target-environment': isSandbox ? 'sandbox' : `mtn${marketRules(market).name.toLowerCase()}`,
  });
  const ask = (product: Product, path: string, market: Market) =>
    tokens[product].use((token) => http.send(path, { method: 'GET', headers: headersFor(market, token) }));
  return {
    http,
    tokens,
    ask,
    async order(product: Product, path: string, { id, market, callbackUrl, amount, fields }: Order) {
      const currency = isSandbox ? 'EUR' : amount.currency;
      const answer = await tokens[product].use((token) =>
        http.send(`/${product}/v1_0/${path}`, {
          method: 'POST',
          headers: { ...headersFor(market, token), 'x-reference-id': id, 'x-callback-url': callbackUrl },
          body: { amount: toMajor(amount), currency, externalId: id, ...fields },
        }),
      );
      return accepted(id, answer);
    },
    async statusOf(product: Product, resource: string, id: string, market: Market): Promise<ProviderStatus> {
      const path = `/${product}/v1_0/${resource}/${encodeURIComponent(id)}`;
      const answer = await ask(product, path, market);
      // Believed without a look at the body: what is sent again under the same reference is not taken twice.
      if (answer.status === 404) return { state: 'not_found' };
      const parsed = statusAnswer.safeParse(answer.body);
      if (answer.status === 200 && parsed.success) return toStatus(parsed.data, market, isSandbox);
      throw new ProviderFailure('unknown', `mtn: no status (${answer.status})`);
    },
  };
}

const errorAnswer = z.object({ code: z.string() });

function accepted(id: string, { status, body }: Answer): ChargeAccepted {
  const code = errorAnswer.safeParse(body).data?.code;
  // 409: this reference was taken before; its status says the rest.
  if (status === 202 || status === 409 || code === 'RESOURCE_ALREADY_EXIST') return { providerRequestId: id };
  const message = `mtn: answered ${status} ${code ?? ''}`.trimEnd();
  if (status === 429 || status === 503) throw new ProviderFailure('not_taken', message);
  if (status < 400 || status >= 500) throw new ProviderFailure('unknown', message);
  throw new ProviderFailure('refused', message, reasonOf(code));
}

function toStatus(answer: StatusAnswer, market: Market, isSandbox: boolean): ProviderStatus {
  switch (answer.status) {
    case 'PENDING':
      return { state: 'pending' };
    case 'FAILED':
      return { state: 'failed', reason: reasonOf(answer.reason), detail: answer.reason ?? 'no reason given' };
    case 'SUCCESSFUL': {
      const { currency } = marketRules(market);
      const paid = fromMajor(answer.amount ?? '', currency);
      if (
        paid === null ||
        answer.financialTransactionId === null ||
        answer.currency !== (isSandbox ? 'EUR' : currency)
      ) {
        throw new ProviderFailure('unknown', 'mtn: a success without receipt or amount in the currency of the market');
      }
      return { state: 'succeeded', receipt: answer.financialTransactionId, amount: paid };
    }
    default:
      throw new ProviderFailure('unknown', 'mtn: a status that is not known');
  }
}

function toClaim(body: string, market: Market): CallbackClaim {
  const parsed = statusAnswer.safeParse(storableJson(body));
  if (!parsed.success) throw new SyntaxError('not a callback of MTN');
  const { status, amount, financialTransactionId, reason: why } = parsed.data;
  return {
    state: status === 'SUCCESSFUL' ? 'succeeded' : status === 'FAILED' ? 'failed' : 'unclear',
    reason: status === 'FAILED' ? reasonOf(why) : null,
    receipt: financialTransactionId,
    amount: fromMajor(amount ?? '', marketRules(market).currency)?.amount ?? null,
    authentic: true,
    providerRequestId: null,
  };
}

function reasonOf(code: string | null | undefined): DeclineReason {
  return reasons.get(code ?? '') ?? 'provider_error';
}
