import { z } from 'zod';
import { marketRules, type Market } from '#domain/markets';
import { minorUnits, money, type Currency, type Money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import { ProviderHttp, type Answer } from '../http.ts';
import { TokenCache } from '../token.ts';
import { ProviderFailure, type ChargeAccepted, type MobileMoneyProvider, type ProviderStatus } from './provider.ts';

export interface MtnSettings {
  readonly baseUrl: string;
  readonly apiUser: string;
  readonly apiKey: string;
  readonly subscriptionKey: string;
  /** `sandbox`, or the environment of Uganda; Rwanda's follows from it. */
  readonly targetEnvironment: string;
}

const tokenAnswer = z.object({ access_token: z.string(), expires_in: z.coerce.number() });
/** Bare word or `{code, message}`: MTN sends either. */
const reason = z.union([z.string(), z.object({ code: z.string() }).transform(({ code }) => code)]).optional();
const statusAnswer = z.object({
  status: z.enum(['PENDING', 'SUCCESSFUL', 'FAILED']),
  amount: z.string().optional(),
  currency: z.string().optional(),
  financialTransactionId: z.coerce.string().optional(),
  reason,
});

const reasons: Readonly<Record<string, DeclineReason>> = {
  NOT_ENOUGH_FUNDS: 'no_funds',
  LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED: 'no_funds',
  INTERNAL_PROCESSING_ERROR: 'no_funds',
  APPROVAL_REJECTED: 'declined',
  PAYMENT_NOT_APPROVED: 'declined',
  TRANSACTION_CANCELED: 'declined',
  EXPIRED: 'expired',
  COULD_NOT_PERFORM_TRANSACTION: 'expired',
  PAYER_NOT_FOUND: 'no_subscriber',
  PAYEE_NOT_FOUND: 'no_subscriber',
  PAYER_LIMIT_REACHED: 'over_limit',
  NOT_ALLOWED: 'blocked',
};

/** MTN MoMo Collections, with refunds by Disbursements. The X-Reference-Id is the idempotency key. */
export function createMtn(settings: MtnSettings): MobileMoneyProvider {
  const http = new ProviderHttp(settings.baseUrl);
  const subscription = { 'ocp-apim-subscription-key': settings.subscriptionKey };
  const tokens = { collection: tokensOf('collection'), disbursement: tokensOf('disbursement') };

  function tokensOf(product: 'collection' | 'disbursement'): TokenCache {
    const basic = Buffer.from(`${settings.apiUser}:${settings.apiKey}`).toString('base64');
    return new TokenCache(async () => {
      const answer = await http
        .send(`/${product}/token/`, { method: 'POST', headers: { ...subscription, authorization: `Basic ${basic}` } })
        .catch(notTaken);
      const parsed = tokenAnswer.safeParse(answer.body);
      if (answer.status !== 200 || !parsed.success) throw new ProviderFailure('not_taken', `MTN gave no token: ${answer.status}`);
      return { token: parsed.data.access_token, expiresIn: parsed.data.expires_in };
    });
  }

  async function call(product: 'collection' | 'disbursement', path: string, market: Market, request: { reference?: string; callbackUrl?: string; body?: unknown }): Promise<Answer> {
    for (let renewed = false; ; renewed = true) {
      const token = await tokens[product].get();
      const answer = await http.send(`/${product}/v1_0/${path}`, {
        method: request.body === undefined ? 'GET' : 'POST',
        headers: {
          ...subscription,
          authorization: `Bearer ${token}`,
          'x-target-environment': targetOf(settings, market),
          ...(request.reference === undefined ? {} : { 'x-reference-id': request.reference }),
          ...(request.callbackUrl === undefined ? {} : { 'x-callback-url': request.callbackUrl }),
        },
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      if (answer.status !== 401 || renewed) return answer;
      tokens[product].forget(token);
    }
  }

  async function order(product: 'collection' | 'disbursement', path: string, market: Market, id: string, callbackUrl: string, body: unknown): Promise<ChargeAccepted> {
    const answer = await call(product, path, market, { reference: id, callbackUrl, body });
    // 409: this reference was taken before; its status says the rest.
    if (answer.status === 202 || answer.status === 409) return { providerRequestId: id };
    if (answer.status === 401 || answer.status === 429 || answer.status === 503) throw new ProviderFailure('not_taken', `MTN answered ${answer.status}`);
    if (answer.status >= 500) throw new ProviderFailure('unknown', `MTN answered ${answer.status}`);
    throw new ProviderFailure('refused', `MTN refused with ${answer.status}`, reasonOf(z.object({ code: z.string() }).safeParse(answer.body).data?.code));
  }

  async function statusOf(product: 'collection' | 'disbursement', path: string, id: string, market: Market): Promise<ProviderStatus> {
    const answer = await call(product, `${path}/${id}`, market, {});
    if (answer.status === 404) return { state: 'not_found' };
    const parsed = statusAnswer.safeParse(answer.body);
    if (answer.status !== 200 || !parsed.success) throw new ProviderFailure('unknown', `MTN gave no status: ${answer.status}`);
    return toStatus(parsed.data, market);
  }

  return {
    name: 'mtn',
    maximumCharge: null,
    charge: ({ attemptId, payer, amount, market, reference, callbackUrl }) =>
      order('collection', 'requesttopay', market, attemptId, callbackUrl, {
        ...wireAmount(amount, targetOf(settings, market)),
        externalId: attemptId,
        payer: { partyIdType: 'MSISDN', partyId: payer.slice(1) },
        payerMessage: `Lease ${reference}`,
        payeeNote: reference,
      }),
    status: ({ attemptId, market }) => statusOf('collection', 'requesttopay', attemptId, market),
    refund: ({ refundId, attemptId, amount, market, callbackUrl }) =>
      order('disbursement', 'refund', market, refundId, callbackUrl, {
        ...wireAmount(amount, targetOf(settings, market)),
        externalId: refundId,
        payerMessage: 'Refund',
        payeeNote: 'Refund',
        referenceIdToRefund: attemptId,
      }),
    refundStatus: ({ attemptId, market }) => statusOf('disbursement', 'refund', attemptId, market),
    parseCallback(body, _headers, market) {
      const parsed = statusAnswer.safeParse(JSON.parse(body));
      if (!parsed.success) throw new SyntaxError('not a callback of MTN');
      const { status, amount, financialTransactionId } = parsed.data;
      return {
        state: status === 'SUCCESSFUL' ? 'succeeded' : status === 'FAILED' ? 'failed' : 'unclear',
        reason: status === 'FAILED' ? reasonOf(parsed.data.reason) : null,
        receipt: financialTransactionId ?? null,
        amount: amount === undefined ? null : (fromWire(amount, marketRules(market).currency)?.amount ?? null),
        authentic: true,
        providerRequestId: null,
      };
    },
    ping: async () => {
      await tokens.collection.get();
    },
  };
}

function toStatus({ status, amount, financialTransactionId, reason: why }: z.infer<typeof statusAnswer>, market: Market): ProviderStatus {
  switch (status) {
    case 'PENDING':
      return { state: 'pending' };
    case 'FAILED':
      return { state: 'failed', reason: reasonOf(why), detail: why ?? 'no reason given' };
    case 'SUCCESSFUL': {
      const paid = amount === undefined ? null : fromWire(amount, marketRules(market).currency);
      if (paid === null || financialTransactionId === undefined) throw new ProviderFailure('unknown', 'MTN names no amount or receipt');
      return { state: 'succeeded', receipt: financialTransactionId, amount: paid };
    }
  }
}

function reasonOf(code: string | undefined): DeclineReason {
  return reasons[code ?? ''] ?? 'provider_error';
}

function targetOf({ targetEnvironment }: MtnSettings, market: Market): string {
  return targetEnvironment === 'mtnuganda' && market === 'RW' ? 'mtnrwanda' : targetEnvironment;
}

/** MTN's amounts are decimal strings of major units; its sandbox knows euros only. */
function wireAmount({ amount, currency }: Money, target: string) {
  const unit = minorUnits(currency);
  return { amount: unit === 1 ? String(amount) : (amount / unit).toFixed(2), currency: target === 'sandbox' ? 'EUR' : currency };
}

function fromWire(text: string, currency: Currency): Money | null {
  const minor = Number(text) * minorUnits(currency);
  return Number.isSafeInteger(minor) && minor > 0 ? money(minor, currency) : null;
}

/** Without a token nothing was taken, whatever went wrong. */
function notTaken(error: unknown): never {
  if (error instanceof ProviderFailure) throw new ProviderFailure('not_taken', error.message, error.reason, { cause: error });
  throw error;
}
