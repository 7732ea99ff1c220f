import { minorUnits } from '#domain/money';
import { storableJson } from '#domain/text';
import { announcedAmount } from './amounts.ts';
import { inboundOf, receiptText, type InboundPayment, type PayBillQuestion, type PayBillVerdict } from './inbound.ts';
import { fields, optionalText, payerPhone, text } from './wire.ts';

const notice = fields({
  TransID: receiptText,
  /** `yyyyMMddHHmmss` on the wall in Nairobi. */
  TransTime: text,
  TransAmount: text,
  BillRefNumber: optionalText,
  MSISDN: optionalText,
});

/** Reads both the validation and the confirmation. @throws SyntaxError when the body is neither. */
export function readMpesaNotice(body: string): InboundPayment {
  return inboundOf('mpesa', body, (parsed) => {
    const { data } = notice.safeParse(parsed);
    if (data === undefined) return null;
    const { TransID: receipt, BillRefNumber: account, TransAmount: amount, TransTime: paidAt } = data;
    return { receipt, account, amount, currency: 'KES', paidAt, ...payerOf(data.MSISDN ?? '') };
  });
}

/** Safaricom masks the number, or sends a hash of it, which tells nothing. */
function payerOf(number: string): Pick<InboundPayment, 'payer' | 'payerMasked'> {
  if (/^2540?\d{9}$/.test(number)) return { payer: payerPhone(`+${number}`) };
  return /^254[\d*]+$/.test(number.replaceAll(/\s/g, '')) ? { payerMasked: `+${number.replaceAll(/\s/g, '')}` } : {};
}

const question = fields({ TransAmount: text, BusinessShortCode: optionalText, BillRefNumber: optionalText });

/** Reads the body of the validation, which may name no account, as its confirmation; M-Pesa moves whole shillings only. */
export function readPayBillQuestion(body: string, shortcode: string): PayBillQuestion {
  const { data } = question.safeParse(jsonIn(body));
  if (data === undefined) return { refused: 'other' };
  if ((data.BusinessShortCode ?? shortcode) !== shortcode) return { refused: 'shortcode' };
  const amount = announcedAmount(data.TransAmount, 'KES');
  if (amount === null || amount.amount % minorUnits('KES') !== 0) return { refused: 'amount' };
  return { account: data.BillRefNumber ?? '' };
}

function jsonIn(body: string): unknown {
  try {
    return storableJson(body);
  } catch {
    return undefined;
  }
}

/** Safaricom has codes for a payer that is none (C2B00011) and for one that is not known (C2B00014) as well. */
const refusals = { account: 'C2B00012', amount: 'C2B00013', shortcode: 'C2B00015', other: 'C2B00016' } as const;

/** What validation and confirmation are answered, within eight seconds. */
export function payBillAnswer(verdict: PayBillVerdict): { readonly ResultCode: string; readonly ResultDesc: string } {
  if (verdict === 'accepted') return { ResultCode: '0', ResultDesc: 'Accepted' };
  return { ResultCode: refusals[verdict], ResultDesc: 'Rejected' };
}
