import type { Money } from '#domain/money';
import type { HttpAnswer } from '../http.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { expectTaken, type AnswerRow } from './answers.ts';
import { mpesaAnswers, mpesaPayoutAnswers } from './mpesa-answers.ts';
import { coded, wholeShillings, withReference } from './mpesa-requests.ts';
import { acceptedAnswer, mpesaResult, readMpesaCallback, readMpesaStatus } from './mpesa-wire.ts';
import type {
  CallbackClaim,
  ChargeAccepted,
  MobileMoneyProvider,
  ProviderStatus,
  RefundRequest,
  StatusRequest,
} from './provider.ts';

/** What pays out to customers: a short code of its own at Safaricom, or the pay-bill number where that does both. */
export interface MpesaPayout {
  readonly shortcode: string;
  readonly initiator: string;
  /** The initiator's password, encrypted with the provider's certificate. */
  readonly securityCredential: string;
}

interface RefundSettings {
  readonly shortcode: string;
  readonly initiator: string;
  readonly securityCredential: string;
  readonly payout: MpesaPayout | null;
}

type Call = (method: 'GET' | 'POST', path: string, body?: object) => Promise<HttpAnswer>;

/**
 * How M-Pesa gives money back: a reversal, which is of a whole payment, by its receipt; or a payment to a customer (B2C) of any
 * sum. Neither has an idempotency key, so that what may have been taken is never sent again.
 */
export function mpesaRefunds(
  settings: RefundSettings,
  call: Call,
): Required<Pick<MobileMoneyProvider, 'refund' | 'refundStatus' | 'parseStatus'>> {
  const { payout } = settings;
  return {
    async refund(request) {
      if (isPaidOut(request)) {
        const body = payoutBody(payout, request);
        return accepted(await call('POST', '/mpesa/b2c/v3/paymentrequest', body), mpesaPayoutAnswers);
      }
      if (request.receipt === null)
        throw new ProviderFailure('not_taken', 'mpesa: a refund needs the receipt of its charge');
      const body = reversalBody(settings, request, request.receipt);
      return accepted(await call('POST', '/mpesa/reversal/v1/request', body), mpesaAnswers);
    },
    /**
     * Daraja sends the result once, to the ResultURL. Of a reversal it has no question; gateways that keep results are asked
     * first. A payment to a customer is asked about by our id, and the answer comes to a URL as well. What was claimed there
     * counts, if it is of this request.
     */
    async refundStatus(request) {
      const { attemptId, claim = null, providerRequestId, amount, callbackUrl } = request;
      const named = claim?.providerRequestId ?? null;
      const isOfAnother = named === null ? claim === null : providerRequestId !== null && named !== providerRequestId;
      if (!isPaidOut(request)) {
        const id = providerRequestId ?? attemptId;
        const answer = await call('GET', `/mpesa/reversal/v1/request/${encodeURIComponent(id)}`);
        if (answer.status === 200) return readResult(claimIn(answer), amount);
        return isOfAnother ? { state: 'cannot_tell' } : readResult(claim, amount);
      }
      const said: ProviderStatus = isOfAnother ? { state: 'cannot_tell' } : readResult(claim, amount);
      if (said.state === 'cannot_tell' && payout !== null && callbackUrl !== undefined)
        await call('POST', '/mpesa/transactionstatus/v1/query', statusBody(payout, attemptId, callbackUrl));
      return said;
    },
    parseStatus: readMpesaStatus,
  };
}

/** A part of a payment, and what goes to another number than it came from. */
function isPaidOut({ amount, charged, of }: Pick<StatusRequest, 'amount' | 'charged' | 'of'>): boolean {
  return of === 'elsewhere' || (charged !== undefined && amount?.amount !== charged.amount);
}

function accepted(answer: HttpAnswer, table: readonly AnswerRow[]): ChargeAccepted {
  const taken = acceptedAnswer.safeParse(answer.body).data;
  expectTaken('mpesa', table, coded(answer, taken?.ResponseCode));
  if (taken === undefined) throw new ProviderFailure('unknown', 'mpesa: a refund without an id');
  return { providerRequestId: taken.ConversationID };
}

/** Where the result goes, and where that it waited in a queue for too long: it may be done all the same, and its result comes then. */
function resultUrls(url: string): { readonly ResultURL: string; readonly QueueTimeOutURL: string } {
  const timeOut = new URL(url);
  timeOut.pathname += '/timeout';
  return { ResultURL: url, QueueTimeOutURL: timeOut.href };
}

function reversalBody(
  { initiator, securityCredential, shortcode }: RefundSettings,
  { refundId, amount, callbackUrl }: RefundRequest,
  receipt: string,
): object {
  return {
    Initiator: initiator,
    SecurityCredential: securityCredential,
    CommandID: 'TransactionReversal',
    TransactionID: receipt,
    Amount: wholeShillings(amount),
    ReceiverParty: shortcode,
    // Spelt so by Safaricom.
    RecieverIdentifierType: '11',
    ...resultUrls(withReference(callbackUrl, refundId)),
    Remarks: 'Refund',
  };
}

/** @throws ProviderFailure `refused` where nothing is paid out, or to nobody. */
function payoutBody(
  payout: MpesaPayout | null,
  { refundId, receipt, payer, amount, callbackUrl }: RefundRequest,
): object {
  if (payout === null) throw new ProviderFailure('refused', 'mpesa: gives parts back only with MPESA_B2C_SHORTCODE');
  if (payer?.startsWith('+254') !== true)
    throw new ProviderFailure('refused', 'mpesa: the number that it came from is not known, or of another country');
  return {
    OriginatorConversationID: refundId,
    InitiatorName: payout.initiator,
    SecurityCredential: payout.securityCredential,
    CommandID: 'BusinessPayment',
    Amount: wholeShillings(amount),
    PartyA: payout.shortcode,
    PartyB: payer.slice(1),
    Remarks: 'Refund',
    ...resultUrls(withReference(callbackUrl, refundId)),
    // Spelt so by Safaricom.
    Occassion: receipt ?? refundId,
  };
}

/** The answer goes to a URL of its own: that a question failed says nothing about the payment. */
function statusBody(
  { shortcode, initiator, securityCredential }: MpesaPayout,
  id: string,
  callbackUrl: string,
): object {
  const url = new URL(withReference(callbackUrl, id));
  url.pathname += '/status';
  return {
    Initiator: initiator,
    SecurityCredential: securityCredential,
    CommandID: 'TransactionStatusQuery',
    OriginalConversationID: id,
    PartyA: shortcode,
    IdentifierType: '4',
    // It times out to the same: either way nothing is known.
    ResultURL: url.href,
    QueueTimeOutURL: url.href,
    Remarks: 'Refund',
  };
}

function claimIn(answer: HttpAnswer): CallbackClaim | null {
  return mpesaResult.safeParse(answer.body).success ? readMpesaCallback(JSON.stringify(answer.body)) : null;
}

function readResult(claim: CallbackClaim | null, asked: Money | undefined): ProviderStatus {
  if (claim === null || claim.state === 'unclear') return { state: 'cannot_tell' };
  if (claim.state === 'failed')
    return { state: 'failed', reason: claim.reason ?? 'provider_error', detail: 'not given back' };
  const amount: Money | undefined = claim.amount === null ? asked : { amount: claim.amount, currency: 'KES' };
  if (amount === undefined)
    throw new ProviderFailure('unknown', 'mpesa: given back, but neither result nor caller names an amount');
  return { state: 'succeeded', receipt: claim.receipt, amount };
}
