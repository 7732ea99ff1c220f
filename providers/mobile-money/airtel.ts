import { z } from 'zod';
import { marketRules, type Market } from '#domain/markets';
import type { Money } from '#domain/money';
import type { Config } from '#platform/config';
import { ProviderHttp, type HttpAnswer, type HttpLimits } from '../http.ts';
import { configured } from '../settings.ts';
import {
  airtelChargeAnswers,
  airtelDisbursementAnswers,
  airtelReasons,
  airtelRefundAnswers,
} from './airtel-answers.ts';
import { AirtelPin, type AirtelDisbursement } from './airtel-pin.ts';
import {
  amountOf,
  readAirtelCallback,
  readAirtelNotice,
  reasonOf,
  statusPart,
  transactionPart,
} from './airtel-wire.ts';
import { toMajor } from './amounts.ts';
import { expectTaken, type CodedAnswer } from './answers.ts';
import { oauthTokens } from './oauth.ts';
import type {
  ChargeAccepted,
  ChargeRequest,
  MobileMoneyProvider,
  ProviderStatus,
  RefundRequest,
  StatusRequest,
} from './provider.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { readStatement, statementQuery } from './statement.ts';
import { fields, optionalText, orNull } from './wire.ts';

const variables = z.object({
  AIRTEL_BASE_URL: z.string(),
  AIRTEL_CLIENT_ID: z.string(),
  AIRTEL_CLIENT_SECRET: z.string(),
});

const envelope = fields({
  data: orNull(fields({ transaction: orNull(transactionPart) })),
  status: orNull(statusPart),
  status_code: optionalText,
});

/** Airtel Money by the configuration; null when it has none of Airtel. @throws ConfigurationError */
export function airtelFromConfig(config: Config): MobileMoneyProvider | null {
  const given = configured(config, variables);
  if (given === null) return null;
  const { AIRTEL_DISBURSEMENT_PIN: pin, AIRTEL_DISBURSEMENT_PUBLIC_KEY: publicKey = null } = config;
  return createAirtel({
    baseUrl: given.AIRTEL_BASE_URL,
    clientId: given.AIRTEL_CLIENT_ID,
    clientSecret: given.AIRTEL_CLIENT_SECRET,
    hashKey: config.AIRTEL_HASH_KEY ?? null,
    disbursement: pin === undefined ? null : { pin, publicKey },
  });
}

interface AirtelSettings {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of the signature that callbacks carry, where Airtel has it enabled. */
  readonly hashKey: string | null;
  /** Gives parts of a charge back; null where only the whole is given back. */
  readonly disbursement: AirtelDisbursement | null;
  readonly limits?: HttpLimits;
}

/** Whether a payment was made can be asked after three minutes: a prompt is over by then. */
const PROMPT_MS = 3 * 60_000;

/**
 * Uganda: the Bank of Uganda's cap of a single transaction since 2022-03-01 (dignited.com/91671, read on 2026-11-28).
 * Rwanda's is not known.
 */
const MOST = { UG: 5_000_000 };

/** It has a least that it pays out, by its own code for less (DP00800001004), and publishes none: Uganda's is taken for MTN's. */
const LEAST = { UG: marketRules('UG').leastAsked };

/**
 * Airtel Money, payments v1. `transaction.id` is the idempotency key. Airtel asks not to enquire about a
 * payment before three minutes have passed; how often to ask is the caller's choice.
 */
export function createAirtel(settings: AirtelSettings): MobileMoneyProvider {
  const airtel = client(settings);
  const { disbursement } = settings;
  const payOut =
    disbursement && new AirtelPin(disbursement, (market) => airtel.call('/v1/rsa/encryption-keys', market));
  return {
    name: 'airtel',
    mostAtOnce: MOST,
    leastAtOnce: LEAST,
    refusesMore: false,
    promptLasts: PROMPT_MS,
    refunds: payOut === null ? 'whole' : 'any',
    payBillRefunds: payOut === null ? [] : ['payer'],
    needsReceipt: true,
    async charge(request) {
      const { attemptId, market, callbackUrl } = request;
      const answer = await airtel.call('/merchant/v1/payments/', market, { callbackUrl, body: chargeBody(request) });
      expectTaken('airtel', airtelChargeAnswers, coded(answer), airtelReasons);
      return { providerRequestId: attemptId };
    },
    async status({ attemptId, market, amount }) {
      const answer = await airtel.call(`/standard/v1/payments/${encodeURIComponent(attemptId)}`, market);
      return readStatus(answer, market, amount);
    },
    refund: (request) => (isPaidOut(request) ? payOutOf(airtel, payOut, request) : giveWhole(airtel, request)),
    /** Of a whole refund there is no enquiry: its answer was final, and one whose answer was lost the statement tells of. */
    async refundStatus({ attemptId, market, amount, charged, of }) {
      if (amount === undefined || charged === undefined || !isPaidOut({ amount, charged, of }))
        return { state: 'cannot_tell' };
      const path = `/standard/v2/disbursements/${encodeURIComponent(attemptId)}?transactionType=B2C`;
      return readStatus(await airtel.call(path, market), market, amount);
    },
    statement: async (date, market) =>
      readStatement('airtel', await airtel.call(`/standard/v1/statement${statementQuery(date)}`, market), {
        date,
        market,
      }),
    parseCallback: (body, _headers, market) => readAirtelCallback(body, market, settings.hashKey),
    parseInbound: (body) => readAirtelNotice(body, settings.hashKey),
    ready: async () => {
      await airtel.tokens.ready();
    },
    ping: async () => {
      await airtel.tokens.renew();
    },
    circuit: () => airtel.http.circuit,
  };
}

type Client = ReturnType<typeof client>;

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

/** A part of a charge, what a customer paid by himself, and what goes to another number is paid out from our own wallet. */
const isPaidOut = ({
  amount,
  charged,
  of = 'charge',
}: Pick<RefundRequest, 'amount' | 'charged'> & Pick<StatusRequest, 'of'>) =>
  of !== 'charge' || amount.amount !== charged.amount;

/** The refund by receipt takes no amount: it gives back all of the charge. */
async function giveWhole(airtel: Client, { receipt, market, callbackUrl }: RefundRequest): Promise<ChargeAccepted> {
  if (receipt === null) throw new ProviderFailure('not_taken', 'airtel: a refund needs the receipt of its charge');
  const body = { transaction: { airtel_money_id: receipt } };
  const answer = await airtel.call('/standard/v1/payments/refund', market, { callbackUrl, body });
  expectTaken('airtel', airtelRefundAnswers, coded(answer), airtelReasons);
  const refund = opened(answer).transaction?.airtel_money_id ?? null;
  if (refund === null) throw new ProviderFailure('unknown', 'airtel: a refund that was made, without a receipt');
  return { providerRequestId: refund, receipt: refund };
}

/** Pays out from our own wallet, under our id. */
async function payOutOf(airtel: Client, pin: AirtelPin | null, request: RefundRequest): Promise<ChargeAccepted> {
  const { refundId, market, callbackUrl } = request;
  if (pin === null) throw new ProviderFailure('refused', 'airtel: pays out only with AIRTEL_DISBURSEMENT_PIN');
  const body = disbursementBody(request, await pin.encrypted(market));
  const answer = await airtel.call('/standard/v2/disbursements/', market, { callbackUrl, body });
  try {
    expectTaken('airtel', airtelDisbursementAnswers, coded(answer), airtelReasons);
  } catch (error) {
    pin.forget(market);
    throw error;
  }
  return { providerRequestId: refundId };
}

function disbursementBody({ refundId, receipt, payer, amount, market }: RefundRequest, pin: string): object {
  const { callingCode, currency } = marketRules(market);
  if (payer?.startsWith(callingCode) !== true)
    throw new ProviderFailure('refused', 'airtel: the number that it came from is not known, or of another country');
  return {
    payee: { msisdn: payer.slice(callingCode.length), currency },
    // 4 to 64 letters and digits.
    reference: (receipt ?? refundId).replaceAll(/[^a-z\d]/gi, '').slice(0, 64),
    pin,
    transaction: { amount: Number(toMajor(amount)), id: refundId, type: 'B2C' },
  };
}

function opened({ body }: HttpAnswer) {
  const parsed = envelope.safeParse(body).data;
  return { transaction: parsed?.data?.transaction ?? null, status: parsed?.status, router: parsed?.status_code };
}

/** Every code of an answer; a number of HTTP's that is repeated in the body is none. */
function coded(answer: HttpAnswer): CodedAnswer {
  const { transaction, status, router } = opened(answer);
  const written = [status?.response_code, status?.result_code, status?.code, router];
  const codes = written.filter((code) => code !== null && code !== undefined && !/^\d{3}$/.test(code));
  if (transaction?.status === 'SUCCESS') codes.push('transaction SUCCESS');
  return { status: answer.status, codes: codes.filter((code) => code !== null && code !== undefined) };
}

/** In process, ambiguous, or timed out either way, whatever status stands beside it. */
const undecided = new Set(
  ['000', '006'].flatMap((end) => [`DP00800001${end}`, `DP00900001${end}`]).concat('DP00900001014'),
);
/** No transaction of that id, in Airtel's own words: it may be sent (again), since the id is the idempotency key. */
const unknownId = new Set(['ESB000045', 'DP00900001015']);

function readStatus(answer: HttpAnswer, market: Market, asked: Money | undefined): ProviderStatus {
  const { transaction, status } = opened(answer);
  const { codes } = coded(answer);
  const isUnknown = (code: string) => unknownId.has(code) || (answer.status === 404 && code === 'DP00800001025');
  if (codes.some(isUnknown)) return { state: 'not_found' };
  if (answer.status !== 200 || transaction === null)
    throw new ProviderFailure('unknown', `airtel: no status (${answer.status})`);
  if (codes.some((code) => undecided.has(code))) return { state: 'pending' };
  return toStatus(transaction, status?.response_code ?? '', market, asked);
}

function toStatus(
  transaction: z.infer<typeof transactionPart>,
  code: string,
  market: Market,
  asked: Money | undefined,
): ProviderStatus {
  switch (transaction.status) {
    case 'TS':
    case 'SUCCESS': {
      const paid = transaction.amount === null ? (asked ?? null) : amountOf(transaction, market);
      if (paid === null) throw new ProviderFailure('unknown', 'airtel: a success without an amount');
      return { state: 'succeeded', receipt: transaction.airtel_money_id, amount: paid };
    }
    case 'TF':
    case 'FAILED':
      return { state: 'failed', reason: reasonOf(code), detail: code || 'no reason given' };
    case 'TE':
      return { state: 'failed', reason: 'expired', detail: code || 'TE' };
    case 'TA':
    // As production writes it, beside the TIP of the portal.
    case 'TI':
    case 'TIP':
      return { state: 'pending' };
    default:
      throw new ProviderFailure('unknown', 'airtel: a status that is not known');
  }
}
