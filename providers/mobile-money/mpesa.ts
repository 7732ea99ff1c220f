import { z } from 'zod';
import type { Config } from '#platform/config';
import { ProviderHttp, type HttpAnswer, type HttpLimits } from '../http.ts';
import { configured } from '../settings.ts';
import { expectTaken } from './answers.ts';
import { mpesaAnswers, tokenRefused } from './mpesa-answers.ts';
import { payBillAnswer, readMpesaNotice, readPayBillQuestion } from './mpesa-inbound.ts';
import {
  errorAnswer,
  isPending,
  nairobiTimestamp,
  pushAnswer,
  queryAnswer,
  readMpesaCallback,
  reasonOf,
  shillings,
} from './mpesa-wire.ts';
import { mpesaRefunds, type MpesaPayout } from './mpesa-refunds.ts';
import { coded, codeOf, MAXIMUM, wholeShillings, withReference } from './mpesa-requests.ts';
import { basic, oauthTokens } from './oauth.ts';
import type {
  ChargeAccepted,
  ChargeRequest,
  MobileMoneyProvider,
  PayBillUrls,
  ProviderStatus,
  StatusRequest,
} from './provider.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { readStatement, statementQuery } from './statement.ts';

const variables = z.object({
  MPESA_BASE_URL: z.string(),
  MPESA_CONSUMER_KEY: z.string(),
  MPESA_CONSUMER_SECRET: z.string(),
  MPESA_SHORTCODE: z.string(),
  MPESA_PASSKEY: z.string(),
  MPESA_INITIATOR: z.string(),
  MPESA_SECURITY_CREDENTIAL: z.string(),
});

/** 1037: nobody has answered the prompt within about a minute. */
const PROMPT_MS = 60_000;
/** An hour leaves room for a statement that lags behind. */
const SETTLED_MS = 60 * 60_000;

const payoutVariables = z.object({
  MPESA_B2C_SHORTCODE: z.string(),
  MPESA_B2C_INITIATOR: z.string(),
  MPESA_B2C_SECURITY_CREDENTIAL: z.string(),
});

/** M-Pesa by the configuration; null when it has none of M-Pesa. @throws ConfigurationError */
export function mpesaFromConfig(config: Config): MpesaProvider | null {
  const given = configured(config, variables);
  if (given === null) return null;
  const payout = configured(config, payoutVariables);
  return createMpesa({
    baseUrl: given.MPESA_BASE_URL,
    consumerKey: given.MPESA_CONSUMER_KEY,
    consumerSecret: given.MPESA_CONSUMER_SECRET,
    shortcode: given.MPESA_SHORTCODE,
    passkey: given.MPESA_PASSKEY,
    initiator: given.MPESA_INITIATOR,
    securityCredential: given.MPESA_SECURITY_CREDENTIAL,
    payout: payout && {
      shortcode: payout.MPESA_B2C_SHORTCODE,
      initiator: payout.MPESA_B2C_INITIATOR,
      securityCredential: payout.MPESA_B2C_SECURITY_CREDENTIAL,
    },
  });
}

interface MpesaSettings {
  readonly baseUrl: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly shortcode: string;
  readonly passkey: string;
  readonly initiator: string;
  readonly securityCredential: string;
  /** Gives parts of a payment back; null where only the whole is given back. */
  readonly payout: MpesaPayout | null;
  readonly limits?: HttpLimits;
}

/** M-Pesa is told where it tells of pay-bill payments. */
export type MpesaProvider = MobileMoneyProvider & Required<Pick<MobileMoneyProvider, 'registerPayBill'>>;

/**
 * M-Pesa by Daraja. It has no idempotency key: a charge whose answer was lost is `unknown`, its status
 * `cannot_tell` until a callback has named the request, and it is never sent again.
 */
export function createMpesa(settings: MpesaSettings): MpesaProvider {
  const { http, tokens, call } = client(settings);
  return {
    name: 'mpesa',
    mostAtOnce: { KE: MAXIMUM },
    leastAtOnce: {},
    refusesMore: true,
    promptLasts: PROMPT_MS,
    settlesWithin: SETTLED_MS,
    refunds: settings.payout === null ? 'whole' : 'any',
    payBillRefunds: settings.payout === null ? ['receipt'] : ['receipt', 'payer'],
    needsReceipt: true,
    charge: async (request) =>
      promptSent(await call('POST', '/mpesa/stkpush/v1/processrequest', promptBody(settings, request))),
    async status(request) {
      if (request.providerRequestId === null) return { state: 'cannot_tell' };
      const body = { ...signature(settings), CheckoutRequestID: request.providerRequestId };
      return readQuery(await call('POST', '/mpesa/stkpushquery/v1/query', body), request);
    },
    ...mpesaRefunds(settings, call),
    statement: async (date, market) =>
      readStatement('mpesa', await call('GET', `/mpesa/statement/v1${statementQuery(date)}`), { date, market }),
    parseCallback: (body) => readMpesaCallback(body),
    parseInbound: readMpesaNotice,
    payBill: { question: (body) => readPayBillQuestion(body, settings.shortcode), answer: payBillAnswer },
    ready: async () => {
      await tokens.ready();
    },
    ping: async () => {
      await tokens.renew();
    },
    circuit: () => http.circuit,
    /** Where the validation URL does not answer, the money is taken. */
    async registerPayBill(urls) {
      const answer = await call('POST', '/mpesa/c2b/v2/registerurl', payBillBody(settings, urls));
      if (answer.status === 200 || isRegistered(answer)) return;
      expectTaken('mpesa', mpesaAnswers, coded(answer, undefined));
    },
  };
}

function client({ baseUrl, consumerKey, consumerSecret, limits }: MpesaSettings) {
  const http = new ProviderHttp({ name: 'mpesa', base: baseUrl, isFault, ...(limits && { limits }) });
  const login = { authorization: basic(consumerKey, consumerSecret) };
  const path = '/oauth/v1/generate?grant_type=client_credentials';
  const tokens = oauthTokens('mpesa', () => http.send(path, { method: 'GET', headers: login }));
  return {
    http,
    tokens,
    call: (method: 'GET' | 'POST', path: string, body?: object): Promise<HttpAnswer> =>
      tokens.use(async (token) => {
        const answer = await http.send(path, { method, headers: { authorization: `Bearer ${token}` }, body });
        // An old token is refused with these codes, whatever the status beside them (?).
        return tokenRefused.has(codeOf(answer) ?? '') ? { ...answer, status: 401 } : answer;
      }),
  };
}

/** `500.001.1001` says something about one request; other server errors, and too many requests, about M-Pesa. */
function isFault(answer: HttpAnswer): boolean {
  return (answer.status >= 500 && codeOf(answer) !== '500.001.1001') || answer.status === 429;
}

function signature({ shortcode, passkey }: MpesaSettings) {
  const Timestamp = nairobiTimestamp(new Date());
  const Password = Buffer.from(shortcode + passkey + Timestamp).toString('base64');
  return { BusinessShortCode: shortcode, Password, Timestamp };
}

function promptBody(
  settings: MpesaSettings,
  { attemptId, payer, amount, reference, callbackUrl }: ChargeRequest,
): object {
  const phone = payer.slice(1);
  return {
    ...signature(settings),
    TransactionType: 'CustomerPayBillOnline',
    Amount: wholeShillings(amount),
    PartyA: phone,
    PartyB: settings.shortcode,
    PhoneNumber: phone,
    CallBackURL: withReference(callbackUrl, attemptId),
    AccountReference: reference.slice(0, 12),
    TransactionDesc: 'Lease payment',
  };
}

function payBillBody({ shortcode }: MpesaSettings, { confirmation, validation }: PayBillUrls): object {
  if ([confirmation, validation].some((url) => /mpesa|safaricom|query/i.test(url))) {
    throw new RangeError('Safaricom refuses URLs that contain "mpesa", "safaricom" or "query"');
  }
  return {
    ShortCode: shortcode,
    ResponseType: 'Completed',
    ConfirmationURL: confirmation,
    ValidationURL: validation,
  };
}

/** In production Safaricom takes URLs once. */
function isRegistered({ body }: HttpAnswer): boolean {
  return /already registered/i.test(errorAnswer.safeParse(body).data?.errorMessage ?? '');
}

function promptSent(answer: HttpAnswer): ChargeAccepted {
  const sent = pushAnswer.safeParse(answer.body).data;
  expectTaken('mpesa', mpesaAnswers, coded(answer, sent?.ResponseCode));
  if (sent === undefined) throw new ProviderFailure('unknown', 'mpesa: a prompt without an id');
  return { providerRequestId: sent.CheckoutRequestID };
}

/**
 * A prompt is paid in full or not at all, so that the amount asked for is the amount paid. Daraja's query
 * names no receipt: it is taken from the callback, which is believed in this alone, and only once the
 * query has confirmed the payment.
 */
function readQuery(answer: HttpAnswer, { amount, claim }: StatusRequest): ProviderStatus {
  const failed = errorAnswer.safeParse(answer.body).data;
  if (failed !== undefined && /being processed/i.test(failed.errorMessage ?? '')) return { state: 'pending' };
  const parsed = queryAnswer.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success) {
    throw new ProviderFailure('unknown', `mpesa: no status (${answer.status} ${failed?.errorCode ?? ''})`);
  }
  const { ResultCode: code, MpesaReceiptNumber: receipt, Amount: named } = parsed.data;
  if (code !== '0' && isPending(parsed.data)) return { state: 'pending' };
  if (code !== '0') return { state: 'failed', reason: reasonOf(code), detail: code };
  const paid = named === null ? (amount ?? null) : shillings(named);
  if (paid === null) throw new ProviderFailure('unknown', 'mpesa: paid, but neither answer nor caller names an amount');
  return { state: 'succeeded', receipt: receipt ?? claim?.receipt ?? null, amount: paid };
}
