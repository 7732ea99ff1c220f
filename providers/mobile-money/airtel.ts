import { z } from 'zod';
import { marketRules, type Market } from '#domain/markets';
import type { Config } from '#platform/config';
import { ProviderHttp, type Answer, type HttpLimits } from '../http.ts';
import { configured } from '../settings.ts';
import { amountOf, isUnclear, readAirtelCallback, reasonOf, statusPart, transactionPart } from './airtel-wire.ts';
import { toMajor } from './amounts.ts';
import { parseInbound } from './inbound.ts';
import { oauthTokens } from './oauth.ts';
import {
  ProviderFailure,
  type ChargeAccepted,
  type ChargeRequest,
  type MobileMoneyProvider,
  type ProviderStatus,
} from './provider.ts';
import { readStatement, statementQuery } from './statement.ts';
import { orNull } from './wire.ts';

const variables = z.object({
  AIRTEL_BASE_URL: z.string(),
  AIRTEL_CLIENT_ID: z.string(),
  AIRTEL_CLIENT_SECRET: z.string(),
});

const envelope = z.object({
  data: orNull(z.object({ transaction: orNull(transactionPart) })),
  status: orNull(statusPart),
});

/** Airtel Money by the configuration; null when it has none of Airtel. @throws ConfigurationError */
export function airtelFromConfig(config: Config): MobileMoneyProvider | null {
  const given = configured(config, variables);
  if (given === null) return null;
  return createAirtel({
    baseUrl: given.AIRTEL_BASE_URL,
    clientId: given.AIRTEL_CLIENT_ID,
    clientSecret: given.AIRTEL_CLIENT_SECRET,
    hashKey: config.AIRTEL_HASH_KEY ?? null,
  });
}

export interface AirtelSettings {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of the signature that callbacks carry, where Airtel has it enabled. */
  readonly hashKey: string | null;
  readonly limits?: HttpLimits;
}

/**
 * Airtel Money, payments v1. `transaction.id` is the idempotency key. Airtel asks not to enquire about a
 * payment before three minutes have passed; how often to ask is the caller's choice.
 */
export function createAirtel(settings: AirtelSettings): MobileMoneyProvider {
  const airtel = client(settings);
  return {
    name: 'airtel',
    maximumCharge: null,
    refunds: 'any',
    needsReceipt: true,
    async charge(request) {
      const { attemptId, market, callbackUrl } = request;
      const answer = await airtel.call('/merchant/v1/payments/', market, { callbackUrl, body: chargeBody(request) });
      accepted(answer);
      return { providerRequestId: attemptId };
    },
    async status({ attemptId, market, amount }) {
      const answer = await airtel.call(`/standard/v1/payments/${encodeURIComponent(attemptId)}`, market);
      const { transaction, codes } = opened(answer);
      if (answer.status === 404 || codes.result === 'ESB000045') return { state: 'not_found' };
      if (answer.status !== 200 || transaction === null)
        throw new ProviderFailure('unknown', `airtel: no status (${answer.status})`);
      return toStatus(transaction, codes.response, market, amount);
    },
    /**
     * The documented request names the receipt only and gives all of it back; `id` and `amount` are heeded
     * where the gateway knows them. Airtel's answer is final, so that its receipt is the id to ask by.
     */
    async refund({ refundId, receipt, amount, market, callbackUrl }) {
      if (receipt === null) throw new ProviderFailure('not_taken', 'airtel: a refund needs the receipt of its charge');
      const body = { transaction: { airtel_money_id: receipt, id: refundId, amount: Number(toMajor(amount)) } };
      const answer = await airtel.call('/standard/v1/payments/refund', market, { callbackUrl, body });
      return accepted(answer, refundId);
    },
    async refundStatus({ attemptId, providerRequestId, market, amount }) {
      const answer = await airtel.call(`/standard/v1/refunds/${encodeURIComponent(attemptId)}`, market);
      const { transaction, codes } = opened(answer);
      if (answer.status === 200 && transaction !== null) return toStatus(transaction, codes.response, market, amount);
      if (codes.result === 'ESB000045') return { state: 'not_found' };
      // No such enquiry here: who has the refund's receipt has its success.
      if (answer.status >= 500 || answer.status === 429)
        throw new ProviderFailure('unknown', `airtel: no status (${answer.status})`);
      if (providerRequestId === null || amount === undefined) return { state: 'cannot_tell' };
      return { state: 'succeeded', receipt: providerRequestId, amount };
    },
    statement: async (date, market) =>
      readStatement('airtel', await airtel.call(`/standard/v1/statement${statementQuery(date)}`, market), {
        date,
        market,
      }),
    parseCallback: (body, _headers, market) => readAirtelCallback(body, market, settings.hashKey),
    parseInbound: (body) => parseInbound('airtel', body, settings.hashKey),
    ready: async () => {
      await airtel.tokens.ready();
    },
    ping: async () => {
      await airtel.tokens.renew();
    },
    circuit: () => airtel.http.circuit,
  };
}

function client({ baseUrl, clientId, clientSecret, limits }: AirtelSettings) {
  const http = new ProviderHttp({ name: 'airtel', base: baseUrl, ...(limits && { limits }) });
  const login = { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials' };
  const tokens = oauthTokens('airtel', () => http.send('/auth/oauth2/token', { method: 'POST', body: login }));
  return {
    http,
    tokens,
    call(path: string, market: Market, order?: { readonly body: object; readonly callbackUrl: string }) {
      const place = { 'x-country': market, 'x-currency': marketRules(market).currency };
      return tokens.use((token) => {
        const headers = { authorization: `Bearer ${token}`, ...place };
        if (order === undefined) return http.send(path, { method: 'GET', headers });
        // Airtel calls back one URL per application; gateways in front of it go by this header.
        const withUrl = { ...headers, 'x-callback-url': order.callbackUrl };
        return http.send(path, { method: 'POST', headers: withUrl, body: order.body });
      });
    },
  };
}

function chargeBody({ attemptId, payer, amount, market, reference }: ChargeRequest): object {
  const { callingCode, currency } = marketRules(market);
  const place = { country: market, currency };
  return {
    reference,
    subscriber: { ...place, msisdn: payer.slice(callingCode.length) },
    transaction: { ...place, amount: Number(toMajor(amount)), id: attemptId },
  };
}

function opened({ body }: Answer) {
  const parsed = envelope.safeParse(body).data;
  return {
    transaction: parsed?.data?.transaction ?? null,
    success: parsed?.status?.success,
    codes: { result: parsed?.status?.result_code ?? '', response: parsed?.status?.response_code ?? '' },
  };
}

/** Reads the answer to a charge or a refund: Airtel refuses with HTTP 200, too, and only the codes tell. */
function accepted(answer: Answer, refundId = ''): ChargeAccepted {
  const { status } = answer;
  const { transaction, success, codes } = opened(answer);
  const taken = { providerRequestId: transaction?.airtel_money_id ?? transaction?.id ?? refundId };
  // Duplicate transaction id: it was taken before, and its status says the rest.
  if (codes.result === 'ESB000041') return taken;
  if (status === 200 && success === true && !isUnclear(codes)) return taken;
  const message = `airtel: answered ${status} ${codes.result} ${codes.response}`.trimEnd();
  if (status === 429 || status === 503) throw new ProviderFailure('not_taken', message);
  const isRefusal =
    status === 200 ? success === false && codes.result + codes.response !== '' : status >= 400 && status < 500;
  if (!isRefusal || status === 408 || isUnclear(codes)) throw new ProviderFailure('unknown', message);
  throw new ProviderFailure('refused', message, reasonOf(codes.response));
}

function toStatus(
  transaction: z.infer<typeof transactionPart>,
  code: string,
  market: Market,
  asked: ChargeRequest['amount'] | undefined,
): ProviderStatus {
  switch (transaction.status) {
    case 'TS':
    case 'SUCCESS': {
      const paid = transaction.amount === null ? (asked ?? null) : amountOf(transaction, market);
      if (transaction.airtel_money_id === null || paid === null)
        throw new ProviderFailure('unknown', 'airtel: a success without receipt or amount');
      return { state: 'succeeded', receipt: transaction.airtel_money_id, amount: paid };
    }
    case 'TF':
    case 'FAILED':
      return { state: 'failed', reason: reasonOf(code), detail: code || 'no reason given' };
    case 'TE':
      return { state: 'failed', reason: 'expired', detail: code || 'TE' };
    case 'TA':
    case 'TIP':
      return { state: 'pending' };
    default:
      throw new ProviderFailure('unknown', 'airtel: a status that is not known');
  }
}
