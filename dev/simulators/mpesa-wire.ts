import type { Decline } from './behaviours.ts';
import { wallTime } from './clock.ts';
import { masked, withoutPlus } from './phones.ts';
import type { Charge, Refund, View } from './records.ts';

export const NAIROBI = 'Africa/Nairobi';
/** The shortcode of Safaricom's sandbox, for who has none. */
export const SANDBOX_SHORTCODE = '174379';

/** Whole shillings, as M-Pesa writes amounts; the store has cents. */
const shillings = (minor: number) => Math.floor(minor / 100);

const declines: Record<Decline, { code: number; text: string }> = {
  noFunds: { code: 1, text: 'The balance is insufficient for the transaction.' },
  declined: { code: 1032, text: 'Request cancelled by user.' },
  noSubscriber: { code: 2040, text: 'The payer is not a registered M-PESA customer.' },
  overLimit: { code: 4, text: 'Declined due to limit rule: would exceed the daily transfer limit.' },
  expired: { code: 1019, text: 'Transaction has expired.' },
  internalError: { code: 17, text: 'System internal error.' },
  unavailable: { code: 26, text: 'System busy, traffic blocking condition in place.' },
  notPerformed: { code: 1037, text: 'DS timeout: user cannot be reached.' },
};

/** Result code and its text; undefined while the prompt is on the phone. */
export function mpesaResult(view: View): { code: number; text: string } | undefined {
  if (view.state === 'pending') return undefined;
  return view.state === 'paid'
    ? { code: 0, text: 'The service request is processed successfully.' }
    : declines[view.decline];
}

/** What `CallbackMetadata` has of a paid charge. */
export function mpesaMetadata(charge: Charge, amount: number): object {
  return {
    Item: [
      { Name: 'Amount', Value: shillings(amount) },
      { Name: 'MpesaReceiptNumber', Value: charge.receipt },
      { Name: 'Balance' },
      { Name: 'TransactionDate', Value: Number(wallTime(charge.settlesAt, NAIROBI).stamp) },
      { Name: 'PhoneNumber', Value: Number(withoutPlus(charge.payer)) },
    ],
  };
}

export function mpesaCallback(charge: Charge, view: View): object {
  const result = mpesaResult(view);
  return {
    Body: {
      stkCallback: {
        MerchantRequestID: charge.details['merchantRequestId'],
        CheckoutRequestID: charge.key,
        ResultCode: result?.code,
        ResultDesc: result?.text,
        ...(view.state === 'paid' && { CallbackMetadata: mpesaMetadata(charge, view.amount) }),
      },
    },
  };
}

/** What validation and confirmation URLs are told of a payment that a customer made by himself. */
export function mpesaInbound(charge: Charge, shortcode: string, stage: 'validation' | 'confirmation'): object {
  return {
    TransactionType: 'Pay Bill',
    TransID: charge.receipt,
    TransTime: wallTime(charge.takenAt, NAIROBI).stamp,
    TransAmount: (charge.amount / 100).toFixed(2),
    BusinessShortCode: shortcode,
    BillRefNumber: charge.account,
    InvoiceNumber: '',
    OrgAccountBalance: stage === 'confirmation' ? '0.00' : '',
    ThirdPartyTransID: '',
    MSISDN: masked(charge.payer),
    FirstName: 'SIMULATED',
    MiddleName: '',
    LastName: 'CUSTOMER',
  };
}

/** One of the asynchronous results that go to a ResultURL. Values are as given. */
interface MpesaResult {
  readonly code: number | string;
  readonly text: string;
  readonly originatorConversationId: string;
  readonly conversationId: string;
  readonly transactionId: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

export function mpesaResultBody(result: MpesaResult): object {
  const parameters = Object.entries(result.parameters).map(([Key, Value]) => ({ Key, Value }));
  return {
    Result: {
      ResultType: 0,
      ResultCode: result.code,
      ResultDesc: result.text,
      OriginatorConversationID: result.originatorConversationId,
      ConversationID: result.conversationId,
      TransactionID: result.transactionId,
      ...(parameters.length > 0 && { ResultParameters: { ResultParameter: parameters } }),
    },
  };
}

/** What a QueueTimeOutURL is told: more may come (?). */
export function mpesaTimeOut(refund: Refund): object {
  return {
    Result: {
      ResultType: 1,
      ResultCode: 1,
      ResultDesc: 'The service request timed out in the queue.',
      OriginatorConversationID: refund.details['originatorConversationId'] ?? '',
      ConversationID: refund.key,
      TransactionID: '',
    },
  };
}

/** The result of a reversal, or of a payment to a customer. */
export function mpesaRefundResult(refund: Refund, charge: Charge): object {
  const refusals = {
    belowMinimum: { code: 2, text: 'Less Than Minimum Transaction Value' },
    exceedsCharge: { code: 'R000001', text: 'The transaction has already been reversed.' },
    notCharged: { code: 'R000002', text: 'The OriginalTransactionID is invalid.' },
  } as const;
  const { code, text } = refund.refused
    ? refusals[refund.refused]
    : { code: 0, text: 'The service request is processed successfully.' };
  return mpesaResultBody({
    code,
    text,
    originatorConversationId: refund.details['originatorConversationId'] ?? '',
    conversationId: refund.key,
    transactionId: refund.receipt,
    parameters:
      refund.refused === null
        ? refund.isDisbursement === true
          ? paidOut(refund, charge)
          : {
              Amount: shillings(refund.amount),
              OriginalTransactionID: charge.receipt,
              TransCompletedTime: wallTime(refund.at, NAIROBI).stamp,
              CreditPartyPublicName: `${withoutPlus(charge.payer)} - SIMULATED CUSTOMER`,
            }
        : {},
  });
}

function paidOut({ amount, receipt, at }: Refund, { payer }: Charge): Readonly<Record<string, string | number>> {
  return {
    TransactionAmount: shillings(amount),
    TransactionReceipt: receipt,
    ReceiverPartyPublicName: `${withoutPlus(payer)} - SIMULATED CUSTOMER`,
    TransactionCompletedDateTime: wallTime(at, NAIROBI).stamp,
    B2CRecipientIsRegisteredCustomer: 'Y',
  };
}
