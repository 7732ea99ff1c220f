import { z } from 'zod';
import { marketRules, type Market } from '#domain/markets';
import { currencies, type Money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import type { Config } from '#platform/config';
import { storableJson } from '#domain/text';
import { ProviderHttp, type HttpAnswer, type HttpLimits, type ProviderRequest } from '../http.ts';
import { configured } from '../settings.ts';
import { fromMajor, toMajor } from './amounts.ts';
import { expectTaken, type CodedAnswer } from './answers.ts';
import { inboundOf, msisdn, receiptText, type Announced } from './inbound.ts';
import { mtnAnswers, mtnReasons } from './mtn-answers.ts';
import { basic, oauthTokens } from './oauth.ts';
import type { CallbackClaim, MobileMoneyProvider, ProviderStatus, RefundRequest } from './provider.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { readStatement, statementQuery } from './statement.ts';
import { fields, optionalText, orNull, payerPhone, text } from './wire.ts';

const variables = z.object({
  MTN_BASE_URL: z.string(),
  MTN_API_USER: z.string(),
  MTN_API_KEY: z.string(),
  MTN_SUBSCRIPTION_KEY: z.string(),
});
const disbursementVariables = z.object({
  MTN_DISBURSEMENT_API_USER: z.string(),
  MTN_DISBURSEMENT_API_KEY: z.string(),
  MTN_DISBURSEMENT_SUBSCRIPTION_KEY: z.string(),
});
type Product = 'collection' | 'disbursement';

/** Bare word or `{code, message}`: MTN sends either. */
const reason = z.union([text, fields({ code: text }).transform(({ code }) => code)]);
const statusAnswer = fields({
  status: text,
  amount: optionalText,
  currency: optionalText,
  financialTransactionId: optionalText,
  reason: orNull(reason),
});
type StatusAnswer = z.infer<typeof statusAnswer>;

/** MTN MoMo by the configuration; null when it has none of MTN. @throws ConfigurationError */
export function mtnFromConfig(config: Config): MobileMoneyProvider | null {
  const collection = configured(config, variables);
  const disbursement = configured(config, disbursementVariables);
  if (collection === null) return null;
  return createMtn({
    baseUrl: collection.MTN_BASE_URL,
    isSandbox: config.MTN_TARGET_ENVIRONMENT === 'sandbox',
    collection: {
      apiUser: collection.MTN_API_USER,
      apiKey: collection.MTN_API_KEY,
      subscriptionKey: collection.MTN_SUBSCRIPTION_KEY,
    },
    disbursement: disbursement && {
      apiUser: disbursement.MTN_DISBURSEMENT_API_USER,
      apiKey: disbursement.MTN_DISBURSEMENT_API_KEY,
      subscriptionKey: disbursement.MTN_DISBURSEMENT_SUBSCRIPTION_KEY,
    },
  });
}

/** What MTN gives out for each of its products apart. */
interface MtnAccess {
  readonly apiUser: string;
  readonly apiKey: string;
  readonly subscriptionKey: string;
}

interface MtnSettings {
  readonly baseUrl: string;
  /** MTN's own sandbox, whose only currency is the euro. */
  readonly isSandbox: boolean;
  readonly collection: MtnAccess;
  /** Null where nothing is given back by MTN. */
  readonly disbursement: MtnAccess | null;
  readonly limits?: HttpLimits;
}

/** COULD_NOT_PERFORM_TRANSACTION: not approved in five minutes. */
const PROMPT_MS = 5 * 60_000;

/**
 * Uganda: the maximum single transaction of a high-value customer by MTN's Key Facts Document
 * (www.mtn.co.ug/helppersonal/key-facts-document, read on 2026-11-28; of others it is 1 or 3 million). Rwanda's is not known.
 */
const MOST = { UG: 5_000_000 };

/** Uganda's tariff begins there: see `leastAsked`. Rwanda takes one franc. */
const LEAST = { UG: marketRules('UG').leastAsked };

/** MTN MoMo Collections, with refunds by Disbursements. The X-Reference-Id is the idempotency key. */
export function createMtn(settings: MtnSettings): MobileMoneyProvider {
  const mtn = client(settings);
  return {
    name: 'mtn',
    mostAtOnce: MOST,
    leastAtOnce: LEAST,
    refusesMore: false,
    promptLasts: PROMPT_MS,
    refunds: settings.disbursement === null ? 'none' : 'any',
    payBillRefunds: settings.disbursement === null ? [] : ['payer'],
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
    async refund(request) {
      const { refundId: id, amount, market, callbackUrl, of = 'charge' } = request;
      const fields = of === 'charge' ? refundFields(request) : transferFields(request);
      return mtn.order('disbursement', resources[of], { id, market, callbackUrl, amount, fields });
    },
    refundStatus: ({ attemptId, market, of = 'charge' }) =>
      mtn.statusOf('disbursement', resources[of], attemptId, market),
    statement: async (date, market) => {
      const answer = await mtn.ask('collection', `/collection/v1_0/statement${statementQuery(date)}`, market);
      return readStatement('mtn', answer, { date, market, isSandbox: settings.isSandbox });
    },
    parseCallback: (body, _headers, market) => toClaim(body, market),
    parseInbound: (body) => inboundOf('mtn', body, announced),
    ready: async () => {
      await mtn.collection.tokens.ready();
    },
    ping: async () => {
      await mtn.collection.tokens.renew();
    },
    circuit: () => mtn.http.circuit,
  };
}

/** What gives back what: a refund names our id of its charge; of any other MTN knows none. */
const resources = { charge: 'refund', payBill: 'transfer', elsewhere: 'transfer' } as const;

const refundFields = ({ attemptId }: RefundRequest) => ({
  payerMessage: 'Refund',
  payeeNote: 'Refund',
  referenceIdToRefund: attemptId,
});

function transferFields({ payer, receipt }: RefundRequest) {
  if (payer === null) throw new ProviderFailure('refused', 'mtn: nobody knows the number that it came from');
  const payee = { partyIdType: 'MSISDN', partyId: payer.slice(1) };
  return { payee, payerMessage: 'Refund', payeeNote: receipt ?? 'Refund' };
}

/** An order of money to move, from a customer or back to him. */
interface Order {
  readonly id: string;
  readonly market: Market;
  readonly callbackUrl: string;
  readonly amount: Money;
  readonly fields: object;
}

/** MTN's two products, each with credentials and tokens of its own. */
function client({ baseUrl, isSandbox, limits, ...accesses }: MtnSettings) {
  const http = new ProviderHttp({ name: 'mtn', base: baseUrl, ...(limits && { limits }) });
  const accessTo = (product: Product, { apiUser, apiKey, subscriptionKey }: MtnAccess) => {
    const subscription = { 'ocp-apim-subscription-key': subscriptionKey };
    const login = { ...subscription, authorization: basic(apiUser, apiKey) };
    const tokens = oauthTokens('mtn', () => http.send(`/${product}/token/`, { method: 'POST', headers: login }));
    return { subscription, tokens };
  };
  const collection = accessTo('collection', accesses.collection);
  const disbursement = accesses.disbursement && accessTo('disbursement', accesses.disbursement);
  const access = (product: Product) => {
    const found = product === 'collection' ? collection : disbursement;
    if (found !== null) return found;
    throw new ProviderFailure('refused', 'mtn: gives nothing back without MTN_DISBURSEMENT_SUBSCRIPTION_KEY');
  };
  const send = (product: Product, path: string, market: Market, request: ProviderRequest) => {
    const { tokens, subscription } = access(product);
    return tokens.use((token) => {
      const headers = {
        ...subscription,
        authorization: `Bearer ${token}`,
        // `mtnuganda`, `mtnrwanda`.
        'x-target-environment': isSandbox ? 'sandbox' : `mtn${marketRules(market).name.toLowerCase()}`,
        ...request.headers,
      };
      return http.send(path, { ...request, headers });
    });
  };
  const ask = (product: Product, path: string, market: Market) => send(product, path, market, { method: 'GET' });
  return {
    http,
    collection,
    ask,
    async order(product: Product, path: string, { id, market, callbackUrl, amount, fields: own }: Order) {
      const currency = isSandbox ? 'EUR' : amount.currency;
      const answer = await send(product, `/${product}/v1_0/${path}`, market, {
        method: 'POST',
        headers: { 'x-reference-id': id, 'x-callback-url': callbackUrl },
        body: { amount: toMajor(amount), currency, externalId: id, ...own },
      });
      expectTaken('mtn', mtnAnswers, coded(answer), mtnReasons);
      return { providerRequestId: id };
    },
    async statusOf(product: Product, resource: string, id: string, market: Market): Promise<ProviderStatus> {
      const answer = await ask(product, `/${product}/v1_0/${resource}/${encodeURIComponent(id)}`, market);
      // Only in MTN's own words: on its strength a payment in doubt is given up, and the next one has another id.
      if (answer.status === 404 && coded(answer).codes.includes('RESOURCE_NOT_FOUND')) return { state: 'not_found' };
      const parsed = statusAnswer.safeParse(answer.body);
      if (answer.status === 200 && parsed.success) return toStatus(parsed.data, market, isSandbox);
      throw new ProviderFailure('unknown', `mtn: no status (${answer.status})`);
    },
  };
}

const errorAnswer = fields({ code: optionalText });

function coded({ status, body }: HttpAnswer): CodedAnswer {
  const code = errorAnswer.safeParse(body).data?.code ?? null;
  return { status, codes: code === null ? [] : [code] };
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
      if (paid === null || answer.currency !== (isSandbox ? 'EUR' : currency)) {
        throw new ProviderFailure('unknown', 'mtn: a success without an amount in the currency of the market');
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

const notice = fields({
  type: text.pipe(z.literal('PAYBILL')),
  status: text.pipe(z.literal('SUCCESSFUL')),
  financialTransactionId: receiptText,
  externalId: optionalText,
  amount: text,
  currency: text.pipe(z.enum(currencies)),
  payer: orNull(fields({ partyId: msisdn })),
  paidAt: text,
});

function announced(body: unknown): Announced | null {
  const { data } = notice.safeParse(body);
  if (data === undefined) return null;
  const { financialTransactionId: receipt, externalId: account, payer, amount, currency, paidAt } = data;
  const number = payer?.partyId ?? null;
  return { receipt, account, amount, currency, paidAt, ...(number !== null && { payer: payerPhone(`+${number}`) }) };
}

function reasonOf(code: string | null | undefined): DeclineReason {
  return mtnReasons.get(code ?? '') ?? 'provider_error';
}
